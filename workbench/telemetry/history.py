"""The raw values of a live stream: the last ones of every channel, in memory that is taken once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class History:
    """The last `capacity` rows of several channels that share their moments. Not thread-safe.

    Args:
        channels: how many values a row has.
        capacity: how many rows are kept.
    """

    def __init__(self, channels: int, capacity: int) -> None:
        # Every row is written twice, so that the last rows lie side by side; what none fills is not touched.
        self._t = np.empty(2 * capacity)
        self._y = np.empty((channels, 2 * capacity))
        self._capacity = capacity
        self._next = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, t_s: ArrayLike, values: ArrayLike) -> None:
        """Add rows, the oldest first; what is older than the capacity falls out.

        Args:
            t_s: moments in seconds, [rows].
            values: [channels, rows]; NaN is not measured.
        """
        t = np.asarray(t_s, np.float64)
        y = np.asarray(values, np.float64)
        if y.shape != (len(self._y), len(t)):
            raise ValueError(f"{len(t)} moments of {len(self._y)} channels, and values of the shape {y.shape}")
        t, y = t[-self._capacity :], y[:, -self._capacity :]
        first = min(len(t), self._capacity - self._next)
        for start, part in ((self._next, slice(0, first)), (0, slice(first, None))):
            count = len(t[part])
            for place in (start, start + self._capacity) if count else ():
                self._t[place : place + count] = t[part]
                self._y[:, place : place + count] = y[:, part]
        self._next = (self._next + len(t)) % self._capacity
        self._size = min(self._capacity, self._size + len(t))

    def rows(self) -> tuple[Floats, Floats]:
        """Moments [rows] and values [channels, rows], the oldest first: views that the next `extend` overwrites."""
        end = self._next + self._capacity
        return self._t[end - self._size : end], self._y[:, end - self._size : end]

    def between(self, start_s: float, end_s: float) -> tuple[Floats, Floats]:
        """As `rows`, of the moments from start to end, and one more at each side so that lines reach the edges."""
        t, y = self.rows()
        first = max(0, int(np.searchsorted(t, start_s)) - 1)
        last = int(np.searchsorted(t, end_s, side="right")) + 1
        return t[first:last], y[:, first:last]
