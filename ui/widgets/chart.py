"""Axes of a small still chart, painted by hand: crisp lines, few ticks, words for its units."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SMALL_PX

LEFT_PX, BOTTOM_PX, TOP_PX, RIGHT_PX = 48, 24, 8, 16
Ticks = Sequence[tuple[float, str]]
"""(value, words)"""


class Chart(QWidget):
    """A chart whose inside a subclass paints. The whole is painted when its data change, never while it stands."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.x_range, self.y_range = (0.0, 1.0), (0.0, 1.0)
        self.x_ticks: Ticks = ()
        self.y_ticks: Ticks = ()
        self.message = ""
        """A sentence in place of the chart; empty where there is something to draw."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Of a chart beside others."""
        return QSize(320, 160)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Where axes can still be read."""
        return QSize(200, 88)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint axes, grid and inside."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.message:
            self._paint_message(painter)
            return
        inside = self.inside
        self._paint_ticks(painter, inside)
        painter.save()
        painter.setClipRect(inside.adjusted(-1, -TOP_PX, 2, 1))
        self.paint_inside(painter, inside)
        painter.restore()

    @property
    def inside(self) -> QRectF:
        """The room within the axes."""
        scale = THEME.type_scale
        left, bottom = LEFT_PX * scale, BOTTOM_PX * scale
        return QRectF(left, TOP_PX, max(1.0, self.width() - left - RIGHT_PX), max(1.0, self.height() - TOP_PX - bottom))

    def at_x(self, value: float) -> float:
        """Where a value stands from the left, px."""
        low, high = self.x_range
        return self.inside.x() + (value - low) / ((high - low) or 1.0) * self.inside.width()

    def at_y(self, value: float) -> float:
        """Where a value stands from the top, px."""
        low, high = self.y_range
        return self.inside.bottom() - (value - low) / ((high - low) or 1.0) * self.inside.height()

    def paint_inside(self, painter: QPainter, inside: QRectF) -> None:
        """Paint what the chart is about; a subclass does."""
        raise NotImplementedError

    def paint_words(self, painter: QPainter, at: QPointF, words: str, color: QColor, *, right: bool = False) -> None:
        """Words on the chart, on a ground that keeps them readable; they stay inside."""
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        metrics, inside = QFontMetricsF(painter.font()), self.inside
        width = metrics.horizontalAdvance(words) + 6
        x = at.x() - width if right else at.x()
        area = QRectF(min(max(inside.left(), x), inside.right() - width), at.y(), width, metrics.height())
        painter.fillRect(area, THEME.color("plot", 0.8))
        painter.setPen(color)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_message(self, painter: QPainter) -> None:
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text3"))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(self.rect()).adjusted(16, 8, -16, -8), flags, self.message)

    def _paint_ticks(self, painter: QPainter, inside: QRectF) -> None:
        painter.setFont(THEME.font(SMALL_PX, REGULAR))
        grid, words = QPen(THEME.color("grid")), THEME.color("text2")
        height = QFontMetricsF(painter.font()).height()
        for value, text in self.x_ticks:
            x = math.floor(self.at_x(value)) + 0.5
            painter.setPen(grid)
            painter.drawLine(QLineF(x, inside.top(), x, inside.bottom()))
            painter.setPen(words)
            painter.drawText(QRectF(x - 60, inside.bottom() + 4, 120, height), int(Qt.AlignmentFlag.AlignHCenter), text)
        for value, text in self.y_ticks:
            y = math.floor(self.at_y(value)) + 0.5
            painter.setPen(grid)
            painter.drawLine(QLineF(inside.left(), y, inside.right(), y))
            painter.setPen(words)
            area = QRectF(0, y - height / 2, inside.left() - 8, height)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(QLineF(inside.left() - 0.5, inside.top(), inside.left() - 0.5, inside.bottom()))
        painter.drawLine(QLineF(inside.left(), inside.bottom() + 0.5, inside.right(), inside.bottom() + 0.5))
