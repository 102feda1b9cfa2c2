"""What is painted over a document's text: squiggles under what is wrong, and messages below the line."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SEMIBOLD, SMALL_PX
from workbench.views.project.documents import Mark

NOTE_PX = 24
OFFER, KEYS = "Replace", "Alt Enter"
_COLORS = {"err": ("err", "err_bg", "circle-x"), "warn": ("warn", "warn_bg", "triangle-alert")}
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True)
class Note:
    """One message, as it was painted: where, and of what."""

    rect: QRectF
    mark: Mark


def note_px() -> int:
    """The room that a message takes below its line."""
    return round(NOTE_PX * THEME.type_scale)


def paint_squiggle(painter: QPainter, left: float, right: float, bottom: float, level: str) -> None:
    """Paint a wave from `left` to `right`; px."""
    points, x, up = QPolygonF(), left, True
    while x <= max(right, left + 8):
        points.append(QPointF(x, bottom - 1.5 + (-1.2 if up else 1.2)))
        x, up = x + 2.5, not up
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(THEME.color(_COLORS[level][0]), 1.2))
    painter.drawPolyline(points)


def paint_note(painter: QPainter, rect: QRectF, mark: Mark, *, current: bool) -> Note:
    """Paint a message; on the line of the cursor (`current`) with the keys of its correction."""
    color, tone, icon_name = _COLORS[mark.level]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color(tone))
    painter.drawRoundedRect(rect, 4, 4)
    painter.drawPixmap(QPointF(rect.x() + 6, rect.center().y() - 6), pixmap(icon_name, color, 12, 2.2))
    right = _paint_offer(painter, rect, current=current) if mark.fix is not None else rect.right() - 8
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    painter.setPen(THEME.color(color))
    room = right - rect.x() - 32
    words = painter.fontMetrics().elidedText(mark.text, Qt.TextElideMode.ElideRight, max(0, round(room)))
    painter.drawText(QRectF(rect.x() + 24, rect.y(), room, rect.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
    return Note(rect, mark)


def _paint_offer(painter: QPainter, rect: QRectF, *, current: bool) -> float:
    """The words that make the correction; where they begin."""
    right = rect.right() - 8
    if current:
        painter.setFont(THEME.font(SMALL_PX, MEDIUM, mono=True))
        painter.setPen(THEME.color("text2"))
        painter.drawText(QRectF(rect.x(), rect.y(), right - rect.x(), rect.height()), _RIGHT, KEYS)
        right -= painter.fontMetrics().horizontalAdvance(KEYS) + 8
    painter.setFont(THEME.font(SMALL_PX, SEMIBOLD))
    painter.setPen(THEME.color("accent"))
    painter.drawText(QRectF(rect.x(), rect.y(), right - rect.x(), rect.height()), _RIGHT, OFFER)
    return right - painter.fontMetrics().horizontalAdvance(OFFER) - 12
