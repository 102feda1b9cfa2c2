"""One figure a start: means with bounds, ceilings without."""

from __future__ import annotations

import math

import pytest

from workbench.evaluate.starts import judge_largest, judge_load_time, judge_over_starts
from workbench.evaluate.verdict import Outcome


def test_that_starts_that_agree_decide() -> None:
    values = [7.0, 7.1, 6.9, 7.05]
    verdict = judge_load_time(values, 10.0)
    assert (verdict.outcome, verdict.unit, verdict.samples) == (Outcome.PASS, "ms", 4)
    assert verdict.value == pytest.approx(7.0125)
    assert "on average over 4 starts, limit 10 ms" in verdict.reason
    assert judge_load_time(values, 5.0).outcome is Outcome.FAIL
    assert judge_over_starts(values, 5.0, ">=", subject="rate").outcome is Outcome.PASS


def test_that_one_start_decides_nothing() -> None:
    verdict = judge_load_time([120.0], 500.0)
    assert (verdict.outcome, verdict.value, verdict.lower, verdict.needed) == (Outcome.INCONCLUSIVE, 120.0, None, 2)
    assert "one start only" in verdict.reason


def test_that_scatter_around_the_limit_asks_for_more_starts() -> None:
    verdict = judge_load_time([90.0, 110.0, 95.0, 104.0], 100.0)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed is not None
    assert verdict.needed > 4


def test_that_nothing_measured_is_said_with_its_reason() -> None:
    verdict = judge_load_time([None, None], 10.0)
    assert (verdict.outcome, verdict.value, verdict.reason) == (
        Outcome.NOT_MEASURED,
        None,
        "no start reported how long loading took",
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
