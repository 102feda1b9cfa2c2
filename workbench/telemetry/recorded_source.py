"""Curves of a finished run for plots: overviews by the second, and raw values of the range that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.telemetry.plot_source import Lines
from workbench.telemetry.ranges import (
    Gap,
    RangeStatistics,
    Segment,
    gaps_between,
    segments,
    summarise,
    value_at,
)
from workbench.telemetry.series import decimate

Floats = NDArray[np.float64]

FEW = 400
"""With fewer points of an overview than this in sight, raw values say more."""


@dataclass(frozen=True, eq=False)
class Overview:
    """One curve: least, greatest and mean value of each span; NaN where nothing was measured."""

    name: str
    t_s: Floats
    low: NDArray[np.floating[Any]]
    high: NDArray[np.floating[Any]]
    mean: NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Detail:
    """Raw values of one curve in a range; NaN begins a gap."""

    t_s: Floats
    values: Floats


class RecordedSource:
    """Curves that are drawn together (a `PlotSource`); details are handed in once they were read.

    Args:
        curves: their overviews; each has its own moments.
        gaps: spans that were not recorded.
        until_s: the end of the run.
    """

    def __init__(self, curves: Sequence[Overview], gaps: Sequence[Gap], until_s: float) -> None:
        self._curves = tuple(curves)
        self._gaps = tuple(sorted(gaps, key=lambda gap: gap.start_s))
        self._until_s = until_s
        self._steps_s = [_step(curve.t_s) for curve in curves]
        self._detail_range: tuple[float, float] | None = None
        self._details: tuple[Detail | None, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the curves."""
        return tuple(curve.name for curve in self._curves)

    @property
    def extent(self) -> tuple[float, float] | None:
        """From the beginning of the run to its end."""
        return (0.0, self._until_s) if self._curves else None

    def wants_detail(self, start_s: float, end_s: float) -> bool:
        """Whether raw values of this range would say more than what is at hand."""
        if self._covers(start_s, end_s):
            return False
        return any((end_s - start_s) / step < FEW for step in self._steps_s)

    def set_detail(self, start_s: float, end_s: float, details: Sequence[Detail | None]) -> None:
        """Take raw values of a range, one for each curve; None where a curve has none."""
        self._detail_range, self._details = (start_s, end_s), tuple(details)

    def lines(self, start_s: float, end_s: float, columns: int) -> Lines:
        """What draws a range on so many pixel columns."""
        detailed = self._covers(start_s, end_s)
        return tuple(
            self._detail_lines(detail, start_s, end_s, columns)
            if detailed and (detail := self._details[at]) is not None
            else self._overview_lines(at, start_s, end_s, columns)
            for at in range(len(self._curves))
        )

    def latest(self) -> tuple[float | None, ...]:
        """The last mean of each curve."""
        ends = (curve.mean[np.isfinite(curve.mean)][-1:] for curve in self._curves)
        return tuple(float(end[0]) if len(end) else None for end in ends)

    def at(self, moment_s: float) -> tuple[float | None, ...]:
        """The value of each curve at a moment: measured where the detail has it, else the mean of its span."""
        return tuple(self._value(at, moment_s) for at in range(len(self._curves)))

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """Spans of the range that were not recorded."""
        return gaps_between(self._gaps, start_s, end_s)

    def statistics(self, channel: int, start_s: float, end_s: float) -> RangeStatistics:
        """Figures of the raw values of a range; of nothing where they are not at hand."""
        detail = self._details[channel] if self._covers(start_s, end_s) else None
        if detail is None:
            return summarise(())
        first, last = np.searchsorted(detail.t_s, start_s), np.searchsorted(detail.t_s, end_s, side="right")
        return summarise(detail.values[first:last])

    def _covers(self, start_s: float, end_s: float) -> bool:
        if self._detail_range is None:
            return False
        first, last = max(0.0, start_s), min(self._until_s, end_s)
        return self._detail_range[0] <= first + 1e-6 and last <= self._detail_range[1] + 1e-6

    def _overview_lines(self, at: int, start_s: float, end_s: float, columns: int) -> tuple[Segment, ...]:
        curve, step_s = self._curves[at], self._steps_s[at]
        first, last = _reach(curve.t_s, start_s, end_s)
        t, low, high = np.repeat(curve.t_s[first:last], 2), curve.low[first:last], curve.high[first:last]
        both = np.empty(2 * len(low))
        both[0::2], both[1::2] = low, high
        return tuple(decimate(*line, columns) for line in segments(t, both, 2.5 * step_s))

    def _detail_lines(self, detail: Detail, start_s: float, end_s: float, columns: int) -> tuple[Segment, ...]:
        first, last = _reach(detail.t_s, start_s, end_s)
        t, y = detail.t_s[first:last], detail.values[first:last]
        return tuple(decimate(xs, ys, columns) for xs, ys in _unbroken(t, y, self._gaps))

    def _value(self, at: int, moment_s: float) -> float | None:
        curve, step_s = self._curves[at], self._steps_s[at]
        detail = self._details[at] if self._covers(moment_s, moment_s) else None
        if detail is not None:
            return value_at(detail.t_s, detail.values, moment_s, max(1.0, step_s))
        return value_at(curve.t_s, curve.mean.astype(np.float64), moment_s, 1.5 * step_s)


def _step(t: Floats) -> float:
    """How far the points of an overview are apart, seconds."""
    return float(np.median(np.diff(t))) if len(t) > 1 else 1.0


def _reach(t: Floats, start_s: float, end_s: float) -> tuple[int, int]:
    """The rows of a range, and one more at each side."""
    return max(0, int(np.searchsorted(t, start_s)) - 1), int(np.searchsorted(t, end_s, side="right")) + 1


def _unbroken(t: Floats, y: Floats, gaps: Sequence[Gap]) -> list[Segment]:
    """Rows split where something was not recorded or is NaN."""
    missing = np.flatnonzero(~np.isfinite(y))
    cuts = {int(np.searchsorted(t, gap.end_s)) for gap in gaps} | {*missing.tolist(), *(missing + 1).tolist()}
    places = sorted(cuts - {0, len(t)})
    parts = zip(np.split(t, places), np.split(y, places), strict=True)
    return [(xs, ys) for xs, ys in parts if len(xs) and np.isfinite(ys).all()]
