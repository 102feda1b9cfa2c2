"""Comparing runs: a difference without an interval is never called one."""

from __future__ import annotations

import math

import pytest

from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.results.comparison import _say, difference_interval


def _verdict(value: float, lower: float | None, upper: float | None) -> Verdict:
    return Verdict(outcome=Outcome.PASS, value=value, lower=lower, upper=upper, reason="x")


def test_that_symmetric_intervals_add_in_squares() -> None:
    lower, upper = difference_interval(_verdict(10, 7, 13), _verdict(20, 16, 24))
    assert lower == pytest.approx(10 - math.hypot(3, 4))
    assert upper == pytest.approx(10 + math.hypot(3, 4))


def test_that_an_open_end_stays_open() -> None:
    assert difference_interval(_verdict(1, 0.5, None), _verdict(2, 1.5, 2.5)) == (None, 1 + math.hypot(0.5, 0.5))


def test_that_an_open_percentile_is_compared_by_the_averages_over_starts() -> None:
    a, b = (
        Verdict(
            outcome=Outcome.INCONCLUSIVE,
            value=value,
            lower=9,
            reason="x",
            details={"starts_lower": low, "starts_upper": low + 2},
        )
        for value, low in ((12.0, 10.0), (22.0, 20.0))
    )
    lower, upper = difference_interval(a, b)
    assert lower == pytest.approx(10 - math.hypot(1, 1))
    assert upper == pytest.approx(10 + math.hypot(1, 1))


def test_that_what_one_run_did_not_measure_has_no_difference() -> None:
    assert difference_interval(not_measured("no sensor"), _verdict(1, 0, 2)) == (None, None)
    assert _say(None, None, None) == "not measured in both"


@pytest.mark.parametrize(
    ("difference", "lower", "upper", "text"),
    [
        (3.0, 1.0, 5.0, "different"),
        (-3.0, -5.0, -1.0, "different"),
        (3.0, -1.0, 5.0, "not shown different"),
        (3.0, 1.0, None, "different; one end of the interval is open"),
        (3.0, None, 5.0, "not shown different; one end of the interval is open"),
        (0.0, None, None, "the same"),
    ],
)
def test_that_words_follow_the_interval(difference: float, lower: float | None, upper: float | None, text: str) -> None:
    assert _say(difference, lower, upper) == text
