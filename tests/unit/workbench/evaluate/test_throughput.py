"""Frames completed a second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluate.intervals import Floats
from workbench.evaluate.throughput import frames_per_second, judge_throughput
from workbench.evaluate.verdict import Outcome, Verdict


def completions(rate: float, duration_s: float, seed: int = 0, scatter: float = 0.1) -> Floats:
    rng = np.random.default_rng(seed)
    steps = np.abs(1 / rate * (1 + scatter * rng.normal(size=int(rate * duration_s * 1.5) + 10)))
    times: Floats = np.cumsum(steps)
    return times[times < duration_s]


def test_that_a_rate_above_the_limit_passes_with_its_interval() -> None:
    verdict = judge_throughput(completions(60, 60), 60.0, 30.0, requested_s=60.0)
    assert (verdict.outcome, verdict.unit, verdict.samples) == (Outcome.PASS, "fps", 60)
    assert verdict.value == pytest.approx(60, rel=0.02)
    assert verdict.lower is not None
    assert verdict.lower >= 30
    assert judge_throughput(completions(60, 60), 60.0, 90.0).outcome is Outcome.FAIL


def test_that_the_unfinished_last_second_is_left_out() -> None:
    assert frames_per_second([0.1, 0.2, 1.5, 2.1, 2.2, 2.3], 2.5).tolist() == [2.0, 1.0]
    assert frames_per_second([0.1], 0.9).size == 0


def test_that_a_stall_is_a_second_without_frames() -> None:
    times = completions(40, 30)
    verdict = judge_throughput(times[(times < 10) | (times > 22)], 30.0, 30.0)
    assert verdict.outcome is not Outcome.PASS
    assert verdict.details["slowest_second"] == 0


@pytest.mark.parametrize("duration_s", [1.5, 4.0])
def test_that_too_short_a_run_is_inconclusive(duration_s: float) -> None:
    verdict = judge_throughput(completions(60, duration_s), duration_s, 30.0)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 5)
    assert verdict.details["lower_open"] == 1


def test_that_less_than_a_second_is_not_measured() -> None:
    assert judge_throughput([0.1, 0.2], 0.5, 30.0).outcome is Outcome.NOT_MEASURED


def test_that_nothing_completed_fails() -> None:
    verdict = judge_throughput([], 60.0, 30.0, failed=1800)
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 0.0)
    assert "1800 frames failed" in verdict.reason


def test_that_a_shortened_run_says_so() -> None:
    verdict = judge_throughput(completions(60, 10), 10.0, 30.0, requested_s=60.0)
    assert verdict.details["shortened"] == 1
    assert "shortened: 60 s were asked for" in verdict.reason


@settings(max_examples=40, deadline=None)
@given(st.floats(5, 120), st.integers(2, 40), st.floats(10, 100), st.integers(0, 10**6))
def test_that_the_interval_agrees_with_the_outcome(rate: float, seconds: int, limit: float, seed: int) -> None:
    verdict = judge_throughput(completions(rate, seconds, seed, 0.5), float(seconds), limit)
    if verdict.outcome is Outcome.PASS:
        assert verdict.lower is not None
        assert verdict.lower >= limit
    elif verdict.outcome is Outcome.FAIL:
        assert verdict.upper is not None
        assert verdict.upper < limit
    assert Verdict.from_json(verdict.to_json()) == verdict
