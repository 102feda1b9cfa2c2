"""Decimation for plots."""

from __future__ import annotations

import numpy as np

from workbench.telemetry.series import decimate


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
