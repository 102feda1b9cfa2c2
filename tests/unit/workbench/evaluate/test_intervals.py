"""Bounds: known values, duality, correlation, and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import beta, norm

from workbench.evaluate import intervals
from workbench.evaluate.intervals import Floats


def correlated(rng: np.random.Generator, rho: float, runs: int, length: int) -> Floats:
    noise = rng.normal(size=(runs, length + 400))
    paths: Floats = lfilter([np.sqrt(1 - rho**2)], [1, -rho], noise, axis=1)[:, 400:]
    return paths


@pytest.mark.parametrize(
    ("samples", "allowed"),
    [(298, None), (299, 0), (500, 1), (1000, 4), (2000, 12), (5000, 38), (10000, 83), (20000, 176)],
)
def test_that_p99_allows_the_published_numbers_of_late_frames(samples: int, allowed: int | None) -> None:
    assert intervals.late_allowed(samples, 0.01) == allowed


def test_that_p99_9_needs_2995_samples_without_a_late_one() -> None:
    assert intervals.late_allowed(2995, 0.001) == 0
    assert intervals.late_allowed(2994, 0.001) is None
    assert intervals.samples_needed(0, 100, 0.001) == 2995


@given(st.integers(0, 400), st.integers(1, 400), st.floats(1, 50))
def test_that_clopper_pearson_is_the_beta_quantile(late: int, more: int, inflation: float) -> None:
    samples = late + more
    k, n = late / inflation, samples / inflation
    bounds = intervals.clopper_pearson(late, samples, inflation)
    assert bounds.upper == pytest.approx(beta.ppf(0.95, k + 1, n - k), rel=1e-6)
    assert bounds.lower == pytest.approx(beta.ppf(0.05, k, n - k + 1) if late else 0.0, rel=1e-6)


def test_that_nothing_late_of_nothing_leaves_both_ends_open() -> None:
    assert intervals.clopper_pearson(0, 0) == (None, None)
    assert intervals.clopper_pearson(5, 5).upper == 1.0


@settings(max_examples=60)
@given(st.integers(20, 3000), st.sampled_from([0.9, 0.99]), st.floats(1, 20), st.integers(0, 10**6))
def test_that_the_bounds_of_a_percentile_agree_with_the_rate_above_the_limit(
    samples: int, share: float, inflation: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=samples)
    limit = float(np.quantile(values, min(1.0, share + rng.uniform(-0.02, 1 - share))))
    rate = intervals.clopper_pearson(int((values > limit).sum()), samples, inflation)
    bounds = intervals.percentile_interval(values, share, inflation)
    allowed = round(1 - share, 9)
    assert rate.upper is not None
    assert rate.lower is not None
    assert (bounds.upper is not None and bounds.upper <= limit) == (rate.upper <= allowed)
    assert (bounds.lower is not None and bounds.lower > limit) == (rate.lower > allowed)


def test_that_too_few_samples_leave_the_upper_end_open() -> None:
    values = np.arange(200.0)
    bounds = intervals.percentile_interval(values, 0.99)
    assert bounds.upper is None
    assert bounds.lower is not None


@pytest.mark.parametrize(("rho", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0)])
def test_that_the_inflation_of_an_autoregressive_series_is_found(rho: float, expected: float) -> None:
    paths = correlated(np.random.default_rng(1), rho, 20, 2000)
    assert intervals.variance_inflation(list(paths)) == pytest.approx(expected, rel=0.2)


def test_that_the_seam_between_starts_carries_no_correlation() -> None:
    rng = np.random.default_rng(2)
    short = [rng.normal(size=50) for _ in range(200)]
    assert intervals.variance_inflation(short) < 1.2


def test_that_a_shift_between_starts_lowers_the_effective_number() -> None:
    rng = np.random.default_rng(3)
    steady = rng.normal(size=(10, 1000))
    shifted = steady + rng.normal(size=(10, 1)) * 0.3
    assert intervals.variance_inflation(list(steady)) < 1.5
    assert intervals.variance_inflation(list(shifted)) > 15


def test_that_constant_and_empty_series_have_no_inflation() -> None:
    assert intervals.variance_inflation([np.full(100, 3.0)]) == 1.0
    assert intervals.variance_inflation([]) == 1.0
    assert intervals.variance_inflation([np.empty(0)]) == 1.0
    assert intervals.exceedance_inflation([np.full(100, 3.0)], 5.0) == 1.0
    assert intervals.exceedance_inflation([], 5.0) == 1.0


def test_that_the_tail_counts_where_the_limit_is_never_exceeded() -> None:
    paths = list(correlated(np.random.default_rng(4), 0.95, 1, 4000))
    assert intervals.variance_inflation([(path > 100).astype(float) for path in paths]) == 1.0
    assert intervals.exceedance_inflation(paths, 100.0) > 4


def test_that_ties_at_the_top_still_show_their_correlation() -> None:
    path = correlated(np.random.default_rng(5), 0.95, 1, 4000)[0]
    coarse = np.minimum(np.round(path), 1.0)
    assert intervals.exceedance_inflation([coarse], 100.0) > 4


@pytest.mark.parametrize("rho", [0.0, 0.9])
def test_that_the_rule_for_p99_passes_wrongly_in_at_most_five_percent(rho: float) -> None:
    paths = correlated(np.random.default_rng(6), rho, 400, 2000)
    limit = float(norm.ppf(0.99))
    passed = 0
    for path in paths:
        inflation = intervals.exceedance_inflation([path], limit)
        allowed = intervals.late_allowed(path.size, 0.01, inflation)
        passed += allowed is not None and int((path > limit).sum()) <= allowed
    assert passed / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_that_the_mean_is_covered_where_samples_are_correlated() -> None:
    paths = correlated(np.random.default_rng(7), 0.9, 300, 1000)
    bounds = [intervals.mean_interval([path], intervals.variance_inflation([path])) for path in paths]
    below = sum(bound.upper is not None and bound.upper < 0 for bound in bounds) / 300
    above = sum(bound.lower is not None and bound.lower > 0 for bound in bounds) / 300
    assert max(below, above) <= 0.10


def test_that_student_t_over_starts_has_the_published_quantile() -> None:
    values = np.arange(10.0)
    bounds = intervals.t_interval(values)
    half = 1.8331129 * values.std(ddof=1) / np.sqrt(10)
    assert bounds.lower == pytest.approx(4.5 - half, rel=1e-6)
    assert bounds.upper == pytest.approx(4.5 + half, rel=1e-6)
    assert intervals.t_interval(values[:1]) == (None, None)


def test_that_the_number_that_would_decide_is_the_smallest_one() -> None:
    needed = intervals.samples_needed(5, 1000, 0.01)
    assert needed is not None
    share = 5 / 1000
    assert beta.ppf(0.95, share * needed + 1, needed * (1 - share)) <= 0.01
    assert beta.ppf(0.95, share * (needed - 1) + 1, (needed - 1) * (1 - share)) > 0.01
    assert intervals.samples_needed(0, 1, 0.01) == 299
    assert intervals.samples_needed(0, 1, 0.01, inflation=4) == pytest.approx(4 * 299, abs=4)
    assert intervals.samples_needed(10, 1000, 0.01) is None


def test_that_the_number_of_starts_that_would_decide_does() -> None:
    values = np.array([10.0, 11.0, 9.0, 10.5, 9.5])
    needed = intervals.starts_needed(values, 10.3)
    assert needed is not None
    assert 10 < needed < 40
    assert intervals.starts_needed(values, 10.0) is None
    assert intervals.starts_needed(values[:1], 10.3) is None


def test_that_a_bound_at_twice_the_distance_needs_four_times_the_samples() -> None:
    assert intervals.needed_by_scaling(100, 0.9, 0.8, 0.85) == 400
    assert intervals.needed_by_scaling(100, 0.9, None, 0.85) is None
    assert intervals.needed_by_scaling(100, 0.9, 0.8, 0.9) is None
