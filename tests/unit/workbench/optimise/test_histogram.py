"""Histograms merge exactly in any order, and limits are where the literature puts them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.optimise.histogram import BINS, Histogram, entropy_limit, percentile_limit


def filled(*tensors: NDArray[np.float32]) -> Histogram:
    histogram = Histogram()
    for tensor in tensors:
        histogram.add(tensor)
    return histogram


@pytest.mark.parametrize("scales", [(0.0, 0.3, 100.0), (4.0, 4.0, 1.0), (1e-12, 1e6)])
def test_that_the_order_of_frames_does_not_matter(scales: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    tensors = [(rng.standard_normal(5000) * scale).astype(np.float32) for scale in scales]
    tensors.append(np.array([1.0, 2.0, 4.0, -8.0], dtype=np.float32))
    forth, back, once = filled(*tensors), filled(*tensors[::-1]), filled(np.concatenate(tensors))
    assert forth.top == back.top == once.top
    assert forth.largest == back.largest == once.largest
    assert np.array_equal(forth.counts, back.counts)
    assert np.array_equal(forth.counts, once.counts)
    assert forth.counts.sum() == sum(tensor.size for tensor in tensors)


def test_that_the_percentile_agrees_with_numpy() -> None:
    values = np.random.default_rng(6).standard_normal(200_000).astype(np.float32)
    histogram = filled(values)
    for percentile in (90.0, 99.0, 99.9, 100.0):
        expected = np.percentile(np.abs(values), percentile)
        assert percentile_limit(histogram, percentile) == pytest.approx(expected, abs=1.01 * histogram.top / BINS)


def test_that_entropy_cuts_far_outliers_and_keeps_a_full_range() -> None:
    rng = np.random.default_rng(7)
    uniform = rng.uniform(-1, 1, 100_000).astype(np.float32)
    assert entropy_limit(filled(uniform)) > 0.97
    spiked = np.concatenate([rng.laplace(0, 0.02, 100_000), [4.0]]).astype(np.float32)
    assert 0.05 < entropy_limit(filled(spiked)) < 1.0


def test_that_zeros_and_nothing_give_zero() -> None:
    for histogram in (Histogram(), filled(np.zeros(9, dtype=np.float32)), filled(np.zeros(0, dtype=np.float32))):
        assert percentile_limit(histogram, 99.0) == 0.0
        assert entropy_limit(histogram) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_that_what_is_not_finite_is_remembered(bad: float) -> None:
    histogram = filled(np.array([1.0, bad], dtype=np.float32), np.ones(3, dtype=np.float32))
    assert math.isinf(histogram.largest)
