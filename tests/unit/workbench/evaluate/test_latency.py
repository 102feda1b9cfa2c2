"""Latency verdicts: the rule, its words, and who is judged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.base.errors import UsageError
from workbench.evaluate import latency
from workbench.evaluate.intervals import Floats
from workbench.evaluate.latency import judge_latency, judge_worse
from workbench.evaluate.verdict import Outcome, Verdict


def make_starts(starts: int = 10, iterations: int = 1000, seed: int = 0, restart_sd: float = 0.0) -> list[Floats]:
    rng = np.random.default_rng(seed)
    shift = 1 + restart_sd * rng.normal(size=(starts, 1))
    return list((12_000 + 300 * rng.normal(size=(starts, iterations))) * shift)


def late_starts(late: int, samples: int) -> list[Floats]:
    """One start of which `late` are at 60 ms, the others at 10 ms and a little."""
    values = 10_000 + (np.arange(samples) % 7).astype(np.float64)
    values[np.linspace(5, samples - 5, late).astype(int)] = 60_000
    return [values]


def test_that_far_from_the_limit_ten_starts_pass_with_their_numbers_in_the_reason() -> None:
    verdict = judge_latency(make_starts(), "p99", 50_000)
    assert verdict.outcome is Outcome.PASS
    assert verdict.value == pytest.approx(12.7, abs=0.1)
    assert (verdict.limit, verdict.unit, verdict.relation, verdict.samples) == (50.0, "ms", "<=", 10_000)
    assert "0 of 10000 late" in verdict.reason
    assert "allowed 1 %" in verdict.reason
    assert "over 10 starts" in verdict.reason
    assert verdict.details["restarts_covered"] == 1


@pytest.mark.parametrize(("late", "outcome"), [(4, Outcome.PASS), (5, Outcome.INCONCLUSIVE), (25, Outcome.FAIL)])
def test_that_of_a_thousand_frames_four_late_ones_pass(late: int, outcome: Outcome) -> None:
    assert judge_latency(late_starts(late, 1000), "p99", 50_000).outcome is outcome


def test_that_298_frames_without_a_late_one_are_inconclusive_and_299_pass() -> None:
    verdict = judge_latency(late_starts(0, 298), "p99", 50_000)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 299)
    assert verdict.upper is None
    assert verdict.details["upper_open"] == 1
    assert "299 samples in all would decide" in verdict.reason
    assert judge_latency(late_starts(0, 299), "p99", 50_000).outcome is Outcome.PASS


def test_that_one_start_says_that_restarts_are_not_covered() -> None:
    verdict = judge_latency(make_starts(1), "p99", 50_000)
    assert verdict.details["restarts_covered"] == 0
    assert "restarts are not covered" in verdict.reason


def test_that_starts_that_differ_are_judged_by_their_scatter() -> None:
    starts = [start + shift for start, shift in zip(make_starts(3), (0, 0, 12_000), strict=True)]
    verdict = judge_latency(starts, "p50", 13_000)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.details["starts_outcome"] == "INCONCLUSIVE"
    assert verdict.needed is not None


def test_that_no_latency_is_said_to_be_below_zero() -> None:
    starts = [start * factor for start, factor in zip(make_starts(2), (1, 20), strict=True)]
    assert "is between 0 ms and" in judge_latency(starts, "p99", 50_000).reason


def test_that_correlated_frames_are_worth_less_and_need_more() -> None:
    bursts = 10_000.0 + np.arange(1000) % 7
    bursts[300:350] = 40_000
    verdict = judge_latency([bursts.astype(np.float64)], "p99", 50_000)
    assert verdict.effective_samples is not None
    assert verdict.effective_samples < 60
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed is not None
    assert verdict.needed > 5000


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 400),
    st.sampled_from(["p50", "p90", "p99", "p99.9", "mean"]),
    st.floats(0.5, 3),
    st.integers(0, 10**6),
)
def test_that_the_interval_agrees_with_the_outcome(
    starts: int, iterations: int, statistic: str, factor: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    limit_us = 10_000 * factor
    verdict = judge_latency(list(rng.lognormal(np.log(10_000), 0.4, size=(starts, iterations))), statistic, limit_us)
    assert verdict.limit is not None
    if verdict.outcome is Outcome.PASS:
        assert verdict.upper is not None
        assert verdict.upper <= verdict.limit
    elif verdict.outcome is Outcome.FAIL:
        assert verdict.lower is not None
        assert verdict.lower > verdict.limit
    else:
        assert verdict.upper is None or verdict.upper >= verdict.limit or verdict.lower is None
    assert (verdict.lower is None) == ("lower_open" in verdict.details)
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_that_a_maximum_claims_nothing_of_frames_that_were_not_seen() -> None:
    verdict = judge_latency(make_starts(), "max", 20_000)
    assert (verdict.outcome, verdict.lower, verdict.upper) == (Outcome.PASS, None, None)
    assert "nothing is claimed" in verdict.reason
    assert judge_latency(make_starts(), "max", 12_500).outcome is Outcome.FAIL


def test_that_fewer_samples_than_asked_for_never_pass() -> None:
    verdict = judge_latency(make_starts(9), "p99", 50_000, requested=10_000)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 10_000)
    assert "only 9000 of 10000" in verdict.reason
    assert judge_latency(make_starts(9), "p99", 1_000, requested=10_000).outcome is Outcome.FAIL


@pytest.mark.parametrize("damaged", [np.nan, np.inf, -1.0])
def test_that_damaged_samples_are_not_measured(damaged: float) -> None:
    starts = make_starts(2)
    starts[1][7] = damaged
    assert judge_latency(starts, "p99", 50_000).outcome is Outcome.NOT_MEASURED


def test_that_no_samples_are_not_measured() -> None:
    for nothing in ([], [np.empty(0)]):
        verdict = judge_latency(nothing, "p99", 50_000)
        assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)


@pytest.mark.parametrize("statistic", ["p0", "p100", "99", "average", "p99%", ""])
def test_that_an_unknown_statistic_is_refused_with_the_known_ones(statistic: str) -> None:
    with pytest.raises(UsageError, match="p99"):
        latency.share_of(statistic)


def test_that_statistics_have_their_shares() -> None:
    assert [latency.share_of(name) for name in ("p99", "p99.9", "median", "mean", "max")] == [
        0.99,
        0.999,
        0.5,
        None,
        None,
    ]


def test_that_the_worse_way_to_send_frames_is_judged() -> None:
    quick, slow = judge_latency(make_starts(), "p99", 13_000), judge_latency(make_starts(), "p99", 12_000)
    assert judge_worse(quick, slow).outcome is Outcome.FAIL
    assert judge_worse(slow, quick).outcome is Outcome.FAIL
    assert judge_worse(quick, slow, "back_to_back").outcome is Outcome.PASS
    chosen = judge_worse(quick, slow)
    assert chosen.details["judged"] == "paced"
    assert chosen.details["back_to_back_outcome"] == "PASS"
    assert "back to back: 12.69 ms (PASS)" in chosen.reason
    nothing = judge_latency([], "p99", 12_000)
    assert judge_worse(quick, nothing).outcome is Outcome.NOT_MEASURED
    with pytest.raises(UsageError, match="pacing"):
        judge_worse(quick, slow, "fast")


def test_that_of_two_passes_the_slower_one_is_shown() -> None:
    first, second = make_starts(), [start + 1000 for start in make_starts()]
    verdict = judge_worse(judge_latency(first, "p99", 50_000), judge_latency(second, "p99", 50_000))
    assert verdict.details["judged"] == "paced"


def test_that_no_bound_of_a_time_is_negative() -> None:
    starts = [10_000 + np.arange(400, dtype=np.float64), 40_000 + np.arange(400, dtype=np.float64)]
    verdict = judge_latency(starts, "p99", 50_000)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.lower == 0.0
