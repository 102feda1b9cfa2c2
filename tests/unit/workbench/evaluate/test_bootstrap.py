"""Resampling of whole samples: repeatable, and bounds that cover."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate import bootstrap


def test_that_the_same_data_and_seed_give_the_same_bounds() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 9, size=300).astype(float)
    sums = counts * rng.beta(20, 1, size=300)
    first = bootstrap.ratio_interval(sums, counts, seed=5)
    assert first == bootstrap.ratio_interval(sums, counts, seed=5)
    assert first.lower is not None
    assert first.upper is not None
    assert first.lower < sums.sum() / counts.sum() < first.upper


def test_that_equal_samples_give_a_point_and_one_sample_gives_nothing() -> None:
    assert bootstrap.ratio_interval(np.full(10, 2.0), np.full(10, 4.0)) == (0.5, 0.5)
    assert bootstrap.ratio_interval(np.ones(1), np.ones(1)) == (None, None)
    assert bootstrap.quantile_interval(np.ones(3), np.zeros(3, dtype=np.intp), 0.01) == (None, None)


def test_that_the_lower_bound_of_a_ratio_is_above_the_truth_in_about_five_percent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 500)
    rng = np.random.default_rng(2)
    truth, wrong = 12 / 13, 0
    for run in range(120):
        counts = rng.integers(1, 9, size=120).astype(float)
        bounds = bootstrap.ratio_interval(counts * rng.beta(12, 1, size=120), counts, seed=run)
        wrong += bounds.lower is not None and bounds.lower > truth
    assert wrong <= 13  # 5 % of 120 is 6; 13 or more by chance: 0.4 %


def test_that_detections_of_one_sample_stay_together_in_quantiles() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(40), 25)
    values = np.repeat(rng.uniform(0.5, 1, size=40), 25)
    together = bootstrap.quantile_interval(values, groups, 0.1)
    apart = bootstrap.quantile_interval(values, np.arange(values.size), 0.1)
    assert together.lower is not None
    assert together.upper is not None
    assert apart.lower is not None
    assert apart.upper is not None
    assert together.upper - together.lower > 2 * (apart.upper - apart.lower)


@pytest.mark.timeout(20)  # takes half a second; this bounds runaway work
def test_that_resampling_a_thousand_samples_stays_bounded() -> None:
    rng = np.random.default_rng(4)
    counts = rng.integers(1, 12, size=1000).astype(float)
    assert bootstrap.ratio_interval(counts * rng.beta(30, 1, size=1000), counts).lower is not None
    values = rng.beta(30, 1, size=6000)
    assert bootstrap.quantile_interval(values, np.arange(6000) % 1000, 0.01).lower is not None
