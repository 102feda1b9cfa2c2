"""Verdicts on how the engine behaves, from evidence that is written down by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.agent.validation import wrong_inputs
from targets.facts import BoardFacts, SensorFacts
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_behaviour
from workbench.verify.evidence import Evidence

Make = Callable[..., Evidence]
MakeRequirement = Callable[..., Requirement]
Events = list[tuple[float, str, dict[str, Any]]]

SOAK = [{"id": "continuous", "kind": "continuous", "duration_s": 60.0}]
DONE = [(70.0, "phase_ended", {"phase": "continuous", "state": "done", "text": ""})]
INPUTS = [{"id": "validation", "kind": "validation"}]
CASES = [case.name for case in wrong_inputs(8, 8)]
WARM = BoardFacts(temperature_sensor="cpu", sensors=(SensorFacts("temperature", "cpu", "/sys/a"),))


def working(seconds: float, per_s: int = 10) -> list[tuple[int, float, float]]:
    return [(0, 1 + index / per_s, 1000.0) for index in range(int(seconds * per_s) + 1)]


@pytest.fixture
def soak(make_requirement: MakeRequirement) -> Requirement:
    return make_requirement("continuous_operation", None, "s", duration_s=60.0, growth_per_hour_bytes=1e6)


def test_that_a_whole_duration_without_growth_passes(make_evidence: Make, soak: Requirement) -> None:
    memory = {"worker_rss_bytes": 1e8 + 1e3 * np.sin(np.arange(600))}
    verdict = judge_behaviour.continuous_operation(
        soak, make_evidence(working(60), DONE, phases=SOAK, telemetry=memory)
    )
    assert verdict.outcome is Outcome.PASS, verdict.reason
    assert verdict.details["completed"] == 601


def test_that_a_shortened_duration_is_not_measured(make_evidence: Make, soak: Requirement) -> None:
    memory = {"worker_rss_bytes": np.full(600, 1e8)}
    evidence = make_evidence(working(30), DONE, phases=SOAK, telemetry=memory, quick=True)
    verdict = judge_behaviour.continuous_operation(soak, evidence)
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "shortened" in verdict.reason


@pytest.mark.parametrize("what", ["crash", "error"])
def test_that_one_crash_or_failed_frame_fails_it(make_evidence: Make, soak: Requirement, what: str) -> None:
    frames: list[Any] = working(60)
    events: Events = list(DONE)
    if what == "crash":
        events.insert(0, (30.0, "worker_crashed", {"phase": "continuous", "start": 0}))
        events[:0] = [(at_s, "start_began", {"phase": "continuous", "start": at_s}) for at_s in (0, 31)]
    else:
        frames[300] = (0, 31.0, None)
    memory = {"worker_rss_bytes": np.full(600, 1e8)}
    verdict = judge_behaviour.continuous_operation(soak, make_evidence(frames, events, phases=SOAK, telemetry=memory))
    assert verdict.outcome is Outcome.FAIL
    assert ("1 crash; 1 restart" if what == "crash" else "1 frame failed") in verdict.reason


def test_that_an_engine_that_dies_before_its_first_frame_fails(make_evidence: Make, soak: Requirement) -> None:
    crashes = [(1.0, "worker_crashed", {"phase": "continuous", "start": number}) for number in range(3)]
    verdict = judge_behaviour.continuous_operation(soak, make_evidence([], crashes, phases=SOAK))
    assert verdict.outcome is Outcome.FAIL
    assert "3 crashes" in verdict.reason


def test_that_a_soak_that_was_not_run_is_not_measured(make_evidence: Make, soak: Requirement) -> None:
    events = [(1.0, "phase_ended", {"phase": "continuous", "state": "failed", "text": "the engine is damaged"})]
    verdict = judge_behaviour.continuous_operation(soak, make_evidence([], events, phases=SOAK))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.NOT_MEASURED,
        "the phase continuous ended as failed: the engine is damaged",
    )


def hot(samples: Sequence[float], **fields: Any) -> dict[str, Any]:
    return {"phases": SOAK, "telemetry": {"temperature_c": samples}, "board": WARM, **fields}


@pytest.mark.parametrize(("hottest", "outcome"), [(79.0, Outcome.PASS), (81.0, Outcome.FAIL)])
def test_that_the_hottest_sample_of_the_whole_run_counts(
    make_evidence: Make, make_requirement: MakeRequirement, hottest: float, outcome: Outcome
) -> None:
    requirement = make_requirement("temperature", 80.0, "°C", sensor=None)
    samples = [60.0] * 30 + [hottest] + [60.0] * 30
    verdict = judge_behaviour.temperature(requirement, make_evidence(working(60), DONE, **hot(samples)))
    assert (verdict.outcome, verdict.value) == (outcome, hottest)
    assert "(cpu)" in verdict.reason


@pytest.mark.parametrize(("quick", "events"), [(True, DONE), (False, [])])
def test_that_a_load_that_was_cut_short_shows_no_ceiling_but_a_heat_above_it(
    make_evidence: Make, make_requirement: MakeRequirement, quick: bool, events: Events
) -> None:
    requirement = make_requirement("temperature", 80.0, "°C", sensor=None)
    for hottest, outcome in ((60.0, Outcome.INCONCLUSIVE), (90.0, Outcome.FAIL)):
        evidence = make_evidence(working(5), events, **hot([hottest] * 60, quick=quick))
        verdict = judge_behaviour.temperature(requirement, evidence)
        assert verdict.outcome is outcome
        assert ("shortened" if quick else "the run ended before") in verdict.reason


def test_that_a_sensor_that_is_asked_for_is_not_another_one(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    evidence = make_evidence(working(60), DONE, **hot([20.0] * 60))
    verdict = judge_behaviour.temperature(make_requirement("temperature", 80.0, "°C", sensor="gpu"), evidence)
    assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)
    assert verdict.reason == "this board has no temperature sensor gpu; it has cpu"
    same = judge_behaviour.temperature(make_requirement("temperature", 80.0, "°C", sensor="cpu"), evidence)
    assert same.value == 20.0


def test_that_a_sensor_that_is_there_but_not_recorded_is_said(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    sensors = tuple(SensorFacts("temperature", name, "/sys/x") for name in ("cpu", "nvme"))
    board = BoardFacts(temperature_sensor="cpu", sensors=sensors)
    evidence = make_evidence(working(60), DONE, **hot([20.0] * 60, board=board))
    verdict = judge_behaviour.temperature(make_requirement("temperature", 80.0, "°C", sensor="nvme"), evidence)
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "nvme is on this board, but what is recorded is cpu" in verdict.reason


@pytest.mark.parametrize(
    ("board", "samples", "reason"),
    [
        (BoardFacts(temperature_reason="no zone is readable"), [], "no zone is readable"),
        (BoardFacts(), [30.0] * 60, "this board has no temperature sensor"),
        (WARM, [np.nan] * 60, "the sensor cpu gave no reading"),
    ],
)
def test_that_a_temperature_that_cannot_be_read_is_not_measured(
    make_evidence: Make, make_requirement: MakeRequirement, board: BoardFacts, samples: list[float], reason: str
) -> None:
    evidence = make_evidence(working(60), DONE, **hot(samples, board=board))
    verdict = judge_behaviour.temperature(make_requirement("temperature", 80.0, "°C", sensor=None), evidence)
    assert (verdict.outcome, verdict.value, verdict.reason) == (Outcome.NOT_MEASURED, None, reason)


def answers(names: Sequence[str] = CASES, **changes: object) -> Events:
    told = [{"phase": "validation", "case": name, "code": "E_SIZE", "next_frame_ok": True} for name in names]
    return [(1.0, "validation", {**data, **changes}) for data in told]


def whole(events: Events) -> Events:
    return [*events, (2.0, "phase_ended", {"phase": "validation", "state": "done"})]


@pytest.mark.parametrize("kind", ["invalid_size", "null_input"])
def test_that_every_wrong_input_must_be_refused_and_the_next_frame_run(
    make_evidence: Make, make_requirement: MakeRequirement, kind: str
) -> None:
    judge = getattr(judge_behaviour, kind)
    requirement = make_requirement(kind, None)
    total = {"invalid_size": 9, "null_input": 2}[kind]
    good = judge(requirement, make_evidence([], whole(answers()), phases=INPUTS))
    assert (good.outcome, good.value) == (Outcome.PASS, total)
    for bad in ({"code": None}, {"code": ["E_SIZE"]}, {"next_frame_ok": False}, {"next_frame_ok": "yes"}):
        verdict = judge(requirement, make_evidence([], whole(answers(**bad)), phases=INPUTS))
        assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 0), bad


def test_that_the_process_dying_of_a_wrong_input_fails_although_the_others_were_refused(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    events: Events = []
    for number in range(3):
        events += [*answers(CASES[:2]), (1.5, "worker_crashed", {"phase": "validation", "start": number})]
    events.append((2.0, "phase_ended", {"phase": "validation", "state": "failed", "text": "died 3 times in a row"}))
    verdict = judge_behaviour.invalid_size(
        make_requirement("invalid_size", None), make_evidence([], events, phases=INPUTS)
    )
    assert verdict.outcome is Outcome.FAIL
    assert "in 2 of 9" in verdict.reason
    assert "died 3 times while wrong inputs were sent" in verdict.reason


def test_that_a_process_that_died_once_and_then_refused_all_does_not_pass(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    events = [(0.5, "worker_crashed", {"phase": "validation", "start": 0}), *whole(answers())]
    verdict = judge_behaviour.null_input(make_requirement("null_input", None), make_evidence([], events, phases=INPUTS))
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_that_a_part_of_the_wrong_inputs_shows_nothing_of_the_rest(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    requirement = make_requirement("invalid_size", None)
    verdict = judge_behaviour.invalid_size(requirement, make_evidence([], answers(CASES[:3]), phases=INPUTS))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "6 of 9 wrong inputs were not sent: the run ended before" in verdict.reason
    nothing = judge_behaviour.invalid_size(requirement, make_evidence([], phases=INPUTS))
    assert nothing.outcome is Outcome.NOT_MEASURED


def test_that_every_box_of_every_frame_counts(make_evidence: Make, make_requirement: MakeRequirement) -> None:
    requirement, frames = make_requirement("detection_format", None), working(1)
    counts = {"detections": [3.0] * 11}
    good = judge_behaviour.detection_format(requirement, make_evidence(frames, columns=counts))
    assert good.outcome is Outcome.PASS
    assert "33 boxes in 11 frames" in good.reason
    bad = judge_behaviour.detection_format(
        requirement, make_evidence(frames, columns={**counts, "bad_boxes": [0.0] * 10 + [1.0]})
    )
    assert bad.outcome is Outcome.FAIL
    assert judge_behaviour.detection_format(requirement, make_evidence(frames)).outcome is Outcome.NOT_MEASURED


def test_that_scores_of_a_run_without_outputs_are_those_of_its_detections(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    requirement = make_requirement("confidence_range", None, low=0.0, high=1.0)
    counts = {"detections": [3.0] * 11, "bad_scores": [0.0] * 10 + [2.0]}
    verdict = judge_behaviour.confidence_range(requirement, make_evidence(working(1), columns=counts))
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 2)


def test_that_a_range_that_the_board_does_not_check_is_not_measured_without_outputs(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    requirement = make_requirement("confidence_range", None, low=0.0, high=0.5)
    verdict = judge_behaviour.confidence_range(
        requirement, make_evidence(working(1), columns={"detections": [3.0] * 11})
    )
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "the phase outputs was not part of this run" in verdict.reason
