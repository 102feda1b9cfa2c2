"""A value with its interval against a limit, for cells of tables: the limit at one place, better further right."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX

DOT_PX, BAND_PX, LIMIT_PX = 4.0, 8.0, 16.0


@dataclass(frozen=True)
class Interval:
    """What is painted; all places are shares of the width, 0 to 1."""

    value: float | None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    limit: float | None = None
    """Where the limit stands; None for none."""
    color: str = "ok"
    """A token."""
    faint: bool = False
    """For what does not count."""
    worse_left: bool = True
    """Whether the side left of the limit is the bad one, and tinted so."""


def paint_interval(painter: QPainter, rect: QRectF, shown: Interval) -> None:
    """Paint it into a rectangle."""
    middle = math.floor(rect.center().y()) + 0.5
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if shown.limit is not None:
        _paint_ground(painter, rect, middle, rect.x() + rect.width() * shown.limit, tinted=shown.worse_left)
    else:
        painter.fillRect(QRectF(rect.x(), middle - 0.5, rect.width(), 1), THEME.color("strong", 0.7))
    alpha = 0.45 if shown.faint else 1.0
    _paint_band(painter, rect, middle, shown, alpha)
    if shown.limit is not None:
        at = math.floor(rect.x() + rect.width() * shown.limit)
        painter.fillRect(QRectF(at, middle - LIMIT_PX / 2, 2, LIMIT_PX), THEME.color("err"))
    if shown.value is not None:
        painter.setPen(QPen(THEME.color("surface"), 1.5))
        painter.setBrush(THEME.color(shown.color, alpha))
        painter.drawEllipse(QPointF(rect.x() + rect.width() * shown.value, middle), DOT_PX, DOT_PX)


def paint_interval_head(painter: QPainter, rect: QRectF, limit: float, words: tuple[str, str, str]) -> None:
    """The words over such bars: what is left, the limit, what is right."""
    left, middle, right = words
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    centre = int(Qt.AlignmentFlag.AlignVCenter)
    metrics = QFontMetricsF(painter.font())
    width = metrics.horizontalAdvance(middle)
    at = rect.x() + rect.width() * limit
    painter.setPen(THEME.color("text3"))
    if rect.x() + metrics.horizontalAdvance(left) + 4 < at - width / 2:
        painter.drawText(rect, centre | int(Qt.AlignmentFlag.AlignLeft), left)
    if rect.right() - metrics.horizontalAdvance(right) - 4 > at + width / 2:
        painter.drawText(rect, centre | int(Qt.AlignmentFlag.AlignRight), right)
    painter.setPen(THEME.color("err"))
    painter.drawText(QRectF(at - width / 2 + 1, rect.y(), width + 2, rect.height()), centre, middle)


def _paint_ground(painter: QPainter, rect: QRectF, middle: float, at: float, *, tinted: bool) -> None:
    if tinted:
        painter.fillRect(QRectF(rect.x(), middle - 7, at - rect.x(), 14), THEME.color("err", 0.13))
    painter.fillRect(QRectF(at, middle - 0.5, rect.right() - at, 1), THEME.color("strong", 0.7))
    painter.fillRect(QRectF(rect.x(), middle - 0.5, at - rect.x(), 1), THEME.color("err" if tinted else "strong", 0.4))


def _paint_band(painter: QPainter, rect: QRectF, middle: float, shown: Interval, alpha: float) -> None:
    if shown.low is None and shown.high is None:
        return
    known = [end for end in (shown.low, shown.high, shown.value) if end is not None]
    left, right = rect.x() + rect.width() * min(known), rect.x() + rect.width() * max(known)
    band = QRectF(left, middle - BAND_PX / 2, max(3.0, right - left), BAND_PX)
    color = THEME.color(shown.color, 0.5 * alpha)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(band, 2, 2)
    for is_open, x, way in ((shown.low_open, band.left(), 1.0), (shown.high_open, band.right(), -1.0)):
        if is_open:
            painter.setPen(QPen(THEME.color(shown.color, alpha), 1.5))
            tip = QPointF(x + way, middle)
            painter.drawLine(tip, tip + QPointF(4 * way, -3))
            painter.drawLine(tip, tip + QPointF(4 * way, 3))
            painter.setPen(Qt.PenStyle.NoPen)
