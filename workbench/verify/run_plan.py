"""From the test specification to the phases of a run on the board."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projects.project import Project

Phase = dict[str, Any]

OUTPUTS, LATENCY, THROUGHPUT, CONTINUOUS, VALIDATION = "outputs", "latency", "throughput", "continuous", "validation"

NEEDS: dict[str, frozenset[str]] = {
    OUTPUTS: frozenset({"output_difference", "detection_iou", "accuracy", "detection_format", "confidence_range"}),
    LATENCY: frozenset(
        {"latency", "memory_peak", "memory_steady", "load_time", "stage_time"}
        | {"resource_gpu_memory", "resource_system_memory"}
    ),
    THROUGHPUT: frozenset({"throughput", "power", "resource_cpu_threads"}),
    CONTINUOUS: frozenset({"continuous_operation", "temperature"}),
    VALIDATION: frozenset({"invalid_size", "null_input"}),
}
"""Which kinds of requirement a phase gives figures for."""

DEFAULT_SAMPLES = 200
DEFAULT_WARM_UP = 20
DEFAULT_ITERATIONS = 200
"""Of a cold start where nothing that is asked for says how many."""
DEFAULT_DURATION_S = 10.0
QUICK_STARTS = 2
QUICK_WARM_UP = 20
QUICK_ITERATIONS = 100
QUICK_DURATION_S = 5.0
QUICK_SAMPLES = 50


@dataclass(frozen=True)
class Effort:
    """How much of the test specification is carried out."""

    kinds: frozenset[str]
    """Kinds of requirement that want a figure."""
    quick: bool = False
    """Shorten every duration and count; nothing of it is evidence for a duration."""
    until_decided: bool = False
    """Start the engine again and again until latency is decided."""


def count_samples(project: Project, effort: Effort) -> int:
    """How many frames the test set shall have."""
    equivalence = project.acceptance.functional_equivalence
    wanted = DEFAULT_SAMPLES if equivalence is None else int(equivalence.test_samples)
    return min(wanted, QUICK_SAMPLES) if effort.quick else wanted


def plan_phases(project: Project, effort: Effort, frames: int) -> list[Phase]:
    """The phases in the order in which they are run: quiet ones first, the heaters last.

    Args:
        project: what is asked for.
        effort: what is wanted of it.
        frames: how many frames the pack has.
    """
    makers: dict[str, Callable[[], Phase]] = {
        OUTPUTS: lambda: {"frames": list(range(frames))},
        LATENCY: lambda: _latency(project, effort),
        THROUGHPUT: lambda: _throughput(project, effort),
        VALIDATION: dict,
        CONTINUOUS: lambda: _continuous(project, effort),
    }
    return [{"id": kind, "kind": kind, **make()} for kind, make in makers.items() if NEEDS[kind] & effort.kinds]


def required_rate_hz(project: Project) -> float | None:
    """The frame rate that the specification requires; None where it requires none."""
    performance = project.acceptance.performance_tests
    throughput = None if performance is None else performance.throughput
    return None if throughput is None else throughput.requirement.value


def least_seconds(phase: Mapping[str, Any]) -> float:
    """How long a phase takes at least, as far as its plan tells: durations, and paced frames at their rate."""
    paced_s = [float(one["iterations"]) / float(one["rate_hz"]) for one in phase.get("passes", ()) if one["rate_hz"]]
    return float(phase.get("duration_s", 0.0)) + sum(paced_s) * int(phase.get("starts", 1))


def pass_names(phases: Sequence[Phase], phase: str) -> list[str]:
    """Names of the passes of a phase; empty where it is not in the plan."""
    return [item["name"] for value in phases if value["id"] == phase for item in value.get("passes", [])]


def _latency(project: Project, effort: Effort) -> Phase:
    warm_up, iterations = _iterations(project)
    starts = project.acceptance_settings.latency.starts
    if effort.quick:
        starts, warm_up, iterations = (
            min(starts, QUICK_STARTS),
            min(warm_up, QUICK_WARM_UP),
            min(iterations, QUICK_ITERATIONS),
        )
    passes = [{"name": "back_to_back", "iterations": iterations, "rate_hz": None}]
    rate_hz = required_rate_hz(project)
    if rate_hz is not None and "latency" in effort.kinds:
        passes.append({"name": "paced", "iterations": iterations, "rate_hz": rate_hz})
    return {"starts": starts, "warm_up": warm_up, "passes": passes, "until_told": effort.until_decided}


def _iterations(project: Project) -> tuple[int, int]:
    """Warm-up and measured frames of each cold start, as the requirements that speak of them have it."""
    speak = [item.parameters for item in project.requirements if "test_iterations" in item.parameters]
    if not speak:
        return DEFAULT_WARM_UP, DEFAULT_ITERATIONS
    warm_up, iterations = (
        max(int(str(one[name])) for one in speak) for name in ("warm_up_iterations", "test_iterations")
    )
    return warm_up, iterations


def _throughput(project: Project, effort: Effort) -> Phase:
    performance = project.acceptance.performance_tests
    wanted = None if performance is None else performance.throughput
    duration_s = DEFAULT_DURATION_S if wanted is None else wanted.duration.value
    return {"warm_up": DEFAULT_WARM_UP, "duration_s": min(duration_s, QUICK_DURATION_S) if effort.quick else duration_s}


def _continuous(project: Project, effort: Effort) -> Phase:
    """Back to back: the heaviest load that one stream can be, so that heat and leaks show."""
    stress = project.acceptance.stress_tests
    wanted = None if stress is None else stress.continuous_operation
    duration_s = DEFAULT_DURATION_S if wanted is None else wanted.duration.value
    shown = min(duration_s, QUICK_DURATION_S) if effort.quick else duration_s
    return {"warm_up": DEFAULT_WARM_UP, "duration_s": shown, "rate_hz": None}
