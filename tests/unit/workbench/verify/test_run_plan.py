"""From the test specification to the phases of a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from projects.project import Project
from projects.requirements import KINDS
from targets.agent.plan import parse_plan
from workbench.verify import run_plan
from workbench.verify.run_plan import Effort, count_samples, least_seconds, plan_phases

Open = Callable[..., Project]
ALL = frozenset(KINDS)


def board_plan(phases: list[run_plan.Phase], frames: int = 8) -> object:
    """The phases in a plan as the agent reads it; raises where it would refuse them."""
    return parse_plan(
        {
            "format": "slipway.plan/1",
            "run": "r1",
            "engine": {"path": "releases/r/engine.blob", "sha256": "a" * 64},
            "runtime": "openvino",
            "load": {"precision": "f32", "threads": 1, "streams": 1},
            "head": {"name": "yolov8", "classes": 2, "input": [64, 32]},
            "confidence": 0.25,
            "nms_iou": 0.45,
            "max_detections": 300,
            "preprocess": {"color": "rgb", "scale": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1]},
            "frames": {"sha256": "b" * 64, "count": frames, "height": 32, "width": 64},
            "telemetry_hz": 10.0,
            "phases": phases,
        }
    )


def test_that_the_reference_documents_become_their_phases(open_reference: Open) -> None:
    project = open_reference()
    phases = {phase["id"]: phase for phase in plan_phases(project, Effort(ALL), 8)}
    assert list(phases) == ["outputs", "latency", "throughput", "validation", "continuous"]
    assert phases["outputs"]["frames"] == list(range(8))
    assert (phases["latency"]["starts"], phases["latency"]["warm_up"]) == (10, 100)
    assert [(one["name"], one["iterations"], one["rate_hz"]) for one in phases["latency"]["passes"]] == [
        ("back_to_back", 1000, None),
        ("paced", 1000, 30.0),
    ]
    assert phases["throughput"]["duration_s"] == 60.0
    assert phases["continuous"]["duration_s"] == 24 * 3600.0
    assert count_samples(project, Effort(ALL)) == 1000


@pytest.mark.parametrize("effort", [Effort(ALL), Effort(ALL, quick=True), Effort(ALL, until_decided=True)])
@pytest.mark.parametrize("without", [(), ("performance_tests", "stress_tests", "functional_equivalence")])
def test_that_the_board_takes_every_plan(open_reference: Open, effort: Effort, without: tuple[str, ...]) -> None:
    board_plan(plan_phases(open_reference(without=without), effort, 8))


def test_that_a_quick_run_is_never_longer_than_the_whole_one(open_reference: Open) -> None:
    few = "\nslipway:\n  latency: {starts: 1}\n"
    project = open_reference(few)
    whole, quick = (plan_phases(project, Effort(ALL, quick=quick), 8) for quick in (False, True))
    for before, after in zip(whole, quick, strict=True):
        assert after.get("duration_s", 0) <= min(before.get("duration_s", 0), run_plan.QUICK_DURATION_S)
        assert after.get("starts", 0) <= before.get("starts", 0)
        for longer, shorter in zip(before.get("passes", []), after.get("passes", []), strict=True):
            assert shorter["iterations"] <= longer["iterations"]
    assert count_samples(project, Effort(ALL, quick=True)) == run_plan.QUICK_SAMPLES


def test_that_a_specification_without_performance_tests_has_defaults(open_reference: Open) -> None:
    project = open_reference(without=("performance_tests", "stress_tests", "functional_equivalence"))
    (latency,) = plan_phases(project, Effort(frozenset({"memory_peak"})), 8)
    assert (latency["warm_up"], latency["passes"]) == (
        run_plan.DEFAULT_WARM_UP,
        [{"name": "back_to_back", "iterations": run_plan.DEFAULT_ITERATIONS, "rate_hz": None}],
    )
    (throughput,) = plan_phases(project, Effort(frozenset({"power"})), 8)
    assert throughput["duration_s"] == run_plan.DEFAULT_DURATION_S
    assert count_samples(project, Effort(ALL)) == run_plan.DEFAULT_SAMPLES


def test_that_a_stage_is_measured_as_often_as_its_requirement_says(open_reference: Open) -> None:
    project = open_reference("\nslipway:\n  stages: {decode: {at_most: 2ms}}\n", without=("performance_tests",))
    (requirement,) = [item for item in project.requirements if item.kind == "stage_time"]
    (phase,) = plan_phases(project, Effort(frozenset({"stage_time"})), 8)
    assert phase["warm_up"] == requirement.parameters["warm_up_iterations"]
    assert phase["passes"][0]["iterations"] == requirement.parameters["test_iterations"]


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        ("accuracy", "outputs"),
        ("load_time", "latency"),
        ("resource_cpu_threads", "throughput"),
        ("power", "throughput"),
        ("temperature", "continuous"),
        ("null_input", "validation"),
    ],
)
def test_that_a_requirement_alone_runs_its_phase_alone(open_reference: Open, kind: str, phase: str) -> None:
    assert [item["id"] for item in plan_phases(open_reference(), Effort(frozenset({kind})), 8)] == [phase]


def test_that_every_kind_of_requirement_has_a_phase() -> None:
    assert frozenset().union(*run_plan.NEEDS.values()) == ALL


def test_that_measuring_until_told_is_for_latency_alone(open_reference: Open) -> None:
    phases = plan_phases(open_reference(), Effort(ALL, until_decided=True), 8)
    assert [phase["id"] for phase in phases if phase.get("until_told")] == ["latency"]


def test_that_the_least_time_is_that_of_durations_and_paced_frames() -> None:
    passes = [{"name": "a", "iterations": 60, "rate_hz": None}, {"name": "b", "iterations": 60, "rate_hz": 30.0}]
    assert least_seconds({"kind": "latency", "starts": 10, "passes": passes}) == 20.0
    assert least_seconds({"kind": "continuous", "duration_s": 7.5}) == 7.5
    assert least_seconds({"kind": "validation"}) == 0.0
