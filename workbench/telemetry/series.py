"""Series for plots: the last values of a live stream, and decimation that keeps every peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Ring:
    """The last `capacity` points of a series; memory is taken once. Not thread-safe."""

    def __init__(self, capacity: int) -> None:
        # every point is written twice, so that the last points always lie side by side
        self._x = np.zeros(2 * capacity)
        self._y = np.zeros(2 * capacity)
        self._capacity = capacity
        self._next = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, x: ArrayLike, y: ArrayLike) -> None:
        """Add points, the oldest first; what is older than the capacity falls out."""
        xs, ys = (np.asarray(values, np.float64).ravel()[-self._capacity :] for values in (x, y))
        if len(xs) != len(ys):
            raise ValueError(f"{len(xs)} positions and {len(ys)} values")
        places = (self._next + np.arange(len(xs))) % self._capacity
        for target, values in ((self._x, xs), (self._y, ys)):
            target[places] = values
            target[places + self._capacity] = values
        self._next = (self._next + len(xs)) % self._capacity
        self._size = min(self._capacity, self._size + len(xs))

    def points(self) -> tuple[Floats, Floats]:
        """Positions and values, the oldest first: views that the next `extend` overwrites."""
        end = self._next + self._capacity
        return self._x[end - self._size : end], self._y[end - self._size : end]


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
