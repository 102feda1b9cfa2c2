"""A long series at all its resolutions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.telemetry.pyramid import Pyramid

RNG = np.random.default_rng(7)


@given(st.integers(1, 20_000), st.floats(0, 1), st.floats(0, 1), st.integers(1, 400))
def test_that_a_view_keeps_the_peaks_of_its_range(size: int, first: float, last: float, columns: int) -> None:
    t, y = np.arange(size) / 100, RNG.normal(size=size)
    start, end = sorted((first * t[-1], last * t[-1]))
    xs, ys = Pyramid(t, y).view(start, end, columns)
    inside = (t >= start) & (t <= end)
    assert len(xs) == len(ys) <= max(4 * columns + 2, 40)
    assert (np.diff(xs) >= 0).all()
    if inside.any():
        assert ys.max() >= y[inside].max()
        assert ys.min() <= y[inside].min()


def test_that_what_was_not_measured_hides_nothing() -> None:
    y = np.full(10_000, np.nan)
    y[4321] = 5.0
    _, ys = Pyramid(np.arange(10_000.0), y).view(0, 10_000, 100)
    assert np.nanmax(ys) == np.nanmin(ys) == 5.0
    assert np.isnan(ys).sum() == len(ys) - 2


def test_that_a_narrow_range_shows_the_values_themselves() -> None:
    t = np.arange(1_000_000) / 100
    y = np.sin(t)
    xs, ys = Pyramid(t, y).view(500.0, 505.0, 1000)
    assert len(xs) == 503
    np.testing.assert_array_equal(ys, np.sin(xs))


def test_that_moments_without_values_are_refused() -> None:
    with pytest.raises(ValueError, match="2 moments and 1 values"):
        Pyramid([1, 2], [1])
