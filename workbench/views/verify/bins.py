"""Bins of histograms whose edges are round numbers; standard library only."""

from __future__ import annotations

import math

MOST_BINS = 110
FAR = 6.0
"""A limit that is more than so many times the largest value is not drawn: it would leave no room for the values."""


def nice_edges(low: float, high: float, limit: float | None) -> tuple[list[float], bool]:
    """Edges of at most `MOST_BINS` bins from below the smallest value to above the largest, and whether the limit is
    among them.

    Args:
        low: the smallest value.
        high: the largest value.
        limit: shown where it is not too far away.
    """
    drawn = limit is not None and 0 < limit <= FAR * max(high, 1e-9)
    top = max(high, limit * 1.04) if drawn and limit is not None else high
    width = nice_step((top - low) / MOST_BINS or 1.0)
    first, last = math.floor(low / width), math.floor(top / width) + 1
    return [round(place * width, 9) for place in range(first, last + 1)], drawn


def nice_step(least: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten that is at least so large."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= least * (1 - 1e-9))
