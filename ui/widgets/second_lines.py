"""Figures by the second as still lines, with marks where something began and a limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ui.theme.theme import THEME
from ui.widgets.chart import Chart
from ui.widgets.ticks import multiples, nice_step, number_text, time_step_s

_TICKS = 5
MOST_NUMBERS = 20


@dataclass(frozen=True)
class SecondLine:
    """One line."""

    name: str
    color: int
    """Which of the colours of curves."""
    values: Sequence[float]
    """NaN where there was nothing: the line is broken there."""


class SecondLines(Chart):
    """Lines over seconds."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._seconds: Sequence[float] = ()
        self._lines: Sequence[SecondLine] = ()
        self._starts: Sequence[float] = ()
        self._limit: float | None = None
        self._limit_words = ""

    def show_lines(
        self,
        seconds: Sequence[float],
        lines: Sequence[SecondLine],
        starts: Sequence[float] = (),
        limit: float | None = None,
        limit_words: str = "",
    ) -> None:
        """Show other lines.

        Args:
            seconds: the moment of each value.
            lines: their values.
            starts: where something began anew: a dotted line each, numbered.
            limit: drawn where the values come near it, else said at the edge.
            limit_words: what stands at the limit.
        """
        self.message = "" if len(seconds) else "Nothing to show."
        self._seconds, self._lines, self._starts = seconds, tuple(lines), tuple(starts)
        self._limit, self._limit_words = limit, limit_words
        if len(seconds):
            self._scale()
        self.setAccessibleDescription(f"{', '.join(line.name for line in lines)} over {len(seconds)} s; {limit_words}")
        self.update()

    def show_message(self, sentence: str) -> None:
        """Say why there is nothing."""
        self.message = sentence
        self.update()

    def _scale(self) -> None:
        end = float(self._seconds[-1]) + 0.5
        known = [value for line in self._lines for value in line.values if math.isfinite(value)]
        low, high = min(known, default=0.0), max(known, default=1.0)
        if self._limit is not None:
            low, high = min(low, self._limit), max(high, self._limit)
        room = (high - low) * 0.08 or 1.0
        self.x_range, self.y_range = (0.0, end), (max(0.0, low - room), high + room)
        step_s = time_step_s(end, _TICKS)
        self.x_ticks = [(value, f"{number_text(value, step_s)} s") for value in multiples(0, end, step_s)]
        step = nice_step(self.y_range[1] - self.y_range[0], 4)
        self.y_ticks = [(value, number_text(value, step)) for value in multiples(*self.y_range, step)]

    def paint_inside(self, painter: QPainter, inside: QRectF) -> None:
        """Paint starts, lines and limit."""
        painter.setPen(QPen(THEME.color("text3", 0.75), 1, Qt.PenStyle.DotLine))
        for start in self._starts[1:]:
            x = math.floor(self.at_x(start)) + 0.5
            painter.drawLine(QLineF(x, inside.top(), x, inside.bottom()))
        for line in self._lines:
            painter.setPen(QPen(THEME.curve(line.color), 1))
            for part in self._parts(line):
                if part.size() == 1:
                    painter.drawEllipse(part.at(0), 1, 1)
                else:
                    painter.drawPolyline(part)
        self._paint_limit(painter, inside)
        if 1 < len(self._starts) <= MOST_NUMBERS:
            for number, start in enumerate(self._starts, 1):
                at = QPointF(self.at_x(start) + 1, inside.bottom() - 16 * THEME.type_scale)
                self.paint_words(painter, at, str(number), THEME.color("text3"))

    def _parts(self, line: SecondLine) -> list[QPolygonF]:
        """Runs of known values; one that was measured alone is a point."""
        parts: list[QPolygonF] = [QPolygonF()]
        for second, value in zip(self._seconds, line.values, strict=True):
            if math.isfinite(value):
                parts[-1].append(QPointF(self.at_x(float(second)), self.at_y(float(value))))
            elif not parts[-1].isEmpty():
                parts.append(QPolygonF())
        return [part for part in parts if not part.isEmpty()]

    def _paint_limit(self, painter: QPainter, inside: QRectF) -> None:
        if not self._limit_words:
            return
        color = THEME.color("err")
        if self._limit is None:
            self.paint_words(painter, QPointF(inside.left() + 4, inside.top()), self._limit_words, color)
            return
        y = math.floor(self.at_y(self._limit)) + 0.5
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(inside.left(), y, inside.right(), y))
        self.paint_words(painter, QPointF(inside.left() + 4, y + 2), self._limit_words, color)
