"""Paints the ranking's cells: boxes, bars of loss, costs, and the curve that runs over all rows."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from ui.pages.optimise.rank_lines import CURVE, GROUP, KEEP, LOSS, RankLine, ticks_of
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.cell import CELL_ROLE, PAD, Cell, CellDelegate
from ui.widgets.table import Rows

BOX_PX, DOT_PX = 14, 4.0
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
Index = QModelIndex | QPersistentModelIndex


class RankDelegate(CellDelegate):
    """Paints boxes, bars of loss, and the curve."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        line = cast("Rows[RankLine]", index.model()).rows[index.row()]
        cell = index.data(CELL_ROLE)
        rect = QRectF(option.rect)
        painter.save()
        painter.setClipRect(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        column = index.column()
        if column != CURVE:
            _paint_row_ground(painter, option, line, first=column == KEEP)
        inner = rect.adjusted(PAD, 0, -PAD, 0)
        if column == KEEP:
            _paint_box(painter, inner, line)
        elif column == LOSS:
            _paint_loss(painter, inner, line)
        elif column == CURVE:
            _paint_curve(painter, rect, line)
        elif column == GROUP:
            _paint_group(painter, inner, line)
        elif isinstance(cell, Cell):
            _paint_cost(painter, inner, cell, kept=line.kept)
        if line.last_kept:
            painter.setPen(QPen(THEME.color("accent")))
            painter.drawLine(QPointF(rect.x(), rect.bottom() - 0.5), QPointF(rect.right() + 1, rect.bottom() - 0.5))
        painter.restore()


def _paint_row_ground(painter: QPainter, option: QStyleOptionViewItem, line: RankLine, *, first: bool) -> None:
    state, rect = option.state, QRectF(option.rect)
    if line.kept:
        painter.fillRect(rect, THEME.color("accent_bg"))
    elif state & QStyle.StateFlag.State_MouseOver or state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, THEME.color("hover"))
    if first and state & QStyle.StateFlag.State_Selected:
        painter.fillRect(QRectF(rect.x(), rect.y(), 2, rect.height()), THEME.color("accent"))


def _paint_box(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        return
    box = QRectF(rect.x() + 2, rect.center().y() - BOX_PX / 2, BOX_PX, BOX_PX)
    painter.setPen(QPen(THEME.color("accent" if line.kept else "strong")))
    painter.setBrush(THEME.color("accent") if line.kept else Qt.BrushStyle.NoBrush)
    if line.scale is not None:
        painter.drawRoundedRect(box, 3, 3)
    if line.kept:
        painter.drawPixmap(QPointF(box.x() + 1, box.y() + 1), pixmap("check", "on_accent", 12, 3))
    painter.setFont(THEME.font(SMALL_PX, REGULAR))
    painter.setPen(THEME.color("text2" if line.kept else "text3"))
    if line.scale is not None:
        painter.drawText(rect, _RIGHT, str(line.place + 1))


def _paint_group(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        painter.setFont(THEME.font(12, REGULAR))
        painter.setPen(THEME.color("text2"))
        painter.drawText(rect, _LEFT, "none kept: int8 as it is")
        return
    font, quiet = THEME.font(SMALL_PX, MEDIUM, mono=True), THEME.font(12, REGULAR)
    few = QFontMetricsF(quiet).horizontalAdvance(line.group.words)
    room = rect.width() - (few + 12 if rect.width() > 160 else 0)
    words = QFontMetricsF(font).elidedText(line.group.label, Qt.TextElideMode.ElideMiddle, room)
    painter.setFont(font)
    painter.setPen(THEME.color("text"))
    painter.drawText(rect, _LEFT, words)
    if rect.width() > 160:
        painter.setFont(quiet)
        painter.setPen(THEME.color("text2"))
        painter.drawText(rect, _RIGHT, line.group.words)


def _paint_loss(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        return
    font = THEME.font(12, SEMIBOLD if line.kept else REGULAR)
    words = QFontMetricsF(font).horizontalAdvance("0.0000") + 8
    room = max(0.0, rect.width() - words)
    share = line.group.loss / line.largest if line.largest else 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.curve(0) if line.kept else THEME.color("text3"))
    painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 4, max(2.0, room * share), 8), 2, 2)
    painter.setFont(font)
    painter.setPen(THEME.color("text" if line.kept else "text2"))
    painter.drawText(rect, _RIGHT, line.group.loss_text)


def _paint_cost(painter: QPainter, rect: QRectF, cell: Cell, *, kept: bool) -> None:
    number, _, unit = cell.text.partition(" ")
    font, quiet = THEME.font(12, MEDIUM if kept else REGULAR), THEME.font(SMALL_PX, REGULAR)
    width = QFontMetricsF(quiet).horizontalAdvance(unit) + 3 if unit else 0.0
    painter.setFont(font)
    painter.setPen(THEME.color("text" if kept else "text2"))
    painter.drawText(rect.adjusted(0, 0, -width, 0), _RIGHT, number)
    painter.setFont(quiet)
    painter.setPen(THEME.color("text2" if kept else "text3"))
    painter.drawText(rect, _RIGHT, unit)


def _paint_curve(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    scale, value = line.scale, line.value
    if scale is None or value is None:
        return
    limit, middle = scale.at(scale.limit, rect), rect.center().y()
    painter.fillRect(
        QRectF(rect.x() + 12, rect.y(), limit - rect.x() - 12, rect.height() + 1), THEME.color("err", 0.06)
    )
    painter.setPen(QPen(THEME.color("grid")))
    for tick in ticks_of(scale):
        if tick != scale.limit:
            x = round(scale.at(tick, rect)) + 0.5
            painter.drawLine(QPointF(x, rect.y()), QPointF(x, rect.bottom() + 1))
    painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(round(limit) + 0.5, rect.y()), QPointF(round(limit) + 0.5, rect.bottom() + 1))
    here = QPointF(scale.at(value, rect), middle)
    painter.setPen(QPen(THEME.curve(0), 1.5))
    for other, y in ((line.before, middle - rect.height()), (line.after, middle + rect.height())):
        if other is not None:
            painter.drawLine(here, QPointF(scale.at(other, rect), y))
    passes = value >= scale.limit
    painter.setPen(QPen(THEME.color("plot"), 1.5))
    painter.setBrush(THEME.color("ok" if passes else "err"))
    size = DOT_PX + 1.5 if line.last_kept else DOT_PX
    painter.drawEllipse(here, size, size)
    if line.marked:
        _paint_value(painter, rect, here, value, passes=passes)


def _paint_value(painter: QPainter, rect: QRectF, here: QPointF, value: float, *, passes: bool) -> None:
    words = f"{value:.3f}"
    painter.setFont(THEME.font(SMALL_PX, SEMIBOLD))
    width = QFontMetricsF(painter.font()).horizontalAdvance(words) + 2
    x = here.x() - width - 8 if here.x() - width - 8 > rect.x() else here.x() + 8
    painter.setPen(THEME.color("ok" if passes else "err"))
    painter.drawText(QRectF(x, rect.y(), width, rect.height()), _LEFT, words)
