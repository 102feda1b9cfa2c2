"""What is painted over a plot in pixels: limits, gaps, events, cursors, the measured span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.plot_items import Mapping2D
from ui.widgets.time_axis import Mark
from workbench.telemetry.ranges import Gap

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True)
class Limit:
    """A value that must not be passed."""

    value: float
    words: str
    """What stands at its line, with the number: `limit 16.7`."""


def paint_gaps(painter: QPainter, to_px: Mapping2D, gaps: Sequence[Gap], base_s: float) -> None:
    """Shade spans in which nothing arrived."""
    for gap in gaps:
        left = max(to_px.inside.left(), to_px.x(gap.start_s - base_s))
        right = min(to_px.inside.right(), to_px.x(gap.end_s - base_s))
        if right <= left:
            continue
        area = QRectF(left, to_px.inside.top(), max(1.0, right - left), to_px.inside.height())
        painter.fillRect(area, THEME.color("warn_bg"))
        painter.setFont(THEME.font(SMALL_PX))
        if area.width() > QFontMetricsF(painter.font()).horizontalAdvance("no data") + 12:
            painter.setPen(THEME.color("warn"))
            painter.drawText(area, _CENTRE, "no data")


def paint_limits(painter: QPainter, to_px: Mapping2D, limits: Sequence[Limit]) -> None:
    """Red dashed lines with their words; a limit that is out of sight is named at the edge that is nearer to it."""
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    color = THEME.color("err")
    inside = to_px.inside
    height = QFontMetricsF(painter.font()).height()
    for limit in limits:
        y = to_px.y(limit.value)
        if inside.top() - 0.5 <= y <= inside.bottom() + 0.5:
            painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(inside.left(), y, inside.right(), y))
            below = y - height - 2 < inside.top()
            _paint_words(painter, QPointF(inside.left() + 6, y + 1 if below else y - height - 1), limit.words, color)
        elif y < inside.top():
            _paint_words(painter, QPointF(inside.left() + 6, inside.top() + 1), f"{limit.words} above", color)
        else:
            at = QPointF(inside.left() + 6, inside.bottom() - height - 1)
            _paint_words(painter, at, f"{limit.words} below", color)


def paint_marks(painter: QPainter, to_px: Mapping2D, marks: Sequence[Mark], base_s: float) -> None:
    """Events as dotted lines, each with a small flag at its foot."""
    inside = to_px.inside
    for mark in marks:
        x = to_px.x(mark.at_s - base_s)
        if inside.left() <= x <= inside.right():
            painter.setPen(QPen(THEME.color(mark.state, 0.8), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(x, inside.top(), x, inside.bottom()))
            painter.fillRect(QRectF(x - 1.5, inside.bottom() - 6, 3, 6), THEME.color(mark.state))


def paint_cursor(painter: QPainter, to_px: Mapping2D, drawn_s: float, *, faint: bool = False) -> None:
    """The line of the cursor, or of the pointer (faint)."""
    x = to_px.x(drawn_s)
    if to_px.inside.left() <= x <= to_px.inside.right():
        painter.setPen(QPen(THEME.color("text2", 0.5 if faint else 1.0), 1))
        painter.drawLine(QLineF(x, to_px.inside.top(), x, to_px.inside.bottom()))


def paint_measure(
    painter: QPainter, to_px: Mapping2D, span: tuple[float, float], levels: tuple[float, float] | None, words: str
) -> None:
    """The measured span, drawn from and to, and on the plot where it was dragged the two values and what they say."""
    left, right = sorted((to_px.x(span[0]), to_px.x(span[1])))
    inside = to_px.inside
    area = QRectF(left, inside.top(), right - left, inside.height()).intersected(inside)
    painter.fillRect(area, THEME.color("accent", 0.14))
    painter.setPen(QPen(THEME.color("accent"), 1))
    for x in (left, right):
        if inside.left() <= x <= inside.right():
            painter.drawLine(QLineF(x, inside.top(), x, inside.bottom()))
    if levels is None:
        return
    painter.setPen(QPen(THEME.color("accent"), 1, Qt.PenStyle.DashLine))
    for level in levels:
        painter.drawLine(QLineF(area.left(), to_px.y(level), area.right(), to_px.y(level)))
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    width = QFontMetricsF(painter.font()).horizontalAdvance(words)
    x = min(max(inside.left() + 2, area.center().x() - width / 2), inside.right() - width - 8)
    _paint_words(painter, QPointF(x, inside.top() + 2), words, THEME.color("text"))


def paint_message(painter: QPainter, to_px: Mapping2D, sentence: str) -> None:
    """A sentence where there is nothing to draw."""
    painter.setFont(THEME.font(SMALL_PX))
    painter.setPen(THEME.color("text3"))
    painter.drawText(to_px.inside.adjusted(12, 0, -12, 0), _CENTRE | int(Qt.TextFlag.TextWordWrap), sentence)


def paint_end_labels(painter: QPainter, to_px: Mapping2D, ends: Sequence[tuple[float, str, QColor]]) -> None:
    """Names at the right end of curves, moved apart so that none covers another."""
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    height = QFontMetricsF(painter.font()).height()
    lowest = to_px.inside.top()
    for level, name, color in sorted(ends, key=lambda end: -end[0]):
        y = min(max(to_px.y(level) - height / 2, lowest), to_px.inside.bottom() - height)
        lowest = y + height
        width = QFontMetricsF(painter.font()).horizontalAdvance(name)
        _paint_words(painter, QPointF(to_px.inside.right() - width - 8, y), name, color)


def _paint_words(painter: QPainter, at: QPointF, words: str, color: QColor) -> None:
    metrics = QFontMetricsF(painter.font())
    area = QRectF(at.x() - 3, at.y(), metrics.horizontalAdvance(words) + 6, metrics.height())
    ground = THEME.color("plot", 0.85)
    painter.fillRect(area, ground)
    painter.setPen(color)
    painter.drawText(area, _CENTRE, words)
