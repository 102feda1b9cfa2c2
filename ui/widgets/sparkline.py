"""A small trace without axes, for rows and cards; what it means stands beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from ui.theme.theme import THEME

WIDTH, HEIGHT = 96, 20


class Sparkline(QWidget):
    """Values side by side, oldest left; None breaks the line. A limit is a red dashed line."""

    def __init__(self, name: str, *, color: str = "", parent: QWidget | None = None) -> None:
        """Make one.

        Args:
            name: what it shows, for assistive technology.
            color: a token; the first colour of curves where it is empty.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self._name, self._color = name, color
        self._values: tuple[float | None, ...] = ()
        self._limit: float | None = None
        self.setAccessibleName(name)
        THEME.changed.connect(self.update)

    def set_values(self, values: Sequence[float | None], limit: float | None = None) -> None:
        """Show other values."""
        self._values, self._limit = tuple(values), limit
        known = [value for value in values if value is not None]
        words = f"{known[-1]:g}, from {min(known):g} to {max(known):g}" if known else "nothing measured"
        self.setAccessibleName(f"{self._name}: {words}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A line of text high."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        painter = QPainter(self)
        paint_sparkline(painter, QRectF(self.rect()), self._values, self._limit, self._color)


def paint_sparkline(
    painter: QPainter,
    rect: QRectF,
    values: Sequence[float | None],
    limit: float | None = None,
    color: str = "",
) -> None:
    """Paint a trace into a rectangle, for delegates too."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return
    low, high = min(known), max(known)
    if limit is not None and low <= limit <= high + (high - low or 1.0):
        high = max(high, limit)
    room = rect.adjusted(1, 2, -1, -2)
    span = (high - low) or 1.0
    flat = 0.5 if high == low else 0.0
    step = room.width() / max(1, len(values) - 1)

    def place(at: int, value: float) -> QPointF:
        return QPointF(room.x() + at * step, room.bottom() - room.height() * ((value - low) / span + flat))

    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if limit is not None and low <= limit <= high:
        painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(place(0, limit), place(len(values) - 1, limit))
    painter.setPen(QPen(THEME.color(color) if color else THEME.curve(0), 1.25))
    run = QPolygonF()
    for at, value in enumerate((*values, None)):
        if value is not None and math.isfinite(value):
            run.append(place(at, value))
            continue
        if run.size() == 1:
            painter.drawPoint(run.at(0))
        elif run.size():
            painter.drawPolyline(run)
        run = QPolygonF()
