"""Verdicts on equivalence, accuracy and scores where outputs were compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.agent.heads.yolov8 import Yolov8
from workbench.evaluate.accuracy import evaluate_accuracy
from workbench.evaluate.coco_matches import make_labels
from workbench.evaluate.matching import make_detections
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_behaviour, judge_equivalence
from workbench.verify.evidence import Evidence
from workbench.verify.side_by_side import Criteria, SideBySide, Thresholds

Make = Callable[..., Evidence]
MakeRequirement = Callable[..., Requirement]
OUTPUTS = [{"id": "outputs", "kind": "outputs", "frames": list(range(30))}]
DONE = [(9.0, "phase_ended", {"phase": "outputs", "state": "done"})]


def compare(count: int = 30, shift: float = 0.0, criteria: Criteria | None = None) -> SideBySide:
    """One detection a frame; the device's box is shifted by so many pixels."""
    compared = SideBySide(
        Yolov8(2), Thresholds(0.25, 0.45, 300), (64, 64), 30, criteria or Criteria(0.25, 0.25), labelled=False
    )
    reference = np.zeros((1, 6, 4), np.float32)
    reference[0, :, 0] = (32, 32, 20, 20, 0.75, 0.1)
    device = reference.copy()
    device[0, 0, 0] += shift
    for position in range(count):
        compared.add(position, [reference], [device])
    return compared


@pytest.mark.parametrize(
    ("kind", "limit", "shift", "outcome"),
    [
        ("output_difference", 0.01, 0.0, Outcome.PASS),
        ("output_difference", 0.01, 4.0, Outcome.FAIL),
        ("detection_iou", 0.95, 0.0, Outcome.PASS),
        ("detection_iou", 0.95, 4.0, Outcome.FAIL),
    ],
)
def test_that_what_is_apart_fails_and_what_agrees_passes(
    make_evidence: Make, make_requirement: MakeRequirement, kind: str, limit: float, shift: float, outcome: Outcome
) -> None:
    evidence = make_evidence([], DONE, phases=OUTPUTS, compared=compare(shift=shift))
    assert getattr(judge_equivalence, kind)(make_requirement(kind, limit), evidence).outcome is outcome


@pytest.mark.parametrize("kind", ["output_difference", "detection_iou"])
def test_that_fewer_samples_than_asked_for_decide_nothing(
    make_evidence: Make, make_requirement: MakeRequirement, kind: str
) -> None:
    evidence = make_evidence([], DONE, phases=OUTPUTS, compared=compare(29))
    limit = {"output_difference": 0.01, "detection_iou": 0.95}[kind]
    assert getattr(judge_equivalence, kind)(make_requirement(kind, limit), evidence).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("kind", ["output_difference", "detection_iou"])
@pytest.mark.parametrize("compared", [None, compare(0)])
def test_that_without_samples_it_is_not_measured_and_says_why(
    make_evidence: Make, make_requirement: MakeRequirement, kind: str, compared: SideBySide | None
) -> None:
    verdict = getattr(judge_equivalence, kind)(
        make_requirement(kind, 0.5), make_evidence([], phases=OUTPUTS, compared=compared)
    )
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_MEASURED, "the run ended before the phase outputs did")


def accuracies(found: int, images: int = 40) -> dict[str, Any]:
    """The reference finds every object, the device finds those of the first `found` images."""
    labels = [make_labels([[10, 10, 30, 30]], [0])] * images
    hit, nothing = make_detections([[10, 10, 30, 30]], [0.9], [0]), make_detections([], [], [])
    sides = {"reference": [hit] * images, "device": [hit] * found + [nothing] * (images - found)}
    return {side: evaluate_accuracy(labels, items, ("car", "sign"), 0.25) for side, items in sides.items()}


def accuracy(make: MakeRequirement, limit: float, basis: str = "absolute", name: str | None = None) -> Requirement:
    return make("accuracy", limit, metric="mAP50", basis=basis, class_name=name)


@pytest.mark.parametrize(
    ("basis", "limit", "found", "outcome"),
    [
        ("absolute", 0.8, 40, Outcome.PASS),
        ("absolute", 0.8, 10, Outcome.FAIL),
        ("drop", 0.02, 40, Outcome.PASS),
        ("drop", 0.02, 10, Outcome.FAIL),
    ],
)
def test_that_accuracy_is_judged_absolutely_and_as_a_drop(
    make_evidence: Make, make_requirement: MakeRequirement, basis: str, limit: float, found: int, outcome: Outcome
) -> None:
    evidence = make_evidence([], DONE, phases=OUTPUTS, accuracy=accuracies(found))
    verdict = judge_equivalence.accuracy(accuracy(make_requirement, limit, basis), evidence)
    assert (verdict.outcome, verdict.relation) == (outcome, "<=" if basis == "drop" else ">="), verdict.reason


def test_that_accuracy_of_a_comparison_that_was_cut_short_does_not_pass(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    evidence = make_evidence([], phases=OUTPUTS, accuracy=accuracies(40))
    verdict = judge_equivalence.accuracy(accuracy(make_requirement, 0.8), evidence)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "the run ended before the phase outputs did" in verdict.reason


def test_that_accuracy_without_labels_or_objects_is_not_measured(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    evidence = make_evidence([], phases=OUTPUTS, accuracy_missing="nobody labelled these frames")
    verdict = judge_equivalence.accuracy(accuracy(make_requirement, 0.8), evidence)
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_MEASURED, "nobody labelled these frames")
    evidence = make_evidence([], DONE, phases=OUTPUTS, accuracy=accuracies(40))
    verdict = judge_equivalence.accuracy(accuracy(make_requirement, 0.8, name="sign"), evidence)
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "nothing to find" in verdict.reason


def test_that_no_frame_is_counted_twice_where_outputs_were_kept(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    phases = [*OUTPUTS, {"id": "throughput", "kind": "throughput", "duration_s": 1.0}]
    frames = [(0, index / 10, 10.0) for index in range(30)] + [(1, 4 + index / 10, 10.0) for index in range(5)]
    evidence = make_evidence(frames, DONE, phases=phases, compared=compare(), columns={"detections": [1.0] * 35})
    requirement = make_requirement("confidence_range", None, low=0.0, high=1.0)
    verdict = judge_behaviour.confidence_range(requirement, evidence)
    assert verdict.outcome is Outcome.PASS
    assert f"all {30 * 8 + 5} scores in 35 frames" in verdict.reason


def test_that_a_narrower_range_is_judged_by_the_outputs_alone(
    make_evidence: Make, make_requirement: MakeRequirement
) -> None:
    compared = compare(criteria=Criteria(0.25, 0.25, score_range=(0.0, 0.5)))
    evidence = make_evidence([(0, 1.0, 10.0)], DONE, phases=OUTPUTS, compared=compared)
    verdict = judge_behaviour.confidence_range(make_requirement("confidence_range", None, low=0.0, high=0.5), evidence)
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 30)
