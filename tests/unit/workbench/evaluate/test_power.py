"""Mean power over correlated samples."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from workbench.evaluate.power import judge_mean_power
from workbench.evaluate.verdict import Outcome


def test_that_correlated_samples_are_worth_less() -> None:
    noise = np.random.default_rng(1).normal(size=600)
    apart = judge_mean_power(10 + noise, 10.5)
    alike = judge_mean_power(10 + lfilter([np.sqrt(1 - 0.95**2)], [1, -0.95], noise), 10.5)
    assert (apart.outcome, apart.unit) == (Outcome.PASS, "W")
    assert apart.effective_samples is not None
    assert alike.effective_samples is not None
    assert alike.effective_samples < 100 < apart.effective_samples


def test_that_a_mean_above_the_limit_fails_and_near_it_asks_for_more() -> None:
    samples = 10 + np.random.default_rng(1).normal(size=200)
    assert judge_mean_power(samples, 9.0).outcome is Outcome.FAIL
    near = judge_mean_power(samples, float(samples.mean()) + 0.01)
    assert near.outcome is Outcome.INCONCLUSIVE
    assert near.needed is not None
    assert near.needed > 200


def test_that_few_samples_have_no_bounds_and_none_are_not_measured() -> None:
    few = judge_mean_power([9.0] * 9, 10.0)
    assert (few.outcome, few.needed, few.details["upper_open"]) == (Outcome.INCONCLUSIVE, 10, 1)
    for nothing in (np.empty(0), np.array([np.nan])):
        assert judge_mean_power(nothing, 10.0, "no rail here").reason == "no rail here"
