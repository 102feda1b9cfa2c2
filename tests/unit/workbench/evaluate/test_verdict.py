"""Verdicts: what they refuse to say, and that they survive storage."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import (
    Outcome,
    Relation,
    Verdict,
    judge_interval,
    judge_value,
    not_measured,
    with_details,
    worst_outcome,
)

numbers = st.floats(-1e6, 1e6)
ends = st.none() | numbers
relations: st.SearchStrategy[Relation] = st.sampled_from(("<=", ">="))


def inside(value: float, limit: float, relation: str) -> bool:
    return value <= limit if relation == "<=" else value >= limit


@given(numbers, ends, ends, numbers, relations)
def test_that_pass_means_that_nothing_of_the_interval_is_outside(
    value: float, lower: float | None, upper: float | None, limit: float, relation: Relation
) -> None:
    outcome = judge_interval(value, lower, upper, limit, relation)
    worst = upper if relation == "<=" else lower
    best = lower if relation == "<=" else upper
    if outcome is Outcome.PASS:
        assert worst is not None
        assert inside(worst, limit, relation)
        assert inside(value, limit, relation)
    if outcome is Outcome.FAIL:
        assert best is not None
        assert not inside(best, limit, relation)
        assert not inside(value, limit, relation)


@given(numbers, numbers, relations)
def test_that_a_figure_without_sampling_is_never_inconclusive(value: float, limit: float, relation: Relation) -> None:
    assert judge_value(value, limit, relation) in (Outcome.PASS, Outcome.FAIL)
    assert judge_value(limit, limit, relation) is Outcome.PASS


def test_that_an_open_end_on_the_bad_side_is_inconclusive() -> None:
    assert judge_interval(1.0, 0.5, None, 10.0, "<=") is Outcome.INCONCLUSIVE
    assert judge_interval(1.0, None, 2.0, 10.0, "<=") is Outcome.PASS
    assert judge_interval(20.0, None, 30.0, 10.0, "<=") is Outcome.INCONCLUSIVE
    assert judge_interval(20.0, 15.0, None, 10.0, "<=") is Outcome.FAIL


def test_that_a_verdict_survives_json_and_pickle() -> None:
    verdict = Verdict(
        outcome=Outcome.INCONCLUSIVE,
        value=np.float32(12.5),  # type: ignore[arg-type]  # numpy's floats reach verdicts
        limit=50,
        relation="<=",
        unit="ms",
        lower=12.0,
        samples=np.int64(1000),  # type: ignore[arg-type]  # numpy's integers reach verdicts
        reason="p99 12.5 ms",
        details={"late": np.int32(4), "upper_open": True, "judged": "paced", "none": None, "v": np.float32(2)},  # type: ignore[dict-item]
    )
    text = json.dumps(verdict.to_json(), allow_nan=False)
    assert Verdict.from_json(json.loads(text)) == verdict
    assert pickle.loads(pickle.dumps(verdict)) == verdict  # noqa: S301 - our own bytes
    assert json.loads(text)["upper"] is None
    assert json.loads(text)["details"]["upper_open"] == 1


def test_that_a_figure_that_is_no_number_never_becomes_a_verdict() -> None:
    with pytest.raises(ValueError, match="finite"):
        Verdict(outcome=Outcome.PASS, value=float("nan"), reason="x")
    with pytest.raises(ValueError, match="finite"):
        Verdict(outcome=Outcome.PASS, reason="x", details={"bound": float("inf")})


def test_that_not_measured_has_a_reason_and_no_value() -> None:
    verdict = not_measured("this machine has no sensor", limit=80, relation="<=", unit="°C")
    assert (verdict.outcome, verdict.value, verdict.limit) == (Outcome.NOT_MEASURED, None, 80.0)
    with pytest.raises(ValueError, match="reason"):
        not_measured("")
    with pytest.raises(ValueError, match="no value"):
        Verdict(outcome=Outcome.NOT_MEASURED, value=0.0, reason="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"outcome": "PASSED", "reason": "x"},
        {"outcome": "PASS", "reason": 5},
        {"outcome": "PASS", "reason": "x", "value": "12"},
        {"outcome": "PASS", "reason": "x", "details": [1]},
        {"outcome": "PASS", "reason": "x", "details": {"a": [1]}},
        {"outcome": "PASS", "reason": "x", "relation": "<"},
        {"outcome": "PASS", "reason": "x", "color": "green"},
    ],
)
def test_that_damaged_records_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SlipwayError, match="not a verdict"):
        Verdict.from_json(wrong)


def test_that_the_worst_outcome_weighs_a_failure_most_and_a_pass_least() -> None:
    ranked = [Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_MEASURED, Outcome.FAIL]
    for place in range(1, 5):
        assert worst_outcome(ranked[:place]) is ranked[place - 1]
    assert worst_outcome([]) is Outcome.NOT_MEASURED


def test_that_details_can_be_added_but_not_changed_in_place() -> None:
    verdict = with_details(not_measured("no sensor"), quick=1)
    assert verdict.details["quick"] == 1
    with pytest.raises(TypeError):
        verdict.details["quick"] = 2  # type: ignore[index]
