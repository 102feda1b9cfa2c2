"""Verdicts on what the engine takes, from a run's evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.facts import BoardFacts
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_cost
from workbench.verify.evidence import Evidence

FRAMES = [(1, 5.0, 10.0), (1, 15.0, 10.0)]


def test_that_mean_power_is_judged_over_its_correlated_samples(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    samples = list(7.0 + 0.2 * np.sin(np.arange(100) / 5))
    verdict = judge_cost.power(
        make_requirement("power", 8.0, "W", statistic="mean"), make_evidence(FRAMES, power_w=samples)
    )
    assert (verdict.outcome, verdict.samples, verdict.unit) == (Outcome.PASS, 100, "W")
    assert verdict.effective_samples is not None
    assert verdict.effective_samples < 50
    assert verdict.upper == pytest.approx(7.0, abs=0.3)


def test_that_peak_power_is_the_largest_sample(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    requirement = make_requirement("power", 8.0, "W", statistic="max")
    verdict = judge_cost.power(requirement, make_evidence(FRAMES, power_w=[7.0, 8.5, 7.0]))
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 8.5)
    assert "the largest of 3 samples" in verdict.reason


@pytest.mark.parametrize("statistic", ["mean", "max"])
def test_that_a_board_without_power_is_not_measured_and_says_why(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement], statistic: str
) -> None:
    board = BoardFacts(power_reason="no sensor of power is readable")
    requirement = make_requirement("power", 8.0, "W", statistic=statistic)
    verdict = judge_cost.power(requirement, make_evidence(FRAMES, board=board))
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_MEASURED, "no sensor of power is readable")


def test_that_a_sensor_of_power_that_says_nothing_is_not_called_missing(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    requirement = make_requirement("power", 8.0, "W", statistic="mean")
    board = BoardFacts(power_sensor="VDD_IN")
    silent = judge_cost.power(requirement, make_evidence(FRAMES, board=board))
    assert silent.reason == "the sensor VDD_IN gave no reading while frames ran"
    short = judge_cost.power(requirement, make_evidence([(0, 1.0, 10.0)], board=board))
    assert short.reason == "the run ended before the phase throughput did"


STARTS = [{"id": "latency", "kind": "latency", "starts": 3, "passes": [{"name": "back_to_back", "iterations": 5}]}]


def told(*peaks: object, floor: object = 50e6, complete: object = True) -> list[tuple[float, str, dict[str, Any]]]:
    events = []
    for start, peak in enumerate(peaks):
        name = {"phase": "latency", "start": start}
        events.append((float(start), "start_loaded", {**name, "floor_rss_bytes": floor}))
        events.append(
            (start + 0.5, "start_ended", {**name, "hwm_bytes": peak, "rss_bytes": peak, "complete": complete})
        )
    return events


@pytest.fixture
def memory(make_requirement: Callable[..., Requirement]) -> Callable[..., Requirement]:
    return lambda kind, counts="process": make_requirement(kind, 128e6, "B", counts=counts)


@pytest.mark.parametrize("kind", ["memory_peak", "memory_steady", "system_memory"])
@pytest.mark.parametrize(("largest", "outcome"), [(127e6, Outcome.PASS), (129e6, Outcome.FAIL)])
def test_that_the_largest_of_all_starts_counts(
    make_evidence: Callable[..., Evidence],
    memory: Callable[..., Requirement],
    kind: str,
    largest: float,
    outcome: Outcome,
) -> None:
    evidence = make_evidence([], told(100e6, largest, 100e6), phases=STARTS)
    verdict = getattr(judge_cost, kind)(memory(kind), evidence)
    assert (verdict.outcome, verdict.value, verdict.unit) == (outcome, largest / 1e6, "MB")


@pytest.mark.parametrize("kind", ["memory_peak", "memory_steady"])
def test_that_what_lies_above_the_runtimes_floor_counts_where_that_is_asked_for(
    make_evidence: Callable[..., Evidence], memory: Callable[..., Requirement], kind: str
) -> None:
    evidence = make_evidence([], told(150e6, 150e6, 150e6), phases=STARTS)
    verdict = getattr(judge_cost, kind)(memory(kind, "above_floor"), evidence)
    assert (verdict.outcome, verdict.value) == (Outcome.PASS, 100.0)


@pytest.mark.parametrize("floor", [None, "50 MB", True, float("nan")])
def test_that_a_floor_that_is_not_known_is_not_0(
    make_evidence: Callable[..., Evidence], memory: Callable[..., Requirement], floor: object
) -> None:
    evidence = make_evidence([], told(100e6, 100e6, 100e6, floor=floor), phases=STARTS)
    assert judge_cost.memory_peak(memory("memory_peak", "above_floor"), evidence).outcome is Outcome.NOT_MEASURED
    assert judge_cost.memory_peak(memory("memory_peak"), evidence).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "events", [told(100e6, 100e6), told(100e6, 100e6, 100e6, complete=False), told(1e6, None, 1e6)]
)
def test_that_starts_that_did_not_end_whole_forbid_a_pass(
    make_evidence: Callable[..., Evidence], memory: Callable[..., Requirement], events: list[Any]
) -> None:
    verdict = judge_cost.memory_peak(memory("memory_peak"), make_evidence([], events, phases=STARTS))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "gave no value" in verdict.reason


def test_that_steady_memory_is_the_median_of_the_last_half_of_a_start(
    make_evidence: Callable[..., Evidence], memory: Callable[..., Requirement]
) -> None:
    frames = [(0, 0.1 * index, 10.0, 0, 0) for index in range(100)]
    sizes = {"worker_rss_bytes": [200e6] * 50 + [100e6] * 50}
    phases = [{**STARTS[0], "starts": 1}]
    evidence = make_evidence(frames, told(300e6), phases=phases, telemetry=sizes)
    verdict = judge_cost.memory_steady(memory("memory_steady"), evidence)
    assert (verdict.outcome, verdict.value) == (Outcome.PASS, 100.0)


def test_that_memory_without_a_start_is_not_measured_and_says_why(
    make_evidence: Callable[..., Evidence], memory: Callable[..., Requirement]
) -> None:
    for kind in ("memory_peak", "memory_steady", "system_memory"):
        verdict = getattr(judge_cost, kind)(memory(kind), make_evidence([]))
        assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)
        assert verdict.reason == "the run ended before the phase latency did"


@pytest.mark.parametrize(
    ("threads", "busy", "outcome"), [(2, 180.0, Outcome.PASS), (4, 180.0, Outcome.FAIL), (2, 390.0, Outcome.FAIL)]
)
def test_that_threads_are_checked_against_the_processor_time(
    make_evidence: Callable[..., Evidence],
    make_requirement: Callable[..., Requirement],
    threads: int,
    busy: float,
    outcome: Outcome,
) -> None:
    evidence = make_evidence(FRAMES, threads=threads, telemetry={"worker_cpu_percent": [busy] * 20})
    verdict = judge_cost.cpu_threads(make_requirement("resource_cpu_threads", 2.0, "CPUs"), evidence)
    assert verdict.outcome is outcome


def test_that_threads_alone_are_no_measurement(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    verdict = judge_cost.cpu_threads(make_requirement("resource_cpu_threads", 2.0, "CPUs"), make_evidence([]))
    assert verdict.outcome is Outcome.NOT_MEASURED


def test_that_gpu_memory_of_a_board_without_a_gpu_is_not_measured(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    verdict = judge_cost.gpu_memory(make_requirement("resource_gpu_memory", 1e9, "B"), make_evidence(FRAMES))
    assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)
