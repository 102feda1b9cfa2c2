"""A plot over time: curves of one source, limits, gaps, events, and what all plots of a page share."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.widgets.grounds import ground
from ui.widgets.plot_canvas import PlotCanvas, number_ticks
from ui.widgets.plot_head import Channel, PlotHead
from ui.widgets.plot_items import Mapping2D, Traces, thin_pen
from ui.widgets.plot_marks import (
    Limit,
    paint_cursor,
    paint_end_labels,
    paint_gaps,
    paint_limits,
    paint_marks,
    paint_measure,
    paint_message,
)
from ui.widgets.ticks import duration_text, nice_step
from ui.widgets.time_axis import ZOOM, TimeAxis
from workbench.telemetry.plot_source import Lines, LiveSeries, PlotSource

LABELS_S = 0.25
"""Words change at most so often."""
COARSENESS = 2
"""Pixels a bucket, while it is live."""
FEW = 5
"""Beyond so many curves names stand at their ends too."""
NEAR = 3.0
"""A limit is kept in sight while the values reach a third of it."""


class TimePlot(QFrame):
    """Curves of a source over the shared time. `refresh` draws anew; a PlotClock calls it while it is live."""

    def __init__(
        self,
        title: str,
        unit: str,
        channels: Sequence[Channel],
        axis: TimeAxis,
        *,
        limits: Sequence[Limit] = (),
        from_zero: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a plot.

        Args:
            title: what it shows.
            unit: of all its curves.
            channels: its curves, in the order of the source's channels that `set_source` picks.
            axis: the time that it shares.
            limits: red dashed lines.
            from_zero: whether 0 is always in sight.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "plot")
        self.title, self.unit, self.axis = title, unit, axis
        self._channels, self._limits, self._from_zero = tuple(channels), tuple(limits), from_zero
        self._source: PlotSource | None = None
        self._picks: tuple[int, ...] = ()
        self._message = "Nothing recorded yet"
        self._seen_y: tuple[float, float] | None = None
        self._levels: tuple[float, float] | None = None
        self._ends: list[tuple[float, int]] = []
        self._labels_s = 0.0
        self._stale = True
        self._bare = True
        self._head = PlotHead(title, unit, channels)
        self.canvas = PlotCanvas()
        self._traces = Traces()
        self.canvas.add_item(self._traces)
        self._under = self.canvas.add_overlay(self._paint_under, under=True)
        self._over = self.canvas.add_overlay(self._paint_over)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 4, 1, 4)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self.canvas, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.set_ticks("bottom", axis.ticks, axis.text)
        self.canvas.set_ticks("left", self._levels_in_sight)
        self._connect()
        self._on_theme()
        self._on_range()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Its curves."""
        return self._channels

    @property
    def source(self) -> PlotSource | None:
        """Where its curves come from."""
        return self._source

    @property
    def picks(self) -> tuple[int, ...]:
        """Which channels of the source are its curves."""
        return self._picks

    @property
    def values(self) -> tuple[str, ...]:
        """What the head says of each curve."""
        return self._head.values

    def set_source(self, source: PlotSource | None, picks: Sequence[int] = (), message: str = "") -> None:
        """Take the curves from a source; without one the message is shown."""
        self._source, self._picks = source, tuple(picks)
        self._message = message or self._message
        self._seen_y = None
        self._labels_s = 0.0
        self.canvas.relabel("left")
        self.refresh()

    def set_channels(self, channels: Sequence[Channel]) -> None:
        """Draw other curves."""
        self._channels = tuple(channels)
        self._head.set_channels(channels)
        self._on_theme()

    def set_limits(self, limits: Sequence[Limit]) -> None:
        """Show other limits."""
        if tuple(limits) != self._limits:
            self._limits, self._seen_y = tuple(limits), None
            self.refresh()

    def set_message(self, sentence: str) -> None:
        """What is said where there is nothing to draw."""
        self._message = sentence
        self._over.update()

    def refresh(self) -> None:
        """Draw what the source has for the range now; puts it off while nobody sees it."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        lines = self._lines()
        self._bare = not any(lines)
        self._fit_y(lines)
        self._traces.set_lines(lines, self.axis.base_s)
        if len(self._channels) > FEW:
            self._ends = [(float(runs[-1][1][-1]), curve) for curve, runs in enumerate(lines) if runs]
        self._under.update()
        self._over.update()
        if time.monotonic() - self._labels_s >= LABELS_S:
            self.show_values()

    def show_values(self) -> None:
        """Say the values of the moment that is read, also where they were said a moment ago."""
        self._labels_s = time.monotonic()
        if self._source is None:
            self._head.set_values(["" for _ in self._channels])
            self.setAccessibleName(f"{self.title}: {self._message}")
            return
        read_s = self.axis.read_s
        found = self._source.latest() if read_s is None else self._source.at(read_s)
        texts = [channel.text(found[pick]) for channel, pick in zip(self._channels, self._picks, strict=True)]
        self._head.set_values(texts, "" if read_s is None else f"at {self.axis.moment_text(read_s)}")
        said = ", ".join(f"{channel.name} {text}" for channel, text in zip(self._channels, texts, strict=True))
        limits = "".join(f", {limit.words}" for limit in self._limits)
        self.setAccessibleName(f"{self.title}, {self.unit}: {said}{limits}")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Keys move the shared time."""
        if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier) or (
            not self.axis.press_key(event.key())
        ):
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Draw what was put off."""
        super().showEvent(event)
        if self._stale:
            self._on_range()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt)
        """Nothing is under the pointer any more."""
        self.axis.point(None)
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt)
        """The screen's scale decides how many columns are drawn."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._on_range()

    def _connect(self) -> None:
        axis, canvas = self.axis, self.canvas
        axis.range_changed.connect(self._on_range)
        axis.cursor_changed.connect(self._on_moment)
        axis.pointed.connect(self._on_moment)
        axis.measured.connect(self._on_measured)
        axis.marks_changed.connect(self._on_marks)
        canvas.resized.connect(self._on_range)
        canvas.pressed.connect(self._on_pressed)
        canvas.hovered.connect(self._on_hovered)
        canvas.clicked.connect(self._on_clicked)
        canvas.dragged.connect(self._on_dragged)
        canvas.panned.connect(self._on_panned)
        canvas.double_clicked.connect(self._on_double_clicked)
        canvas.wheeled.connect(self._on_wheeled)
        THEME.changed.connect(self._on_theme)

    def _lines(self) -> Lines:
        source = self._source
        if source is None:
            return tuple(() for _ in self._channels)
        if self.axis.following and isinstance(source, LiveSeries):
            source.follow(self.axis.window_s, max(16, self.canvas.columns // COARSENESS))
            found = source.recent()
        else:
            found = source.lines(*self.axis.range, self.canvas.columns)
        return tuple(found[pick] for pick in self._picks)

    def _fit_y(self, lines: Lines) -> None:
        """Another range of values only where the curves leave it or fill little of it."""
        if not any(lines):
            return
        low = min(float(y.min()) for runs in lines for _, y in runs)
        high = max(float(y.max()) for runs in lines for _, y in runs)
        low, high = self._with_limits(low, high)
        if self._seen_y is not None:
            seen_low, seen_high = self._seen_y
            if seen_low <= low and high <= seen_high and (high - low) > 0.4 * (seen_high - seen_low):
                return
        span = (high - low) or abs(high) * 0.1 or 1.0
        step = nice_step(1.2 * span, 6) / 5  # the ends lie between the ticks, whose numbers need room
        seen_low = (low - 0.1 * span) // step * step
        if low >= 0:
            seen_low = max(-0.05 * span if self._from_zero else 0.0, seen_low)
        seen_high = -((-high - 0.1 * span) // step) * step
        if (seen_low, seen_high) == self._seen_y:
            return
        self._seen_y = (seen_low, seen_high)
        self.canvas.set_y(seen_low, seen_high)
        self.canvas.relabel("left")
        self._place_traces()

    def _with_limits(self, low: float, high: float) -> tuple[float, float]:
        if self._from_zero:
            low, high = min(0.0, low), max(0.0, high)
        for limit in self._limits:
            if high < limit.value <= NEAR * max(high, 1e-12):
                high = limit.value
            elif limit.value < low <= NEAR * limit.value:
                low = limit.value
        return low, high

    def _levels_in_sight(self, low: float, high: float, length_px: float) -> tuple[float, list[float]]:
        """Where the ticks of values stand; nowhere while there are none."""
        return (1.0, []) if self._seen_y is None else number_ticks(low, high, length_px, "left")

    def _place_traces(self) -> None:
        self._traces.set_rect(QRectF(self.canvas.seen))

    def _paint_under(self, painter: QPainter, to_px: Mapping2D) -> None:
        if self._source is not None:
            paint_gaps(painter, to_px, self._source.gaps(*self.axis.range), self.axis.base_s)

    def _paint_over(self, painter: QPainter, to_px: Mapping2D) -> None:
        axis, base_s = self.axis, self.axis.base_s
        if self._bare and not self._ever_drawn():
            paint_message(painter, to_px, self._message)
            return
        paint_limits(painter, to_px, self._limits)
        paint_marks(painter, to_px, axis.marks, base_s)
        if axis.measure is not None:
            start, end = axis.measure
            paint_measure(painter, to_px, (start - base_s, end - base_s), self._levels, self._measure_words())
        if axis.cursor_s is not None:
            paint_cursor(painter, to_px, axis.cursor_s - base_s)
        if axis.pointer_s is not None:
            paint_cursor(painter, to_px, axis.pointer_s - base_s, faint=True)
        if self._ends:
            ends = [
                (level, self._channels[curve].name, THEME.curve(self._channels[curve].color))
                for level, curve in self._ends
            ]
            paint_end_labels(painter, to_px, ends)

    def _ever_drawn(self) -> bool:
        """Whether there is something elsewhere in time, though nothing in this range."""
        if self._source is None:
            return False
        latest = self._source.latest()
        return any(latest[pick] is not None for pick in self._picks)

    def _measure_words(self) -> str:
        if self.axis.measure is None or self._levels is None or self._source is None:
            return ""
        start, end = sorted(self.axis.measure)
        words = f"{duration_text(end - start)}   Δ {self._levels[1] - self._levels[0]:.3g} {self.unit}"
        if len(self._picks) <= 2:
            for channel, pick in zip(self._channels, self._picks, strict=True):
                figures = self._source.statistics(pick, start, end)
                if figures.p50 is not None:
                    words += f"   {channel.name}: p50 {figures.p50:.3g}, p99 {figures.p99:.3g}"
        return words

    def _on_range(self) -> None:
        start, end = self.axis.range
        base_s = self.axis.base_s
        self.canvas.set_x(start - base_s, end - base_s)
        self.canvas.relabel("bottom")
        self._place_traces()
        self.refresh()

    def _on_moment(self, _moment_s: float | None) -> None:
        self._over.update()
        self.show_values()

    def _on_marks(self) -> None:
        self._over.update()

    def _on_measured(self) -> None:
        if self.axis.measure is None:
            self._levels = None
        self._over.update()

    def _on_pressed(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _on_hovered(self, point: QPointF | None) -> None:
        self.axis.point(None if point is None else point.x() + self.axis.base_s)

    def _on_clicked(self, point: QPointF) -> None:
        self.axis.set_measure(None)
        self.axis.set_cursor(point.x() + self.axis.base_s)

    def _on_dragged(self, start: QPointF, end: QPointF) -> None:
        self.axis.hold()
        base_s = self.axis.base_s
        self._levels = (start.y(), end.y())
        self.axis.set_measure((start.x() + base_s, end.x() + base_s))

    def _on_panned(self, part: float) -> None:
        self.axis.pan(-part)

    def _on_double_clicked(self, _point: QPointF) -> None:
        self.axis.set_measure(None)
        self.axis.see_all()

    def _on_wheeled(self, point: QPointF, turn: int, modifiers: Qt.KeyboardModifier) -> None:
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.axis.pan(-0.1 * turn)
        else:
            self.axis.zoom(ZOOM if turn > 0 else 1 / ZOOM, point.x() + self.axis.base_s)

    def _on_theme(self) -> None:
        self._traces.pens = [thin_pen(THEME.curve(channel.color), channel.style) for channel in self._channels]
        self._traces.update()
        self._over.update()
