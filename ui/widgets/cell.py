"""A cell of a dense table: what it says, and how it is painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX, TABLE_ROW
from ui.widgets.chip import chip_size, paint_chip
from ui.widgets.states import look_of

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
PAD = 8
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True)
class Cell:
    """One cell."""

    text: str = ""
    unit: str = ""
    """Behind the value, quieter."""
    kind: str = "text"
    """`text`, `strong`, `value` (right-aligned, heavy), `limit` (right-aligned, quiet), `dim`, `mono`, `link`, `chip`
    (a state with its word)."""
    color: str = ""
    """A token, where the colour means something."""
    state: str = ""
    """A state: its icon stands before the text, or is the chip."""
    icon: str = ""
    """A Lucide icon before the text."""
    below: str = ""
    """A second line, quieter."""
    bar: float | None = None
    """A bar in place of the text's room, 0 to 1; the text stands right of it."""
    tip: str = ""
    """What the tooltip says beyond what is seen."""
    indent: int = 0
    """Room before everything, px."""


_COLORS = {
    "text": "text",
    "strong": "text",
    "value": "text",
    "limit": "text2",
    "dim": "text2",
    "mono": "text2",
    "link": "accent",
}
_RIGHT = frozenset({"value", "limit"})
_WEIGHTS = {"strong": MEDIUM, "value": SEMIBOLD, "link": MEDIUM}


class CellDelegate(QStyledItemDelegate):
    """Paints cells; the model gives them by `CELL_ROLE`."""

    row_height = TABLE_ROW

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        cell = index.data(CELL_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        if isinstance(cell, Cell):
            rect = QRectF(option.rect).adjusted(PAD + cell.indent, 0, -PAD, 0)
            paint_cell(painter, rect, cell)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802 (Qt)
        """As wide as the cell's words."""
        cell = index.data(CELL_ROLE)
        if not isinstance(cell, Cell):
            return super().sizeHint(option, index)
        return QSize(round(cell_width(cell)) + 2 * PAD + cell.indent, round(self.row_height * THEME.type_scale))


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """The ground of a row: selected, under the pointer, or none."""
    state = option.state
    rect = option.rect
    if state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, THEME.color("accent_bg"))
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, THEME.color("hover"))


def paint_cell(painter: QPainter, rect: QRectF, cell: Cell) -> None:
    """Paint a cell into a rectangle."""
    if cell.kind == "chip":
        size = chip_size(cell.text)
        top = rect.y() + (rect.height() - size.height()) / 2
        width = min(float(size.width()), rect.width())
        paint_chip(painter, QRectF(rect.x(), top, width, size.height()), cell.state, cell.text)
        return
    if cell.below:
        half = rect.height() / 2
        upper, lower = rect.adjusted(0, 4, 0, -half), rect.adjusted(0, half, 0, -4)
        _paint_line(painter, upper, cell)
        quiet = Cell(cell.below, kind="dim")
        _paint_text(painter, lower, quiet, THEME.font(SMALL_PX), right=cell.kind in _RIGHT)
        return
    _paint_line(painter, rect, cell)


def cell_font(cell: Cell) -> QFont:
    """The font of a cell's words."""
    if cell.kind == "mono":
        return THEME.font(SMALL_PX, MEDIUM, mono=True)
    return THEME.font(BODY_PX, _WEIGHTS.get(cell.kind, REGULAR))


def cell_width(cell: Cell) -> float:
    """The room that a cell wants, px."""
    if cell.kind == "chip":
        return float(chip_size(cell.text).width())
    width = QFontMetricsF(cell_font(cell)).horizontalAdvance(cell.text)
    if cell.unit:
        width += 4 + QFontMetricsF(THEME.font(SMALL_PX)).horizontalAdvance(cell.unit)
    if cell.state or cell.icon:
        width += THEME.px(14) + 6
    below = QFontMetricsF(THEME.font(SMALL_PX)).horizontalAdvance(cell.below)
    return max(width, below) + (100 if cell.bar is not None else 0)


def _paint_line(painter: QPainter, rect: QRectF, cell: Cell) -> None:
    if cell.state or cell.icon:
        look = look_of(cell.state) if cell.state else None
        name, color = (look.icon, look.color) if look else (cell.icon, cell.color or "text3")
        size = THEME.px(14)
        painter.drawPixmap(QPointF(rect.x(), rect.center().y() - size / 2), pixmap(name, color, size, 2.1))
        rect = rect.adjusted(size + 6, 0, 0, 0)
    if cell.bar is not None:
        rect = _paint_bar(painter, rect, cell)
    _paint_text(painter, rect, cell, cell_font(cell), right=cell.kind in _RIGHT)


def _paint_bar(painter: QPainter, rect: QRectF, cell: Cell) -> QRectF:
    words = QFontMetricsF(cell_font(cell)).horizontalAdvance(cell.text) + 8 if cell.text else 0.0
    bar = QRectF(rect.x(), rect.center().y() - 2, max(0.0, rect.width() - max(words, 40.0)), 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("border"))
    painter.drawRoundedRect(bar, 2, 2)
    if cell.bar:
        painter.setBrush(THEME.color(cell.color or "accent"))
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * min(1.0, cell.bar), 4), 2, 2)
    return QRectF(bar.right() + 8, rect.y(), rect.right() - bar.right() - 8, rect.height())


def _paint_text(painter: QPainter, rect: QRectF, cell: Cell, font: QFont, *, right: bool) -> None:
    metrics, quiet = QFontMetricsF(font), THEME.font(SMALL_PX)
    unit_width = QFontMetricsF(quiet).horizontalAdvance(cell.unit) + 4 if cell.unit else 0.0
    text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, max(0.0, rect.width() - unit_width))
    width = metrics.horizontalAdvance(text)
    left = rect.right() - unit_width - width if right else rect.x()
    painter.setFont(font)
    painter.setPen(THEME.color(cell.color if cell.color and cell.bar is None else _COLORS.get(cell.kind, "text")))
    painter.drawText(QRectF(left, rect.y(), width + 1, rect.height()), _LEFT, text)
    if cell.unit:
        painter.setFont(quiet)
        painter.setPen(THEME.color("text3"))
        painter.drawText(QRectF(left + width + 4, rect.y(), unit_width, rect.height()), _LEFT, cell.unit)
