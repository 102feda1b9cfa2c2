"""One figure a start: every one counts."""

from __future__ import annotations

import math

from workbench.evaluate.starts import judge_largest, judge_load_time
from workbench.evaluate.verdict import Outcome


def test_that_every_start_must_be_loaded_in_time() -> None:
    values = [7.0, 7.1, 6.9, 7.05]
    verdict = judge_load_time(values, 7.1)
    assert (verdict.outcome, verdict.unit, verdict.samples, verdict.value) == (Outcome.PASS, "ms", 4, 7.1)
    assert judge_load_time([*values, 11.0], 10.0).outcome is Outcome.FAIL
    assert "restarts are not covered" in judge_load_time([120.0], 500.0).reason


def test_that_nothing_measured_is_said_with_its_reason() -> None:
    verdict = judge_load_time([None, None], 10.0)
    assert (verdict.outcome, verdict.value, verdict.reason) == (
        Outcome.NOT_MEASURED,
        None,
        "no start told how long loading took",
    )


def test_that_a_start_without_its_figure_forbids_a_pass_but_not_a_failure() -> None:
    for missing in (None, math.nan):
        assert judge_load_time([7.0, 7.1, missing], 10.0).outcome is Outcome.INCONCLUSIVE
        assert judge_load_time([7.0, 7.1, missing], 5.0).outcome is Outcome.FAIL
        assert judge_largest([7.0, missing], 10.0, subject="peak").outcome is Outcome.INCONCLUSIVE
        assert judge_largest([7.0, missing], 5.0, subject="peak").outcome is Outcome.FAIL


def test_that_the_largest_start_is_judged_without_an_interval() -> None:
    verdict = judge_largest([1.0, 3.0, 2.0], 2.5, subject="peak")
    assert (verdict.outcome, verdict.value, verdict.upper) == (Outcome.FAIL, 3.0, None)
    assert "seen, not estimated" in verdict.reason
    assert "restarts are not covered" in judge_largest([1.0], 2.5, subject="peak").reason
    assert "the largest of 1 sample" in judge_largest([1.0], 2.5, subject="power", noun="sample").reason
