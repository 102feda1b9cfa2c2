"""Overlap of detections: misses, flips, shifts, and verdicts with bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.base.errors import UsageError
from workbench.evaluate.detection_iou import DetectionIou
from workbench.evaluate.equivalence import worst_samples
from workbench.evaluate.matching import Detections, make_detections
from workbench.evaluate.output_difference import AnchorOutput, OutputDifference
from workbench.evaluate.verdict import Outcome, Verdict


def scene(rng: np.random.Generator, objects: int = 6) -> Detections:
    """Objects side by side, so that none overlaps another."""
    left = np.arange(objects) * 100.0
    top = rng.uniform(0, 200, size=objects)
    boxes = np.stack([left, top, left + rng.uniform(40, 80, size=objects), top + rng.uniform(40, 80, size=objects)], 1)
    return make_detections(boxes, rng.uniform(0.4, 0.95, size=objects), rng.integers(0, 3, size=objects))


def moved(found: Detections, pixels: float) -> Detections:
    return Detections(found.boxes + np.array([pixels, 0, pixels, 0]), found.scores, found.classes)


def without(found: Detections, *missing: int) -> Detections:
    kept = [index for index in range(len(found)) if index not in missing]
    return Detections(found.boxes[kept], found.scores[kept], found.classes[kept])


def changed(found: Detections, *, score: float | None = None, klass: int | None = None) -> Detections:
    scores, classes = found.scores.copy(), found.classes.copy()
    if score is not None:
        scores[0] = score
    if klass is not None:
        classes[0] = klass
    return Detections(found.boxes, scores, classes)


def gather(
    pairs: list[tuple[Detections, Detections]], statistic: str = "mean", requested: int | None = None
) -> DetectionIou:
    overlap = DetectionIou(0.25, requested, statistic)
    for reference, device in pairs:
        overlap.add(reference, device)
    return overlap


def scenes(count: int, seed: int = 0) -> list[Detections]:
    rng = np.random.default_rng(seed)
    return [scene(rng) for _ in range(count)]


def test_that_equal_detections_overlap_wholly_and_pass() -> None:
    verdict = gather([(found, found) for found in scenes(100)]).verdict(0.95)
    assert (verdict.outcome, verdict.value, verdict.lower) == (Outcome.PASS, 1.0, 1.0)
    assert (verdict.details["missed"], verdict.details["extra"]) == (0, 0)


def test_that_a_missed_detection_counts_zero() -> None:
    found = scenes(1)[0]
    overlap = gather([(found, without(found, 2))])
    assert sorted(overlap.ious()) == pytest.approx([0, 1, 1, 1, 1, 1])
    assert overlap.samples[0].missed == 1


def test_that_flicker_at_the_edge_is_no_miss_and_no_extra() -> None:
    strong = scenes(1)[0]
    edge, below = changed(strong, score=0.26), changed(strong, score=0.13)
    missed = gather([(edge, below)]).samples[0]
    assert (missed.missed, missed.extra) == (0, 0)
    extra = gather([(below, edge)]).samples[0]
    assert (extra.missed, extra.extra, extra.ious.size) == (0, 0, 5)
    gone = gather([(edge, changed(strong, score=0.12))]).samples[0]
    assert gone.missed == 1


def test_that_failures_are_split_by_their_cause() -> None:
    found = scenes(1)[0]
    flip = gather([(changed(found, klass=0), changed(found, klass=1))]).samples[0]
    assert (flip.class_flips, flip.missed_near, flip.missed_otherwise, flip.extra) == (1, 0, 0, 1)
    near = gather([(changed(found, score=0.29), without(found, 0))]).samples[0]
    assert (near.class_flips, near.missed_near, near.missed_otherwise) == (0, 1, 0)
    otherwise = gather([(changed(found, score=0.31), without(found, 0))]).samples[0]
    assert (otherwise.class_flips, otherwise.missed_near, otherwise.missed_otherwise) == (0, 0, 1)
    shift = gather([(found, moved(found, 5))] * 30).verdict(0.95)
    assert shift.outcome is Outcome.FAIL
    assert shift.details["box_shifts"] == 180
    assert "180 box shifts" in shift.reason


def test_that_extra_detections_are_counted() -> None:
    found = scenes(1)[0]
    assert gather([(without(found, 1, 3), found)]).samples[0].extra == 2


def test_that_near_the_limit_the_verdict_is_inconclusive_and_says_how_many_would_decide() -> None:
    rng = np.random.default_rng(3)
    pairs = [(found, without(found, *np.flatnonzero(rng.random(6) < 0.055))) for found in scenes(60)]
    verdict = gather(pairs).verdict(0.945)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed is not None
    assert verdict.needed > 60
    assert f"about {verdict.needed} samples in all would decide" in verdict.reason
    assert "no number of samples" in gather(pairs).verdict(0.95).reason


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.2), st.floats(0.7, 1), st.integers(0, 10**6), st.sampled_from(["mean", "p1", "min"]))
def test_that_the_interval_agrees_with_the_outcome(rate: float, limit: float, seed: int, statistic: str) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(found, without(found, *np.flatnonzero(rng.random(6) < rate))) for found in scenes(25, seed)]
    verdict = gather(pairs, statistic).verdict(limit)
    assert verdict.value is not None
    if statistic == "min":
        assert (verdict.outcome is Outcome.PASS) == (verdict.value >= limit)
    elif verdict.outcome is Outcome.PASS:
        assert verdict.lower is not None
        assert min(verdict.lower, verdict.value) >= limit
    elif verdict.outcome is Outcome.FAIL:
        assert verdict.upper is not None
        assert max(verdict.upper, verdict.value) < limit
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_that_frames_that_are_alike_are_worth_less() -> None:
    found = scenes(1)[0]
    pairs = [(found, without(found, *([0] if (index // 50) % 2 else []))) for index in range(400)]
    alike = gather(pairs).verdict(0.9)
    mixed = gather([pairs[index] for index in np.random.default_rng(1).permutation(400)]).verdict(0.9)
    assert alike.effective_samples is not None
    assert mixed.effective_samples is not None
    assert alike.effective_samples < 40 < mixed.effective_samples
    assert (alike.outcome, mixed.outcome) == (Outcome.INCONCLUSIVE, Outcome.PASS)


def test_that_fewer_samples_than_asked_for_are_inconclusive_either_way() -> None:
    for device in (lambda found: found, lambda found: without(found, 0, 1, 2)):
        verdict = gather([(found, device(found)) for found in scenes(40)], requested=1000).verdict(0.95)
        assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 1000)
        assert "only 40 of 1000" in verdict.reason


def test_that_too_few_samples_have_no_bounds() -> None:
    verdict = gather([(found, found) for found in scenes(5)]).verdict(0.95)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 20)
    assert verdict.details["lower_open"] == 1


def test_that_without_reference_detections_nothing_is_measured() -> None:
    nothing = make_detections([], [], [])
    verdict = gather([(nothing, scenes(1)[0])] * 30).verdict(0.95)
    assert (verdict.outcome, verdict.value, verdict.details["extra"]) == (Outcome.NOT_MEASURED, None, 180)
    assert gather([]).verdict(0.95).outcome is Outcome.NOT_MEASURED


def test_that_a_dead_device_fails() -> None:
    verdict = gather([(found, make_detections([], [], [])) for found in scenes(30)]).verdict(0.5)
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 0.0)


def test_that_an_unknown_statistic_is_refused() -> None:
    with pytest.raises(UsageError, match="mean, p1, min"):
        DetectionIou(0.25, statistic="median")


def test_that_the_worst_samples_come_first() -> None:
    found = scenes(4)
    overlap = gather(
        [
            (found[0], found[0]),
            (found[1], moved(found[1], 6)),
            (found[2], without(found[2], 0, 1)),
            (found[3], found[3]),
        ]
    )
    difference = OutputDifference(0.25, (640, 384))
    for shift in (0.0, 0.0, 0.0, 0.1):
        quiet = AnchorOutput(np.zeros((2, 4)), np.full((2, 1), 0.5))
        difference.add_anchors(quiet, AnchorOutput(quiet.boxes, quiet.scores + shift))
    worst = worst_samples(3, overlap, difference)
    assert [sample.sample for sample in worst] == [2, 1, 3]
    assert worst[0].min_iou == 0.0
    assert worst[2].difference == pytest.approx(0.1 / np.sqrt(5))
    assert [sample.sample for sample in worst_samples(2, None, difference)] == [3, 0]
    assert worst_samples(5, None, None) == []
