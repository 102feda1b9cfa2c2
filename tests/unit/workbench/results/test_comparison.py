"""Comparing runs: a difference without an interval is never called one."""

from __future__ import annotations

import math

import pytest

from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.results.comparison import _say, compare_runs, difference_interval

from .test_run_record import record, result


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


def _measured(value: float, unit: str = "ms") -> Verdict:
    return Verdict(outcome=Outcome.PASS, value=value, unit=unit, reason="x")


def test_that_requirements_are_matched_by_what_they_are_about() -> None:
    first = record(result("slipway.accuracy[0].at_least", _measured(0.8, ""), "mAP50"))
    second = record(
        result("slipway.accuracy[0].at_least", _measured(0.7, ""), "mAP50 of car"),
        result("slipway.accuracy[1].at_least", _measured(0.9, ""), "mAP50"),
    )
    rows = {row.title: row for row in compare_runs(first, second).rows}
    assert rows["mAP50"].difference == pytest.approx(0.1)
    assert (rows["mAP50 of car"].outcome_a, rows["mAP50 of car"].difference) == ("not in this run", None)


def test_that_the_unit_is_that_of_what_was_measured() -> None:
    (row,) = compare_runs(
        record(result("latency", not_measured("x", limit=0.05, unit="s"))), record(result("latency", _measured(12.0)))
    ).rows
    assert (row.a, row.b, row.unit, row.difference, row.text) == (None, 12.0, "ms", None, "not measured in both")


def test_that_different_units_have_no_difference() -> None:
    (row,) = compare_runs(
        record(result("soak", _measured(3.0, "MB"))), record(result("soak", _measured(0.1, "MB/h")))
    ).rows
    assert (row.difference, row.lower, row.upper) == (None, None, None)
    assert row.text == "not to be compared: measured in MB and in MB/h"


def test_that_what_else_is_not_the_same_is_listed() -> None:
    first = record(chain={"model": {"sha256": "a" * 64}}, tools={"onnx": "1"}, board={"name": "b", "id": "1"})
    second = record(
        chain={"model": {"sha256": "b" * 64}}, tools={"onnx": "2"}, board={"name": "b", "id": "2"}, quick=True, only=()
    )
    changed = compare_runs(first, second).changed
    assert f"model: {'a' * 12} → {'b' * 12}" in changed
    assert {"board: b 1 → b 2", "quick: False → True", "onnx: 1 → 2", "asked for: latency → all"} <= set(changed)
    assert compare_runs(first, first).changed == ()
