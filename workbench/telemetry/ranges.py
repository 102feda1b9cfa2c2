"""What a plot says about a range of a series: its gaps, its statistics, its value at a moment."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Segment = tuple[Floats, Floats]
"""Moments and values that are drawn as one line."""


@dataclass(frozen=True)
class Gap:
    """A span of time in which nothing arrived, seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class RangeStatistics:
    """Figures of the raw values of a range; None where there is none."""

    count: int
    least: float | None
    mean: float | None
    p50: float | None
    p99: float | None
    greatest: float | None


def find_gaps(t_s: ArrayLike, longest_s: float) -> tuple[Gap, ...]:
    """Spans between neighbouring moments that are longer than `longest_s`."""
    t = np.asarray(t_s, np.float64)
    places = np.flatnonzero(np.diff(t) > longest_s)
    return tuple(Gap(float(t[place]), float(t[place + 1])) for place in places)


def gaps_between(gaps: Sequence[Gap], start_s: float, end_s: float) -> tuple[Gap, ...]:
    """Of ascending gaps, those that touch the range."""
    first = bisect.bisect_right(gaps, start_s, key=lambda gap: gap.end_s)
    last = bisect.bisect_left(gaps, end_s, key=lambda gap: gap.start_s)
    return tuple(gaps[first:last])


def segments(t_s: Floats, values: Floats, longest_s: float) -> tuple[Segment, ...]:
    """The lines that draw one channel: NaN is left out, and a pause of more than `longest_s` begins a new line."""
    measured = np.isfinite(values)
    if not measured.all():
        t_s, values = t_s[measured], values[measured]
    if not len(t_s):
        return ()
    breaks = np.flatnonzero(np.diff(t_s) > longest_s) + 1
    if not len(breaks):
        return ((t_s, values),)
    return tuple(zip(np.split(t_s, breaks), np.split(values, breaks), strict=True))


def summarise(values: ArrayLike) -> RangeStatistics:
    """Statistics of raw values; NaN is not measured and does not count."""
    y = np.asarray(values, np.float64)
    y = y[np.isfinite(y)]
    if not len(y):
        return RangeStatistics(0, None, None, None, None, None)
    p50, p99 = np.percentile(y, (50, 99))
    return RangeStatistics(len(y), float(y.min()), float(y.mean()), float(p50), float(p99), float(y.max()))


def value_at(t_s: Floats, values: Floats, moment_s: float, longest_s: float) -> float | None:
    """The last value measured at or before a moment; None where that is longer ago than `longest_s`."""
    last = int(np.searchsorted(t_s, moment_s, side="right"))
    first = int(np.searchsorted(t_s, moment_s - longest_s))
    measured = np.flatnonzero(np.isfinite(values[first:last]))
    return float(values[first + measured[-1]]) if len(measured) else None
