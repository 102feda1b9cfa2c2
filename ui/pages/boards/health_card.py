"""The last ten minutes of one board, live while it is watched: load, memory, temperature, power."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD, SMALL_PX
from ui.widgets.chip import Chip
from ui.widgets.grounds import column, ground, line, row
from ui.widgets.text import Elided, Text, dim, hint, title
from workbench.views.boards.values import BoardDetail

SPANS_S = (60.0, 120.0, 300.0, 600.0)
"""So much is shown at least: a curve that just began fills its plot all the same."""
WINDOW_S = SPANS_S[-1]
GAP_S = 3.0
"""A longer silence is a gap in the curve."""
KEPT = 1200
TALL_PX, ALONE_PX = 72, 152
"""Height of a plot below what works, and where it has a card beside that."""


@dataclass(frozen=True)
class Reading:
    """One figure at one moment; seconds of this machine's monotonic clock."""

    at_s: float
    value: float


class Series:
    """The last ten minutes of all figures of one board."""

    def __init__(self) -> None:
        self.readings: dict[str, deque[Reading]] = {}

    def add(self, at_s: float, values: Mapping[str, float | None]) -> None:
        """Take what was measured; what was not leaves a gap."""
        for name, value in values.items():
            if value is not None and math.isfinite(value):
                self.readings.setdefault(name, deque(maxlen=KEPT)).append(Reading(at_s, value))

    def thinned(self, name: str, most: int = 60) -> tuple[float, ...]:
        """One figure, oldest first, in at most so many values; of each stretch the greatest."""
        values = [reading.value for reading in self.readings.get(name, ())]
        each = -(-len(values) // most) or 1
        return tuple(max(values[at : at + each]) for at in range(0, len(values), each))


class MiniPlot(QWidget):
    """A curve over the last minutes in fixed bounds, with its limit."""

    def __init__(self, name: str, curve: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._curve = name, curve
        self._readings: tuple[Reading, ...] = ()
        self._now_s, self._low, self._high = 0.0, 0.0, 1.0
        self._limit: float | None = None
        self._span_s = WINDOW_S
        self._hint_px = TALL_PX
        self.setAccessibleName(f"{name}: nothing measured yet")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(TALL_PX)
        THEME.changed.connect(self.update)

    def set_tall(self, tall: bool) -> None:
        """As high as a card beside others makes it, and no higher; else what is left."""
        policy = QSizePolicy.Policy.Preferred if tall else QSizePolicy.Policy.Expanding
        self._hint_px = ALONE_PX if tall else TALL_PX
        self.setSizePolicy(QSizePolicy.Policy.Expanding, policy)
        self.updateGeometry()

    def set_span(self, span_s: float) -> None:
        """How many seconds the plot is wide."""
        self._span_s = span_s

    def set_curve(
        self, readings: tuple[Reading, ...], now_s: float, low: float, high: float, limit: float | None = None
    ) -> None:
        """Show these readings between two bounds."""
        self._readings, self._now_s, self._limit = readings, now_s, limit
        self._low, self._high = low, max(high, low + 1e-9)
        words = f"{readings[-1].value:.1f} now" if readings else "nothing measured yet"
        self.setAccessibleName(f"{self._name}, last {self._span_s / 60:.0f} min: {words}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A small plot."""
        return QSize(120, THEME.px(self._hint_px))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint frame, limit and curve."""
        painter = QPainter(self)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(THEME.color("border"), 1))
        painter.setBrush(THEME.color("plot"))
        painter.drawRoundedRect(frame, 4, 4)
        self._paint_bounds(painter, frame.adjusted(6, 4, -6, -4))
        room = frame.adjusted(2, 6, -2, -6)
        if self._limit is not None and self._low <= self._limit <= self._high:
            painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
            y = self._y(room, self._limit)
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(THEME.curve(self._curve), 1))
        for run in self._runs(room):
            painter.drawPolyline(run) if run.size() > 1 else painter.drawPoint(run.at(0))
        painter.end()  # a frame that somebody looks at would keep it beyond the picture

    def _paint_bounds(self, painter: QPainter, room: QRectF) -> None:
        """What the upper and the lower edge stand for; nothing where nothing was measured."""
        if not self._readings:
            return
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text3"))
        for value, side in ((self._high, Qt.AlignmentFlag.AlignTop), (self._low, Qt.AlignmentFlag.AlignBottom)):
            text = f"{value:.0f}" if value == round(value) or value >= 10 else f"{value:.1f}"
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | side), text)

    def _runs(self, room: QRectF) -> list[QPolygonF]:
        runs: list[QPolygonF] = []
        before: float | None = None
        for reading in self._readings:
            age_s = self._now_s - reading.at_s
            if age_s > self._span_s:
                continue
            if before is None or reading.at_s - before > GAP_S:
                runs.append(QPolygonF())
            before = reading.at_s
            runs[-1].append(QPointF(room.right() - age_s / self._span_s * room.width(), self._y(room, reading.value)))
        return runs

    def _y(self, room: QRectF, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return room.bottom() - room.height() * min(1.0, max(0.0, share))


class Figure(QWidget):
    """Name, value and curve of one figure."""

    def __init__(self, name: str, curve: int) -> None:
        super().__init__()
        self._value = Text("", weight=SEMIBOLD)
        self._unit = hint()
        self._curve = MiniPlot(name, curve)
        self._from = hint()
        self._ends = row(self._from, None, hint("now"))
        self.set_span(WINDOW_S)
        layout = column(row(dim(name), None, self._value, self._unit, spacing=4), self._curve, self._ends, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def set_tall(self, tall: bool) -> None:
        """Whether the plot has a card beside others."""
        self._curve.set_tall(tall)

    def set_span(self, span_s: float) -> None:
        """How many seconds the plot is wide."""
        self._from.setText(f"−{span_s / 60:.0f} min")
        self._curve.set_span(span_s)

    def show_figure(
        self,
        value: str,
        unit: str,
        readings: tuple[Reading, ...],
        now_s: float,
        bounds: tuple[float, float],
        limit: float | None,
    ) -> None:
        """Show the newest value and its curve."""
        self._value.setText(value)
        self._unit.setText(unit)
        self._curve.set_curve(readings, now_s, *bounds, limit)


class HealthCard(QFrame):
    """Shows one board; is told what it is and what comes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self.setAccessibleName("The last ten minutes")
        self._title, self._about = title("The last 10 minutes"), Chip("todo", "Not watched")
        self._why = Elided(role="dim")
        self._load = Figure("Processor load", 0)
        self._memory = Figure("Memory used", 2)
        self._heat = Figure("Temperature", 1)
        self._power = Figure("Power", 4)
        self._figures = (self._load, self._memory, self._heat, self._power)
        self._none = dim(wrap=True)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(12, 8, 12, 12)
        self._grid.setSpacing(12)
        self._stacked = False
        head = row(self._title, self._why, self._about, margins=(12, 8, 12, 8))
        head.setStretch(1, 1)
        note = row(self._none, margins=(12, 0, 12, 8))
        layout = column(head, line(), self._grid, note, spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self._detail: BoardDetail | None = None
        for figure in self._figures:
            figure.setParent(self)
        self._arrange()

    def show_board(self, detail: BoardDetail) -> None:
        """Another board, or the same as it is known now."""
        self._detail = detail
        self._heat.setVisible(bool(detail.temperature_name))
        self._power.setVisible(bool(detail.power_name))
        self._arrange()
        missing = [
            name
            for name, there in (("temperature", detail.temperature_name), ("power", detail.power_name))
            if not there
        ]
        self._none.setText(f"No sensor for {' and none for '.join(missing)} on this board." if missing else "")
        self._none.setVisible(bool(missing) and bool(detail.groups))

    def set_stacked(self, stacked: bool) -> None:
        """Beside another card two curves stand side by side; else all in one line."""
        self._stacked = stacked
        for figure in self._figures:
            figure.set_tall(stacked)
        self._arrange()

    def _arrange(self) -> None:
        shown = [figure for figure in self._figures if not figure.isHidden()]
        across = min(2, len(shown)) if self._stacked else len(shown)
        for figure in self._figures:
            self._grid.removeWidget(figure)
        for at in range(len(self._figures)):
            self._grid.setColumnStretch(at, int(at < across))
            self._grid.setRowStretch(at, int(at * across < len(shown)))
        for at, figure in enumerate(shown):
            self._grid.addWidget(figure, at // across, at % across)

    def show_state(self, look: str, word: str, why: str = "") -> None:
        """How the watch stands, and why where it is not live."""
        self._about.set(look, word)
        self._why.setText(why)

    def show_series(self, series: Series) -> None:
        """Show what came until now."""
        detail = self._detail
        if detail is None:
            return
        now_s = time.monotonic()

        def take(name: str) -> tuple[Reading, ...]:
            return tuple(series.readings.get(name, ()))

        span_s = span_of(series, now_s)
        self._title.setText(f"The last {span_s / 60:.0f} min" if span_s > SPANS_S[0] else "The last minute")
        for figure in self._figures:
            figure.set_span(span_s)
        load, hot, power = take("cpu_percent"), take("temperature_c"), take("power_w")
        total, used = detail.memory_total_gb, take("memory_used_gb")
        self._load.show_figure(_last(load, 0), "%", load, now_s, (0.0, 100.0), None)
        of = "GB" if total is None else f"GB of {total:.1f}"
        self._memory.show_figure(_last(used, 1), of, used, now_s, (0.0, total or 1.0), None)
        limit = detail.temperature_limit_c
        most = max((item.value for item in hot), default=0.0)
        heat_unit = "°C" if limit is None else f"°C ≤ {limit:.0f}"
        self._heat.show_figure(_last(hot, 1), heat_unit, hot, now_s, (20.0, max(limit or 0.0, most, 60.0) + 25), limit)
        strongest = max((item.value for item in power), default=1.0)
        self._power.show_figure(_last(power, 1), "W", power, now_s, (0.0, 1.2 * strongest), None)


def span_of(series: Series, now_s: float) -> float:
    """The shortest span that shows all that came within the last ten minutes, s."""
    oldest_s = max((now_s - kept[0].at_s for kept in series.readings.values() if kept), default=0.0)
    return next((span_s for span_s in SPANS_S if oldest_s <= span_s), WINDOW_S)


def _last(readings: tuple[Reading, ...], digits: int) -> str:
    return f"{readings[-1].value:.{digits}f}" if readings else "–"
