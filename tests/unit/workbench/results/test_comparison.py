"""Comparing runs: a difference without an interval is never called one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.results.comparison import Difference, compare_runs

from .test_run_record import record, result


def _verdict(value: float, lower: float | None, upper: float | None, **details: float) -> Verdict:
    return Verdict(outcome=Outcome.PASS, value=value, unit="ms", lower=lower, upper=upper, reason="x", details=details)


def compare(first: Verdict, second: Verdict) -> Difference:
    (row,) = compare_runs(record(result("latency", first)), record(result("latency", second))).rows
    return row


def test_that_records_alone_are_compared_by_the_bounds_of_their_verdicts() -> None:
    row = compare(_verdict(10, 7, 13), _verdict(20, 16, 24))
    assert (row.a, row.b, row.difference) == (10, 20, 10)
    assert row.lower == pytest.approx(10 - 5 * 1.959964 / 1.644854)
    assert row.basis == "from the bounds of both verdicts"


def test_that_an_open_percentile_is_compared_by_the_averages_over_starts() -> None:
    a, b = (_verdict(low + 2, 9, None, starts_lower=low, starts_upper=low + 2) for low in (10.0, 20.0))
    row = compare(a, b)
    assert (row.a, row.b, row.judged_a, row.judged_b) == (11, 21, 12, 22)
    assert row.difference == 10
    assert row.upper == pytest.approx(10 + 2**0.5 * 1.959964 / 1.644854)
    assert row.basis == "the average over the cold starts"


@pytest.mark.parametrize(
    ("first", "second", "outcome", "text"),
    [
        (
            _verdict(10, 9, 11),
            _verdict(20, 19, 21),
            "different",
            "different: B is 10 ms higher (from 8.31 ms higher to",
        ),
        (_verdict(20, 19, 21), _verdict(10, 9, 11), "different", "different: B is 10 ms lower (from 11.7 ms lower to"),
        (
            _verdict(10, 7, 13),
            _verdict(12, 9, 15),
            "not shown different",
            "B may be from 3.06 ms lower to 7.06 ms higher",
        ),
        (_verdict(10, 9, 11), _verdict(20, 19, None), "different", "from 8.31 ms higher up; how far is open"),
        (_verdict(10, None, None), _verdict(10, None, None), "the same", "the same"),
        (_verdict(10, None, None), _verdict(12, None, None), "cannot be said", "B is 2 ms higher; no interval"),
        (not_measured("no sensor", unit="ms"), _verdict(1, 0, 2), "cannot be said", "A did not measure it: no sensor"),
        (not_measured("x"), not_measured("y"), "cannot be said", "measured in neither"),
    ],
)
def test_that_words_follow_the_interval(first: Verdict, second: Verdict, outcome: str, text: str) -> None:
    row = compare(first, second)
    assert row.result == outcome
    assert text in row.text


def test_that_another_limit_is_said_and_another_figure_is_not_compared() -> None:
    first, second = (result("latency", _verdict(value, value - 1, value + 1)) for value in (10, 20))
    tighter = replace(second, limit_text="40ms")
    (row,) = compare_runs(record(first), record(tighter)).rows
    assert row.result == "different"
    assert row.text.endswith("; the limit is another: 50ms → 40ms")
    p99 = replace(first, parameters={"statistic": "p99", "test_iterations": 100, "paced_rate_fps": 30.0})
    p95 = replace(second, parameters={"statistic": "p95", "test_iterations": 200, "paced_rate_fps": 60.0})
    (row,) = compare_runs(record(p99), record(p95)).rows
    assert (row.result, row.difference) == ("cannot be said", None)
    assert row.text == "not to be compared: statistic p99 → p95"
    (row,) = compare_runs(record(p99), record(replace(p95, parameters={"statistic": "p99"}))).rows
    assert row.result == "different"


def test_that_the_note_says_how_many_are_called_different_by_chance() -> None:
    many = [result(f"r{place}", _verdict(10, 9, 11), f"t{place}") for place in range(20)]
    note = compare_runs(record(*many), record(*many)).note
    assert "of 20 requirements without any difference about 1 would be called different" in note
    assert compare_runs(record(), record()).note == ""


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
    assert (row.a, row.b, row.unit, row.difference) == (None, 12.0, "ms", None)


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
