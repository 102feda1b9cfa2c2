"""Bad input and valid output."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate import io_validation
from workbench.evaluate.io_validation import Rejection, judge_rejections
from workbench.evaluate.verdict import Outcome
from workbench.reports.wording import quantity_text

SUBJECT = "a frame of the wrong size"


def test_that_a_rejection_needs_an_error_code_and_a_next_frame() -> None:
    good = [Rejection("invalid_size", True), Rejection(-22, True)]
    verdict = judge_rejections(SUBJECT, good)
    assert (verdict.outcome, verdict.value, verdict.limit) == (Outcome.PASS, 2.0, 2.0)
    assert "-22, invalid_size" in verdict.reason


@pytest.mark.parametrize("code", [None, 0, ""])
def test_that_an_input_that_was_accepted_fails(code: int | str | None) -> None:
    verdict = judge_rejections(SUBJECT, [Rejection("invalid_size", True), Rejection(code, True)])
    assert (verdict.outcome, verdict.value, verdict.details["accepted"]) == (Outcome.FAIL, 1.0, 1)


def test_that_a_worker_that_is_stuck_afterwards_fails() -> None:
    verdict = judge_rejections(SUBJECT, [Rejection("invalid_size", False)])
    assert (verdict.outcome, verdict.details["stuck"]) == (Outcome.FAIL, 1)


def test_that_what_was_not_tried_is_never_a_pass() -> None:
    assert judge_rejections(SUBJECT, [Rejection("invalid_size", None)]).outcome is Outcome.INCONCLUSIVE
    assert judge_rejections(SUBJECT, []).outcome is Outcome.NOT_MEASURED


def test_that_boxes_must_be_finite_have_an_area_and_touch_the_frame() -> None:
    boxes = np.array(
        [
            [0, 0, 10, 10],
            [-5, -5, 5, 5],
            [630, 370, 700, 400],
            [10, 10, 5, 20],
            [5, 5, 5, 5],
            [np.nan, 0, 1, 1],
            [0, 0, np.inf, 1],
            [700, 0, 800, 10],
            [-20, 0, -10, 10],
        ]
    )
    assert io_validation.count_bad_boxes(boxes, 640, 384) == 6
    assert io_validation.count_bad_boxes(np.empty((0, 4)), 640, 384) == 0


def test_that_scores_must_be_within_their_range() -> None:
    scores = np.array([0.0, 1.0, 0.5, -0.1, 1.0001, np.nan, np.inf])
    assert io_validation.count_bad_scores(scores) == 4


def test_that_one_bad_output_among_thousands_fails() -> None:
    assert io_validation.judge_detection_format(5000, 0, 1000).outcome is Outcome.PASS
    verdict = io_validation.judge_detection_format(5000, 1, 1000, "[5, 5, 5, 5] in frame 17")
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("such as [5, 5, 5, 5] in frame 17")
    assert io_validation.judge_confidence_range(5000, 2, 1000).outcome is Outcome.FAIL
    assert "within [0, 1]" in io_validation.judge_confidence_range(5000, 0, 1000).reason


def test_that_what_was_measured_reads_as_words() -> None:
    tried = [Rejection("invalid_size", True)] * 8
    for verdict, text in (
        (judge_rejections(SUBJECT, [*tried, Rejection(-22, True)]), "9 of 9 rejected"),
        (judge_rejections(SUBJECT, [*tried, Rejection(None, None)]), "8 of 9 rejected"),
        (io_validation.judge_detection_format(5000, 0, 1000), "0 bad boxes"),
        (io_validation.judge_detection_format(5000, 1, 1000), "1 bad box"),
        (io_validation.judge_confidence_range(5000, 2, 1000), "2 bad scores"),
    ):
        assert quantity_text(verdict.value, verdict.unit) == text


def test_that_no_output_at_all_is_not_measured() -> None:
    assert io_validation.judge_detection_format(0, 0, 1000).outcome is Outcome.NOT_MEASURED
    assert io_validation.judge_confidence_range(0, 0, 0).outcome is Outcome.NOT_MEASURED
