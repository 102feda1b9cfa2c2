"""Where plots get their lines from: a stream that grows, or a run that has ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.telemetry.buckets import Buckets, span_for, spans_in
from workbench.telemetry.history import History
from workbench.telemetry.pyramid import Pyramid
from workbench.telemetry.ranges import (
    Gap,
    RangeStatistics,
    Segment,
    find_gaps,
    gaps_between,
    segments,
    summarise,
    value_at,
)
from workbench.telemetry.series import decimate

Floats = NDArray[np.float64]
Lines = tuple[tuple[Segment, ...], ...]
"""For each channel the lines that draw it."""

COARSE_S, COARSE_SPANS = 4.0, 10_800
"""What is older than the raw history is kept by spans of four seconds, for twelve hours."""


class PlotSource(Protocol):
    """What a plot over time asks; moments are seconds of one clock."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels; all that follows is in this order."""

    @property
    def extent(self) -> tuple[float, float] | None:
        """The first and the last moment; None where nothing came yet."""

    def lines(self, start_s: float, end_s: float, columns: int) -> Lines:
        """What draws a range on so many pixel columns."""

    def latest(self) -> tuple[float | None, ...]:
        """The last value of each channel."""

    def at(self, moment_s: float) -> tuple[float | None, ...]:
        """The value of each channel at a moment."""

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """Spans of the range in which nothing arrived."""

    def statistics(self, channel: int, start_s: float, end_s: float) -> RangeStatistics:
        """Figures of the raw values of a range."""


class LiveSeries:
    """Channels that are still growing: raw values of the last minutes, thinned ones of the last hours. Not thread-safe.

    Args:
        channels: their names.
        rate_hz: rows a second, at most; with `raw_s` it says how much memory is taken.
        raw_s: how long raw values are kept.
        gap_s: a longer silence is a gap.
    """

    def __init__(
        self, channels: Sequence[str], *, rate_hz: float = 100.0, raw_s: float = 600.0, gap_s: float = 1.0
    ) -> None:
        self._channels = tuple(channels)
        self.gap_s = gap_s
        self.history = History(len(channels), math.ceil(rate_hz * raw_s))
        self._coarse = Buckets(len(channels), COARSE_S, COARSE_SPANS)
        self._recent: Buckets | None = None
        self._window_s = 0.0
        self._first_s: float | None = None
        self._last_s = -math.inf
        self._latest: list[float | None] = [None] * len(channels)
        self._gaps: list[Gap] = []

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        return self._channels

    @property
    def extent(self) -> tuple[float, float] | None:
        """The first and the last moment; None where nothing came yet."""
        return None if self._first_s is None else (self._first_s, self._last_s)

    def extend(self, t_s: ArrayLike, values: ArrayLike) -> None:
        """Add rows: moments [rows] ascending, values [channels, rows]; NaN is not measured."""
        t, y = np.asarray(t_s, np.float64), np.asarray(values, np.float64)
        if not len(t):
            return
        self.history.extend(t, y)
        self._coarse.extend(t, y)
        if self._recent is not None:
            self._recent.extend(t, y)
        if self._first_s is None:
            self._first_s = float(t[0])
        elif t[0] - self._last_s > self.gap_s:
            self._gaps.append(Gap(self._last_s, float(t[0])))
        self._gaps += find_gaps(t, self.gap_s)
        self._last_s = float(t[-1])
        self._remember_latest(y)

    def follow(self, window_s: float, columns: int) -> None:
        """Keep the last `window_s` seconds thinned to `columns` pixel columns, for `recent`."""
        width_s = span_for(window_s, columns)
        if self._recent is not None and math.isclose(self._recent.width_s, width_s) and self._window_s == window_s:
            return
        self._window_s = window_s
        self._recent = Buckets(len(self._channels), width_s, spans_in(window_s, width_s))
        t, y = self.history.rows()
        if self._first_s is not None and len(t) and t[0] > max(self._first_s, self._last_s - window_s):
            self._recent.extend(*_before(self._coarse.view(), t[0]))
        self._recent.extend(t, y)

    def recent(self) -> Lines:
        """What draws the last `window_s` seconds as `follow` set them."""
        if self._recent is None:
            return tuple(() for _ in self._channels)
        return self._segments(*self._recent.view(), self._recent.width_s)

    def lines(self, start_s: float, end_s: float, columns: int) -> Lines:
        """What draws a range on so many pixel columns; raw values where they are still at hand."""
        raw_t, _ = self.history.rows()
        if len(raw_t) and self._first_s is not None and raw_t[0] > max(start_s, self._first_s):
            t, y = self._coarse.view()
            first, last = np.searchsorted(t, (start_s - COARSE_S, end_s + COARSE_S))
            return self._segments(t[first:last], y[:, first:last], COARSE_S)
        t, y = self.history.between(start_s, end_s)
        width_s = (end_s - start_s) / max(1, columns)
        drawn = (decimate(t, channel, columns) for channel in y)
        return tuple(segments(xs, ys, max(self.gap_s, 2 * width_s)) for xs, ys in drawn)

    def latest(self) -> tuple[float | None, ...]:
        """The last measured value of each channel."""
        return tuple(self._latest)

    def at(self, moment_s: float) -> tuple[float | None, ...]:
        """The value of each channel at a moment; None in a gap and before the raw values that are kept."""
        t, y = self.history.rows()
        return tuple(value_at(t, channel, moment_s, max(1.0, self.gap_s)) for channel in y)

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """Spans of the range in which nothing arrived; the silence since the last row is one too."""
        last = self._last_s
        silent = (Gap(last, end_s),) if self._first_s is not None and end_s - last > self.gap_s else ()
        return (*gaps_between(self._gaps, start_s, end_s), *silent)

    def statistics(self, channel: int, start_s: float, end_s: float) -> RangeStatistics:
        """Figures of the raw values of a range, of what is kept of them."""
        t, y = self.history.rows()
        first, last = np.searchsorted(t, start_s), np.searchsorted(t, end_s, side="right")
        return summarise(y[channel, first:last])

    def _segments(self, t: Floats, y: Floats, width_s: float) -> Lines:
        longest_s = max(self.gap_s, 2.5 * width_s)
        return tuple(segments(t, channel, longest_s) for channel in y)

    def _remember_latest(self, y: Floats) -> None:
        for place, channel in enumerate(y):
            value = channel[-1]
            if math.isfinite(value):
                self._latest[place] = float(value)
            elif len(measured := channel[np.isfinite(channel)]):
                self._latest[place] = float(measured[-1])


class RunSeries:
    """Channels of a run that has ended; each can be drawn at any zoom in about two values a pixel.

    Args:
        channels: their names.
        t_s: moments in seconds, ascending, [rows].
        values: [channels, rows]; NaN is not measured.
        gap_s: a longer silence is a gap.
    """

    def __init__(self, channels: Sequence[str], t_s: ArrayLike, values: ArrayLike, *, gap_s: float = 1.0) -> None:
        self._channels = tuple(channels)
        self._t, self._y = np.asarray(t_s, np.float64), np.asarray(values, np.float64)
        self._gap_s = gap_s
        self._gaps = find_gaps(self._t, gap_s)
        self._pyramids = [Pyramid(self._t, channel) for channel in self._y]

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        return self._channels

    @property
    def extent(self) -> tuple[float, float] | None:
        """The first and the last moment; None where there is nothing."""
        return (float(self._t[0]), float(self._t[-1])) if len(self._t) else None

    def lines(self, start_s: float, end_s: float, columns: int) -> Lines:
        """What draws a range on so many pixel columns."""
        longest_s = max(self._gap_s, 4 * (end_s - start_s) / max(1, columns))
        return tuple(segments(*pyramid.view(start_s, end_s, columns), longest_s) for pyramid in self._pyramids)

    def latest(self) -> tuple[float | None, ...]:
        """The last measured value of each channel."""
        ends = (channel[np.isfinite(channel)][-1:] for channel in self._y)
        return tuple(float(end[0]) if len(end) else None for end in ends)

    def at(self, moment_s: float) -> tuple[float | None, ...]:
        """The value of each channel at a moment; None in a gap."""
        return tuple(value_at(self._t, channel, moment_s, max(1.0, self._gap_s)) for channel in self._y)

    def gaps(self, start_s: float, end_s: float) -> tuple[Gap, ...]:
        """Spans of the range in which nothing arrived."""
        return gaps_between(self._gaps, start_s, end_s)

    def statistics(self, channel: int, start_s: float, end_s: float) -> RangeStatistics:
        """Figures of the raw values of a range."""
        first, last = np.searchsorted(self._t, start_s), np.searchsorted(self._t, end_s, side="right")
        return summarise(self._y[channel, first:last])


def _before(rows: tuple[Floats, Floats], moment_s: float) -> tuple[Floats, Floats]:
    """The rows that came before a moment."""
    t, y = rows
    last = int(np.searchsorted(t, moment_s))
    return t[:last], y[:, :last]
