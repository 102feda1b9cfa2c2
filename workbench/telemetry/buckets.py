"""Least and greatest value of each short span of time, kept up to date as values arrive."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Buckets:
    """The last `count` spans of `width_s` seconds of several channels. Not thread-safe.

    Spans begin at multiples of their width, so values may come at any rate and with pauses. A row costs the same
    however many are kept, and `view` copies nothing.
    """

    def __init__(self, channels: int, width_s: float, count: int) -> None:
        if width_s <= 0 or count < 1:
            raise ValueError(f"{count} spans of {width_s} s")
        self.width_s = width_s
        self.count = count
        # Two places a span (least, greatest), and all of them twice, so that the last spans lie side by side.
        # `_advance` empties a span before it is used: filling all of them here would touch memory for nothing.
        self._t = np.empty(4 * count)
        self._y = np.empty((channels, 4 * count))
        self._newest: int | None = None
        self._oldest = 0

    def extend(self, t_s: ArrayLike, values: ArrayLike) -> None:
        """Add rows, moments [rows] ascending and values [channels, rows]; NaN is not measured."""
        t, y = np.asarray(t_s, np.float64), np.asarray(values, np.float64)
        if not len(t):
            return
        spans = np.floor(t / self.width_s).astype(np.int64)
        self._advance(int(spans[0]), int(spans[-1]))
        old = int(np.searchsorted(spans, self._oldest))
        spans, y = spans[old:], y[:, old:]
        if not len(spans):
            return
        starts = np.flatnonzero(np.diff(spans, prepend=spans[0] - 1))
        places = 2 * (spans[starts] % self.count)
        low, high = np.fmin.reduceat(y, starts, axis=1), np.fmax.reduceat(y, starts, axis=1)
        self._y[:, places] = np.fmin(self._y[:, places], low)
        self._y[:, places + 1] = np.fmax(self._y[:, places + 1], high)
        mirrored = places + 2 * self.count
        self._y[:, mirrored] = self._y[:, places]
        self._y[:, mirrored + 1] = self._y[:, places + 1]

    def view(self) -> tuple[Floats, Floats]:
        """Moments [2 * spans] and values [channels, 2 * spans], least before greatest; NaN where nothing came.

        They are views that the next `extend` overwrites.
        """
        if self._newest is None:
            return self._t[:0], self._y[:, :0]
        size = 2 * (self._newest - self._oldest + 1)
        end = 2 * (self._newest % self.count + 1 + self.count)
        return self._t[end - size : end], self._y[:, end - size : end]

    def _advance(self, first: int, newest: int) -> None:
        """Make `newest` the newest span; the spans between were empty."""
        if self._newest is None:
            self._newest, self._oldest = first - 1, first
        if newest <= self._newest:
            return
        fresh = np.arange(max(self._newest + 1, newest - self.count + 1), newest + 1)
        places = 2 * (fresh % self.count)
        middles = (fresh + 0.5) * self.width_s
        for shift in (0, 1, 2 * self.count, 2 * self.count + 1):
            self._t[places + shift] = middles
            self._y[:, places + shift] = np.nan
        self._newest = newest
        self._oldest = max(self._oldest, newest - self.count + 1)


def span_for(window_s: float, columns: int) -> float:
    """How wide a span is so that `columns` of them fill the window, at least a millisecond."""
    return max(1e-3, window_s / max(1, columns))


def spans_in(window_s: float, width_s: float) -> int:
    """How many spans cover the window, the one that is not full yet included."""
    return math.ceil(window_s / width_s) + 1
