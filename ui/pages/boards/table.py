"""The table of boards: two lines a row, disk and the last day drawn in their cells."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from ui.theme.theme import THEME
from ui.theme.tokens import SMALL_PX
from ui.widgets.cell import CELL_ROLE, PAD, Cell, CellDelegate, paint_cell, paint_ground
from ui.widgets.chip import chip_size, paint_chip
from ui.widgets.sparkline import paint_sparkline
from ui.widgets.table import Column
from workbench.views.boards.values import BoardRow, Disk, Told, Trace

ROW_PX, FEW = 44, 8
TRACE_TIP = (
    "The last day, one point a minute: temperature where there is a sensor, else processor load; the last minutes "
    "until there is one"
)
READING = "reading"
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True)
class Shown:
    """A board as the table shows it: what is kept, and what happens to it just now."""

    row: BoardRow
    doing: str = ""
    """What is done with it in this window, in words; empty where nothing is."""
    asks: bool = False
    """Whether a job waits for an answer about it."""
    live: tuple[float, ...] = ()
    """Its processor's load in %, while it is watched here, oldest first."""


@dataclass(frozen=True)
class ChipCell(Cell):
    """A state as a chip, with a line below it."""


@dataclass(frozen=True)
class DiskCell(Cell):
    """Free space, and how much is used."""

    disk: Disk | None = None
    old: bool = False


@dataclass(frozen=True)
class TraceCell(Cell):
    """The last day."""

    trace: Trace | None = None


class BoardDelegate(CellDelegate):
    """Paints what a plain cell cannot."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        cell = index.data(CELL_ROLE)
        if not isinstance(cell, (ChipCell, DiskCell, TraceCell)):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        rect = QRectF(option.rect).adjusted(PAD, 0, -PAD, 0)
        if isinstance(cell, ChipCell):
            _paint_chip(painter, rect, cell)
        elif isinstance(cell, DiskCell):
            _paint_disk(painter, rect, cell)
        elif cell.trace is not None and cell.trace.values:
            paint_sparkline(painter, rect.adjusted(0, 8, 0, -8), cell.trace.values, cell.trace.limit, "text3")
        painter.restore()


def columns() -> tuple[Column[Shown], ...]:
    """The columns, of a row as it is shown."""
    return (
        Column("Board", _board, 172),
        Column("State", _state, 128),
        Column("System", lambda item: _told(item.row.system, item.row.old), 100),
        Column("Runtime", lambda item: _told(item.row.runtime, item.row.old), 148),
        Column("Power mode", lambda item: _told(item.row.mode, item.row.old), 88),
        Column("Clocks", _clocks, 104),
        Column("Disk free", _disk, 112),
        Column("Hottest", _hottest, 92, right=True, tip="The hottest sensor, and where it slows down"),
        Column("Used by", lambda item: _told(item.row.used_by, item.row.old), 104, stretch=True),
        Column("Last seen", _seen, 96),
        Column("Health", _trace, 88, tip=TRACE_TIP),
    )


def _board(item: Shown) -> Cell:
    row = item.row
    return Cell(
        row.name, kind="strong", icon="monitor" if row.local else "microchip", below=row.address, tip=row.address
    )


def _state(item: Shown) -> Cell:
    state = item.row.state
    if item.asks:
        return ChipCell("Asks you", state="ask", below="waits for your answer")
    if item.doing:
        return ChipCell("Reading" if item.doing == READING else "Working", state="run", below=item.doing)
    return ChipCell(state.word, state=state.look, below=state.detail, tip=state.detail)


def _told(told: Told, old: bool) -> Cell:
    color = told.color or ("text2" if old or not told.known else "")
    tip = ", ".join(part for part in (told.text, told.detail) if part)
    return Cell(told.text, color=color, below=told.detail, kind="text" if told.known else "dim", tip=tip)


def _clocks(item: Shown) -> Cell:
    told = item.row.clocks
    plain = _told(told, item.row.old)
    if item.row.locked is None:
        return plain
    icon = "lock" if item.row.locked else "lock-open"
    return Cell(told.text, color=plain.color, below=told.detail, kind=plain.kind, icon=icon, tip=plain.tip)


def _disk(item: Shown) -> Cell:
    disk = item.row.disk
    words = "" if disk is None else f"{disk.free_text} {disk.total_text}"
    return DiskCell(words, tip=f"{words} free" if words else "", disk=disk, old=item.row.old)


def _hottest(item: Shown) -> Cell:
    row = item.row
    if row.hottest_c is None:
        return Cell(row.hottest_text, kind="value", color="text2")
    unit = f"°C {row.hottest_limit}".strip()
    return Cell(row.hottest_text, unit=unit, kind="value", color="text2" if row.old else "")


def _seen(item: Shown) -> Cell:
    if item.doing == READING:
        return Cell("reading …", state="run")
    return _told(item.row.seen, item.row.old)


def _trace(item: Shown) -> Cell:
    trace = item.row.trace
    known = [value for value in trace.values if value is not None]
    if len(known) < FEW <= len(item.live):  # a day of a few points says less than the minutes that are watched
        trace, known = Trace(item.live, None, "Processor load of the last minutes", "%"), list(item.live)
    if not known:
        return Cell("none yet", kind="dim", tip="Kept while a board is watched here, one point a minute")
    words = f"{trace.name}: {min(known):.0f} to {max(known):.0f} {trace.unit}"
    return TraceCell(tip=words, trace=trace)


def _paint_chip(painter: QPainter, rect: QRectF, cell: ChipCell) -> None:
    size = chip_size(cell.text)
    width = min(float(size.width()), rect.width())
    if not cell.below:
        top = rect.center().y() - size.height() / 2
        paint_chip(painter, QRectF(rect.x(), top, width, size.height()), cell.state, cell.text)
        return
    half = rect.height() / 2
    top = rect.y() + half - size.height() + 2
    paint_chip(painter, QRectF(rect.x(), top, width, size.height()), cell.state, cell.text)
    _paint_below(painter, rect.adjusted(0, half + 2, 0, -2), cell.below)


def _paint_below(painter: QPainter, rect: QRectF, text: str) -> None:
    painter.setFont(THEME.font(SMALL_PX))
    painter.setPen(THEME.color("text2"))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(rect.width()))
    painter.drawText(rect, _LEFT, shown)


def _paint_disk(painter: QPainter, rect: QRectF, cell: DiskCell) -> None:
    if cell.disk is None:
        return
    half = rect.height() / 2
    value = Cell(
        cell.disk.free_text, unit=cell.disk.total_text, kind="strong", color="text2" if cell.old else cell.disk.color
    )
    paint_cell(painter, rect.adjusted(0, 4, 0, -half), value)
    if cell.disk.used is None:
        return
    bar = QRectF(rect.x(), rect.y() + half + 8, rect.width() - 16, 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("border"))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(THEME.color(cell.disk.color or "strong"))
    painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * min(1.0, cell.disk.used), 4), 2, 2)
