"""Rings of live values, and decimation for plots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.telemetry.series import Ring, decimate


@given(st.lists(st.integers(0, 12), max_size=30))
def test_that_a_ring_keeps_the_last_points_in_order(sizes: list[int]) -> None:
    ring, everything = Ring(7), np.arange(sum(sizes), dtype=float)
    start = 0
    for size in sizes:
        ring.extend(everything[start : start + size], -everything[start : start + size])
        start += size
    x, y = ring.points()
    assert x.tolist() == everything[-7:].tolist()
    assert y.tolist() == (-everything[-7:]).tolist()
    assert len(ring) == min(7, len(everything))


def test_that_a_ring_refuses_points_without_values() -> None:
    with pytest.raises(ValueError, match="2 positions and 1 values"):
        Ring(4).extend([1, 2], [1])


def test_that_decimation_keeps_every_peak() -> None:
    y = np.sin(np.arange(10000) / 50)
    y[4321], y[8765] = 9.0, -9.0
    x, low_high = decimate(np.arange(10000), y, 100)
    assert len(x) == len(low_high) == 200
    assert low_high.max() == 9.0
    assert low_high.min() == -9.0
    assert (np.diff(x) >= 0).all()


def test_that_decimation_leaves_short_series_alone_and_gaps_open() -> None:
    x, y = decimate([0, 1, 2], [5, np.nan, 6], 2)
    assert x.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(y, [5, np.nan, 6])
    gap = np.ones(1000)
    gap[300:700] = np.nan
    _, drawn = decimate(np.arange(1000), gap, 10)
    assert np.isnan(drawn[8:12]).all()
    assert np.isfinite(drawn[:6]).all()
