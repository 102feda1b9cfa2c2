"""A long series at all its resolutions, so that any range of it is drawn from about two values a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FACTOR = 8


class Pyramid:
    """Least and greatest of 8, 64, 512 … values of one series; it never changes.

    Args:
        t_s: moments in seconds, ascending, [values].
        values: [values]; NaN is not measured.
    """

    def __init__(self, t_s: ArrayLike, values: ArrayLike) -> None:
        self.t, self.y = np.asarray(t_s, np.float64), np.asarray(values, np.float64)
        if self.t.shape != self.y.shape:
            raise ValueError(f"{len(self.t)} moments and {len(self.y)} values")
        self._levels: list[tuple[Floats, Floats]] = []
        low = high = self.y
        while len(low) >= 4 * FACTOR:
            low, high = _reduce(low, np.fmin), _reduce(high, np.fmax)
            self._levels.append((low, high))

    def view(self, start_s: float, end_s: float, columns: int) -> tuple[Floats, Floats]:
        """Moments and values that draw the range like all its values do, at most about `4 * columns` of each.

        One value more at each side, so that lines reach the edges; NaN is left in.
        """
        first = max(0, int(np.searchsorted(self.t, start_s)) - 1)
        last = min(len(self.t), int(np.searchsorted(self.t, end_s, side="right")) + 1)
        if last - first <= 4 * columns or not self._levels:
            return self.t[first:last], self.y[first:last]
        level = 0
        while level + 1 < len(self._levels) and (last - first) // FACTOR ** (level + 2) >= columns:
            level += 1
        step = FACTOR ** (level + 1)
        low, high = self._levels[level]
        return self._cut(low, high, first // step, -(-last // step), step, columns)

    def _cut(self, low: Floats, high: Floats, first: int, last: int, step: int, columns: int) -> tuple[Floats, Floats]:
        group = max(1, (last - first) // columns)
        starts = np.arange(first, min(last, len(low)), group)
        inner = starts - first
        if group > 1:
            cut = slice(first, min(last, len(low)))
            low, high = np.fmin.reduceat(low[cut], inner), np.fmax.reduceat(high[cut], inner)
        else:
            low, high = low[starts], high[starts]
        y = np.empty(2 * len(starts))
        y[0::2], y[1::2] = low, high
        return np.repeat(self.t[np.minimum(starts * step, len(self.t) - 1)], 2), y


def _reduce(values: Floats, ufunc: np.ufunc) -> Floats:
    """One level up: every eighth, the last group may be smaller."""
    whole = len(values) // FACTOR * FACTOR
    reduced = ufunc.reduce(values[:whole].reshape(-1, FACTOR), axis=1)
    return reduced if whole == len(values) else np.append(reduced, ufunc.reduce(values[whole:]))
