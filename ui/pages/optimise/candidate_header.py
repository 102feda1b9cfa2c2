"""The head of the candidates' table: titles with their limits, and one heading over all boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SMALL_PX
from ui.widgets.cell import PAD

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_PX = 48
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class GroupedHeader(QHeaderView):
    """Titles with their limits, and one heading over the columns of the boards."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSectionsClickable(False)
        self._limits: Mapping[int, str] = {}
        self._troubles: Mapping[int, str] = {}
        self._group: tuple[int, int, str] = (0, 0, "")

    def set_texts(self, limits: Mapping[int, str], group: tuple[int, int, str], troubles: Mapping[int, str]) -> None:
        """Give the limits by section, (first, last, heading) of the group, and boards in trouble by section."""
        self._limits, self._group, self._troubles = limits, group, troubles
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802 (Qt)
        """Paint one title."""
        painter.save()
        painter.fillRect(rect, THEME.color("surface"))
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        first, last, heading = self._group
        if first <= logical <= last and heading:
            self._paint_group(painter, rect, logical)
        self._paint_title(painter, QRectF(rect).adjusted(PAD, rect.height() / 2 - 2, -PAD, -4), logical)
        painter.restore()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Two lines."""
        return QSize(super().sizeHint().width(), round(HEAD_PX * THEME.type_scale))

    def _paint_group(self, painter: QPainter, rect: QRect, logical: int) -> None:
        first, last, heading = self._group
        left = self.sectionViewportPosition(first)
        right = self.sectionViewportPosition(last) + self.sectionSize(last)
        half = rect.height() / 2
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        painter.setClipRect(rect)
        whole = QRectF(left + PAD, rect.y() + 4, right - left - 2 * PAD, half - 6)
        words = QFontMetricsF(painter.font()).elidedText(heading, Qt.TextElideMode.ElideRight, whole.width())
        painter.drawText(whole, _RIGHT, words)
        painter.setPen(QPen(THEME.color("border")))
        y = round(rect.y() + half) - 2
        start = rect.x() + (PAD if logical == first else 0)
        end = rect.right() - (PAD if logical == last else 0)
        painter.drawLine(start, y, end, y)

    def _paint_title(self, painter: QPainter, rect: QRectF, logical: int) -> None:
        model = self.model()
        title = str(model.headerData(logical, Qt.Orientation.Horizontal) or "")
        flags = model.headerData(logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) or _LEFT
        limit = self._limits.get(logical, "")
        font, quiet = THEME.font(SMALL_PX, MEDIUM), THEME.font(SMALL_PX, REGULAR)
        trouble = logical in self._troubles
        width = QFontMetricsF(quiet).horizontalAdvance(f"  {limit}") if limit else 0.0
        room = rect.width() - width - (16 if trouble else 0)
        words = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, room)
        advance = QFontMetricsF(font).horizontalAdvance(words)
        right = bool(int(flags) & int(Qt.AlignmentFlag.AlignRight))
        x = rect.right() - width - advance if right else rect.x()
        painter.setFont(font)
        painter.setPen(THEME.color("text3" if trouble else "text2"))
        painter.drawText(QRectF(x, rect.y(), advance + 1, rect.height()), _LEFT, words)
        if trouble:
            painter.drawPixmap(QPointF(x - 16, rect.center().y() - 6), pixmap("circle-x", "err", 12, 2.2))
        if limit:
            painter.setFont(quiet)
            painter.setPen(THEME.color("text3"))
            painter.drawText(QRectF(x + advance, rect.y(), width + 1, rect.height()), _RIGHT, limit)
