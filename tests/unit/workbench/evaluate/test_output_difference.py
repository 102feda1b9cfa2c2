"""The difference of outputs: what counts, and that a dead or broken device never passes."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.matching import Detections, make_detections
from workbench.evaluate.output_difference import AnchorOutput, OutputDifference
from workbench.evaluate.verdict import Outcome, Verdict

SIZE = (640, 384)


def make_output(seed: int = 0, anchors: int = 5040, classes: int = 6, objects: int = 5) -> AnchorOutput:
    """A quiet head with some anchors that detect, as it comes: views of one [4 + c, n] array in float32."""
    rng = np.random.default_rng(seed)
    head = np.empty((4 + classes, anchors), dtype=np.float32)
    head[:4] = rng.uniform(0, 384, size=(4, anchors))
    head[4:] = rng.uniform(0, 0.01, size=(classes, anchors))
    for anchor in rng.choice(anchors, size=objects, replace=False):
        head[4 + int(rng.integers(classes)), anchor] = rng.uniform(0.5, 0.9)
    return AnchorOutput(head[:4].T, head[4:].T)


def shifted(output: AnchorOutput, boxes: float = 0.0, scores: float = 0.0) -> AnchorOutput:
    return AnchorOutput(output.boxes + np.float32(boxes), output.scores + np.float32(scores))


def test_that_equal_outputs_differ_by_nothing() -> None:
    difference = OutputDifference(0.25, SIZE)
    for seed in range(3):
        difference.add_anchors(make_output(seed), make_output(seed))
    verdict = difference.verdict(0.01)
    assert (verdict.outcome, verdict.value, verdict.samples) == (Outcome.PASS, 0.0, 3)


def test_that_the_difference_is_the_rms_over_anchors_that_detect() -> None:
    reference = AnchorOutput(np.zeros((3, 4)), np.array([[0.5, 0.0], [0.1, 0.0], [0.0, 0.0]]))
    device = AnchorOutput(np.full((3, 4), 6.4), np.array([[0.4, 0.0], [0.1, 0.3], [0.2, 0.0]]))
    sample = OutputDifference(0.25, (640, 640)).add_anchors(reference, device)
    assert sample.anchors == 2  # the third reaches the threshold on neither side
    assert sample.boxes_rms == pytest.approx(0.01)
    assert sample.scores_rms == pytest.approx(np.sqrt((0.1**2 + 0.3**2) / 4))
    assert sample.rms == pytest.approx(np.sqrt((8 * 0.01**2 + 0.1**2 + 0.3**2) / 12))
    assert sample.l2 == pytest.approx(np.sqrt(12 * 0.01**2 + 0.1**2 + 0.3**2 + 0.2**2))
    assert sample.all_rms == pytest.approx(sample.l2 / np.sqrt(18))


def test_that_boxes_are_divided_by_width_and_height() -> None:
    reference = AnchorOutput(np.zeros((1, 4)), np.array([[0.5]]))
    device = AnchorOutput(np.array([[64.0, 38.4, 64.0, 38.4]]), np.array([[0.5]]))
    assert OutputDifference(0.25, SIZE).add_anchors(reference, device).boxes_rms == pytest.approx(0.1)


def test_that_the_largest_of_all_samples_counts() -> None:
    difference = OutputDifference(0.25, SIZE)
    for seed, shift in enumerate((0.001, 0.02, 0.001)):
        difference.add_anchors(make_output(seed), shifted(make_output(seed), scores=shift))
    verdict = difference.verdict(0.01)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.value == pytest.approx(difference.values().max())
    assert verdict.details["worst_sample"] == 1
    assert "in sample 1 over 5 anchors, limit 0.01" in verdict.reason


def test_that_a_dead_device_fails_where_the_rms_over_all_anchors_would_pass() -> None:
    difference = OutputDifference(0.25, SIZE)
    for seed in range(4):
        reference = make_output(seed, objects=2)
        difference.add_anchors(reference, AnchorOutput(reference.boxes, np.zeros_like(reference.scores)))
    assert max(sample.all_rms for sample in difference.samples) < 0.01
    for limit in (0.01, 1e9):
        verdict = difference.verdict(limit)
        assert verdict.outcome is Outcome.FAIL
        assert "all scores of the device are zero in 4 samples" in verdict.reason


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_that_numbers_without_sense_in_the_device_output_fail(bad: float) -> None:
    difference = OutputDifference(0.25, SIZE)
    difference.add_anchors(make_output(1), make_output(1))
    device = make_output(2)
    device.boxes[17, 2] = bad
    difference.add_anchors(make_output(2), device)
    verdict = difference.verdict(0.01)
    assert (verdict.outcome, verdict.details["damaged_samples"]) == (Outcome.FAIL, 1)
    assert np.isnan(difference.values()[1])
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_that_a_broken_reference_is_not_measured() -> None:
    difference = OutputDifference(0.25, SIZE)
    reference = make_output(2)
    reference.scores[0, 0] = np.nan
    difference.add_anchors(reference, make_output(2))
    assert difference.verdict(0.01).outcome is Outcome.NOT_MEASURED


def test_that_samples_without_detections_are_counted_and_add_nothing() -> None:
    difference = OutputDifference(0.25, SIZE)
    difference.add_anchors(make_output(1, objects=0), make_output(2, objects=0))
    verdict = difference.verdict(0.01)
    assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)
    difference.add_anchors(make_output(1), make_output(1))
    verdict = difference.verdict(0.01)
    assert (verdict.outcome, verdict.details["samples_without_anchors"]) == (Outcome.PASS, 1)


def test_that_fewer_samples_than_asked_for_are_inconclusive_either_way() -> None:
    for shift in (0.0, 0.5):
        difference = OutputDifference(0.25, SIZE, requested=1000)
        difference.add_anchors(make_output(1), shifted(make_output(1), scores=shift))
        verdict = difference.verdict(0.01)
        assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 1000)
        assert "only 1 of 1000 samples" in verdict.reason


def test_that_no_sample_is_not_measured() -> None:
    assert OutputDifference(0.25, SIZE).verdict(0.01).outcome is Outcome.NOT_MEASURED


def test_that_outputs_of_another_shape_are_refused() -> None:
    with pytest.raises(SlipwayError, match="another model"):
        OutputDifference(0.25, SIZE).add_anchors(make_output(anchors=5040), make_output(anchors=2100))


def ranked(order: list[int], scores: list[float] | None = None) -> Detections:
    found = np.array([[0, 0, 64, 64], [100, 0, 164, 64], [200, 0, 264, 64], [300, 0, 364, 64]], dtype=float)
    return make_detections(found[order], np.array(scores or [0.9, 0.8, 0.3, 0.3])[order], [0] * len(order))


def test_that_ranked_rows_are_matched_before_they_are_compared() -> None:
    difference = OutputDifference(0.25, SIZE)
    sample = difference.add_ranked(ranked([0, 1, 2, 3]), ranked([0, 1, 3, 2]))
    assert (sample.rms, sample.anchors, sample.unmatched) == (0.0, 4, 0)


def test_that_a_ranked_row_that_is_missing_counts_with_its_whole_score() -> None:
    sample = OutputDifference(0.25, SIZE).add_ranked(ranked([0, 1, 2, 3]), ranked([0, 2, 3]))
    assert (sample.anchors, sample.unmatched) == (4, 1)
    assert sample.scores_rms == pytest.approx(0.8 / 2)
    assert sample.boxes_rms == 0.0


def test_that_a_score_that_flickers_at_the_threshold_is_no_missing_row() -> None:
    device = ranked([0, 1, 2, 3], [0.9, 0.8, 0.2, 0.3])
    sample = OutputDifference(0.25, SIZE).add_ranked(ranked([0, 1, 2, 3]), device)
    assert sample.unmatched == 0
    assert sample.scores_rms == pytest.approx(0.1 / 2)


def test_that_a_ranked_device_that_never_answers_fails_whatever_the_limit() -> None:
    difference = OutputDifference(0.25, SIZE)
    nothing = make_detections([], [], [])
    difference.add_ranked(nothing, nothing)
    for _ in range(2):
        difference.add_ranked(ranked([0, 1]), nothing)
    verdict = difference.verdict(1e9)
    assert (verdict.outcome, verdict.details["dead_samples"]) == (Outcome.FAIL, 2)
    difference.add_ranked(ranked([0, 1]), ranked([0, 1]))
    assert difference.verdict(1e9).outcome is Outcome.PASS
    zeros = OutputDifference(0.25, SIZE)
    zeros.add_ranked(ranked([0, 1]), ranked([0, 1], [0.0] * 4))
    zeros.add_ranked(ranked([0, 1]), ranked([0, 1]))
    assert zeros.verdict(1e9).outcome is Outcome.FAIL


def test_that_ranked_rows_of_a_device_with_bad_numbers_fail() -> None:
    difference = OutputDifference(0.25, SIZE)
    difference.add_ranked(ranked([0, 1]), ranked([0, 1], [np.nan, 0.8, 0, 0]))
    assert difference.verdict(1.0).outcome is Outcome.FAIL


def compare_noisy(samples: int, statistic: str, scope: str = "above_threshold") -> OutputDifference:
    """Samples whose scores differ by 0.01 give or take a third."""
    difference = OutputDifference(0.25, SIZE, statistic=statistic, scope=scope)
    rng = np.random.default_rng(7)
    for seed in range(samples):
        reference = make_output(seed, anchors=60)
        difference.add_anchors(reference, shifted(reference, scores=float(rng.normal(0.01, 0.003))))
    return difference


def test_that_the_mean_is_judged_by_its_bounds() -> None:
    difference = compare_noisy(60, "mean")
    value = float(difference.values().mean())
    passed, failed, open_ = (difference.verdict(limit) for limit in (1.5 * value, 0.5 * value, 1.01 * value))
    assert [item.outcome for item in (passed, failed, open_)] == [Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE]
    assert passed.value == pytest.approx(value)
    assert passed.lower is not None
    assert passed.upper is not None
    assert passed.lower < value < passed.upper
    assert open_.needed is not None
    assert open_.needed > 60
    assert passed.reason.startswith("mean difference 0.0")
    assert "(95 % confidence at each end)" in passed.reason
    assert "; the largest 0.0" in passed.reason
    assert passed.details["rule"] == (
        "root mean square over the anchors where reference or device scores at or above the threshold, boxes divided "
        "by the input size, scores as they are; the mean over the samples counts"
    )


def test_that_too_few_samples_decide_nothing_of_the_mean() -> None:
    verdict = compare_noisy(19, "mean").verdict(1.0)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 20)
    assert (verdict.lower, verdict.upper) == (None, None)
    assert verdict.details["upper_open"] == 1
    assert "fewer than 20 samples: no bounds" in verdict.reason


def test_that_samples_that_resemble_their_neighbours_widen_the_bounds_of_the_mean() -> None:
    rng = np.random.default_rng(3)
    scattered = np.abs(rng.normal(0.01, 0.004, 80))
    spans = []
    for shifts in (scattered, np.sort(scattered)):
        difference = OutputDifference(0.25, SIZE, statistic="mean")
        for seed, shift in enumerate(shifts):
            reference = make_output(seed, anchors=40)
            difference.add_anchors(reference, shifted(reference, scores=float(shift)))
        verdict = difference.verdict(0.01)
        assert verdict.lower is not None
        assert verdict.upper is not None
        assert verdict.effective_samples is not None
        spans.append((verdict.upper - verdict.lower, verdict.effective_samples))
    assert spans[1][0] > 2 * spans[0][0]
    assert spans[1][1] < spans[0][1] / 4


def test_that_all_anchors_count_where_that_is_the_scope() -> None:
    difference = OutputDifference(0.25, SIZE, scope="all_anchors")
    reference = AnchorOutput(np.zeros((4, 4)), np.array([[0.5], [0.1], [0.1], [0.1]]))
    device = AnchorOutput(np.zeros((4, 4)), np.array([[0.5], [0.1], [0.1], [0.2]]))
    sample = difference.add_anchors(reference, device)
    assert sample.rms == 0.0
    verdict = difference.verdict(0.01)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.value == pytest.approx(0.1 / np.sqrt(20))
    assert "in sample 0 over all anchors, limit 0.01" in verdict.reason
    assert "over all anchors, boxes divided" in str(verdict.details["rule"])


@pytest.mark.parametrize("statistic", ["max", "mean"])
@pytest.mark.parametrize("scope", ["above_threshold", "all_anchors"])
def test_that_a_dead_or_damaged_device_fails_whatever_the_statistic_and_scope(statistic: str, scope: str) -> None:
    for spoil in (0.0, np.nan):
        difference = OutputDifference(0.25, SIZE, statistic=statistic, scope=scope)
        for seed in range(30):
            reference = make_output(seed, anchors=60)
            scores = reference.scores if seed else np.full_like(reference.scores, spoil)
            difference.add_anchors(reference, AnchorOutput(reference.boxes, scores))
        assert difference.verdict(1e9).outcome is Outcome.FAIL


@pytest.mark.parametrize("scope", ["above_threshold", "all_anchors"])
def test_that_nothing_is_said_where_neither_side_detects_anything(scope: str) -> None:
    difference = OutputDifference(0.25, SIZE, scope=scope)
    quiet = make_output(1, objects=0)
    difference.add_anchors(quiet, AnchorOutput(quiet.boxes, np.zeros_like(quiet.scores)))
    assert difference.verdict(1.0).outcome is Outcome.NOT_MEASURED


@pytest.mark.parametrize(("statistic", "scope"), [("median", "above_threshold"), ("max", "some")])
def test_that_an_unknown_statistic_or_scope_is_refused(statistic: str, scope: str) -> None:
    with pytest.raises(UsageError, match="outputs cannot be compared by"):
        OutputDifference(0.25, SIZE, statistic=statistic, scope=scope)
