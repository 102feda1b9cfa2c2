"""Decimation for plots, which keeps every peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def decimate(x: ArrayLike, y: ArrayLike, columns: int) -> tuple[Floats, Floats]:
    """At most `2 * columns` points that draw like all of them: least and greatest of each column of pixels.

    Args:
        x: positions, ascending.
        y: values; NaN is not measured and is left out, a column without any value leaves a gap (one NaN).
        columns: pixel columns, at least 1.
    """
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(xs) <= 2 * columns:
        return xs, ys
    edges = np.linspace(0, len(xs), columns + 1).astype(np.intp)
    starts = edges[:-1]
    measured = np.isfinite(ys)
    low = np.minimum.reduceat(np.where(measured, ys, np.inf), starts)
    high = np.maximum.reduceat(np.where(measured, ys, -np.inf), starts)
    empty = ~np.logical_or.reduceat(measured, starts)
    low[empty], high[empty] = np.nan, np.nan
    out_x, out_y = np.repeat(xs[starts], 2), np.empty(2 * columns)
    rising = ys[starts] <= ys[edges[1:] - 1]
    out_y[0::2] = np.where(rising, low, high)
    out_y[1::2] = np.where(rising, high, low)
    out_x[1::2] = xs[edges[1:] - 1]
    return out_x, out_y
