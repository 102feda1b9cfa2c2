"""Paints the cells of candidates: lineage before names, figures over their intervals, work as a bar."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionViewItem

from ui.pages.optimise.candidate_cells import CandidateLine
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.cell import CELL_ROLE, PAD, Cell, CellDelegate, paint_ground
from ui.widgets.states import look_of
from ui.widgets.table import Rows

INDENT_PX, DOT_PX = 16, 4
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
Index = QModelIndex | QPersistentModelIndex


class CandidateDelegate(CellDelegate):
    """Paints lineage and two-line figures."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        cell = index.data(CELL_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        model = index.model()
        if isinstance(cell, Cell):
            rect = QRectF(option.rect).adjusted(PAD, 0, -PAD, 0)
            if index.column() == 0:
                line = cast("Rows[CandidateLine]", model).rows[index.row()]
                paint_name(painter, QRectF(option.rect), cell, line, selected=_is_selected(option))
            elif cell.kind == "work":
                paint_work(painter, rect, cell)
            else:
                paint_figure(painter, rect, cell, left=cell.kind == "strong")
        painter.restore()


def paint_name(painter: QPainter, rect: QRectF, cell: Cell, line: CandidateLine, *, selected: bool) -> None:
    """The lineage up to the parent's dot, the dot, then name and recipe."""
    upper = rect.height() * 0.32
    y = rect.y() + upper
    x = rect.x() + PAD + DOT_PX + line.row.depth * INDENT_PX
    if selected:
        painter.fillRect(QRectF(rect.x(), rect.y(), 2, rect.height()), THEME.color("accent"))
    painter.setPen(QPen(THEME.color("strong"), 1.2))
    for depth, goes_on in enumerate(line.through):
        at = rect.x() + PAD + DOT_PX + depth * INDENT_PX
        is_parent = depth == line.row.depth - 1
        bottom = rect.bottom() if goes_on else y if is_parent else None
        if bottom is not None:
            painter.drawLine(QPointF(at, rect.y()), QPointF(at, bottom))
        if is_parent:
            painter.drawLine(QPointF(at, y), QPointF(x - DOT_PX, y))
    if line.has_children:
        painter.drawLine(QPointF(x, y + DOT_PX), QPointF(x, rect.bottom()))
    color = "accent" if line.row.is_wanted else "surface"
    painter.setBrush(THEME.color(color))
    painter.setPen(QPen(THEME.color("accent" if line.row.is_wanted else "text3"), 1.4))
    painter.drawEllipse(QPointF(x, y), DOT_PX, DOT_PX)
    _paint_words(painter, QRectF(x + 12, rect.y(), rect.right() - x - 12 - PAD, rect.height()), cell, line)


def _paint_words(painter: QPainter, rect: QRectF, cell: Cell, line: CandidateLine) -> None:
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    below = QRectF(rect.x(), rect.center().y(), rect.width(), rect.height() / 2 - 4)
    strong, quiet = THEME.font(13, SEMIBOLD), THEME.font(SMALL_PX, REGULAR)
    words = QFontMetricsF(strong).elidedText(cell.text, Qt.TextElideMode.ElideMiddle, top.width())
    painter.setFont(strong)
    painter.setPen(THEME.color("text3" if line.row.stale or line.row.is_replaced else "text"))
    painter.drawText(top, _LEFT, words)
    if cell.unit:
        used = QFontMetricsF(strong).horizontalAdvance(words) + 12
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("review" if line.row.is_wanted else "warn"))
        if line.row.is_wanted and used + 16 < top.width():
            painter.drawPixmap(QPointF(top.x() + used, top.center().y() - 6), pixmap("pin", "review", 12, 2))
            used += 16
        painter.drawText(top.adjusted(used, 0, 0, 0), _LEFT, cell.unit)
    painter.setFont(quiet)
    painter.setPen(THEME.color("text2"))
    painter.drawText(
        below, _LEFT, QFontMetricsF(quiet).elidedText(cell.below, Qt.TextElideMode.ElideRight, below.width())
    )


def paint_figure(painter: QPainter, rect: QRectF, cell: Cell, *, left: bool = False) -> None:
    """A figure, its icon beside it, and a quieter line below."""
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    low = QRectF(rect.x(), rect.center().y(), rect.width(), rect.height() / 2 - 4)
    if not cell.below and not left:
        top = rect.adjusted(0, 2, 0, -rect.height() / 2 + 2)
    is_word = cell.kind == "word"
    font = THEME.font(SMALL_PX if is_word else 13, REGULAR if is_word else SEMIBOLD)
    quiet = THEME.font(SMALL_PX, REGULAR)
    unit = QFontMetricsF(quiet).horizontalAdvance(cell.unit) + 3 if cell.unit else 0.0
    icon = 18.0 if cell.state else 0.0
    words = QFontMetricsF(font).elidedText(cell.text, Qt.TextElideMode.ElideRight, top.width() - unit - icon)
    advance = QFontMetricsF(font).horizontalAdvance(words)
    x = top.x() + icon if left else top.right() - unit - advance
    painter.setFont(font)
    painter.setPen(THEME.color(cell.color or "text"))
    painter.drawText(QRectF(x, top.y(), advance + 1, top.height()), _LEFT, words)
    if cell.state:
        look = look_of(cell.state)
        painter.drawPixmap(QPointF(x - 18, top.center().y() - 7), pixmap(look.icon, look.color, 14, 2.1))
    painter.setFont(quiet)
    painter.setPen(THEME.color("text3"))
    if cell.unit:
        painter.drawText(QRectF(x + advance + 3, top.y(), unit, top.height()), _LEFT, cell.unit)
    if cell.below:
        shown = QFontMetricsF(quiet).elidedText(
            cell.below, Qt.TextElideMode.ElideRight, low.width() - (icon if left else 0)
        )
        painter.setPen(THEME.color("text2" if left else "text3"))
        painter.drawText(low.adjusted(icon if left else 0, 0, 0, 0), _LEFT if left else _RIGHT, shown)


def paint_work(painter: QPainter, rect: QRectF, cell: Cell) -> None:
    """What works there in words, over a bar."""
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    painter.setPen(THEME.color("accent"))
    words = QFontMetricsF(painter.font()).elidedText(cell.text, Qt.TextElideMode.ElideRight, top.width())
    painter.drawText(top, _RIGHT, words)
    bar = QRectF(rect.x(), rect.bottom() - 14, rect.width(), 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("border"))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(THEME.color("accent"))
    painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * (cell.bar or 0.0), 4), 2, 2)


def _is_selected(option: QStyleOptionViewItem) -> bool:
    from PySide6.QtWidgets import QStyle

    return bool(option.state & QStyle.StateFlag.State_Selected)
