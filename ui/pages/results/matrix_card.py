"""Requirement by board: the newest run that counts in each cell, and in the last row the answer for each board."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QFrame, QStyle, QStyleOptionViewItem

from ui.pages.results.matrix_table import BOARD_PX, FIXED, ID_PX, WORDS_PX, MatrixTable
from ui.pages.verify.columns import COLORS, STATES
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, SEMIBOLD, SMALL_PX
from ui.widgets.cell import Cell, CellDelegate
from ui.widgets.empty import READING, Empty
from ui.widgets.grounds import column, ground, row
from ui.widgets.states import look_of
from ui.widgets.table import Column, Rows
from ui.widgets.text import hint, title
from workbench.views.results.values import Matrix, MatrixBoard, MatrixCell
from workbench.views.verify.values import PASS

_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_TONES = {"ok": "pass", "warn": "inconclusive", "err": "fail", "plain": "not measured"}


@dataclass(frozen=True)
class MatrixRow:
    """A requirement, or the answers in the last row."""

    id: str
    short_id: str
    words: str
    cells: tuple[MatrixCell, ...] = ()
    answers: tuple[MatrixBoard, ...] = ()
    carried: tuple[MatrixBoard, ...] = ()
    """In the first row: which runs the cells below are of."""


class MatrixCard(QFrame):
    """The matrix."""

    cell_chosen = Signal(str, str)
    """The requirement's id and the board's name; the id is empty for the answer."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Requirement by board")
        self._matrix: Matrix | None = None
        self._about = hint()
        self.table: MatrixTable[MatrixRow] = MatrixTable("Requirement by board", _columns(()), _Delegate())
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self._empty = Empty("table", "")
        head = row(title("Requirement by board"), self._about, None, margins=(12, 8, 12, 4))
        layout = column(head, self.table, self._empty, margins=(1, 1, 1, 1), spacing=0)
        layout.setStretch(1, 1)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.forget()

    def forget(self) -> None:
        """Say that the matrix of another project is being read."""
        self._matrix = None
        self._about.setText("")
        self.table.set_rows(())
        self.table.hide()
        self._empty.sentence.setText(READING)
        self._empty.show()

    def show_matrix(self, matrix: Matrix) -> None:
        """Show it; the chosen cell stays where boards are the same."""
        at = self.table.currentIndex()
        names = tuple(board.name for board in matrix.boards)
        before = () if self._matrix is None else tuple(board.name for board in self._matrix.boards)
        self._matrix = matrix
        self._about.setText(matrix.title)
        if names != before:
            self.table.rows.set_columns(_columns(matrix.boards))
        rows = [MatrixRow(id_, short, words, cells) for id_, short, words, cells in matrix.rows]
        if rows:
            rows.insert(0, MatrixRow("", "", "Carried by", carried=matrix.boards))
            rows.append(MatrixRow("", "", "May it stay?", answers=matrix.boards))
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.sentence.setText(matrix.empty_text)
        if at.isValid() and names == before:
            self.table.setCurrentIndex(self.table.rows.index(at.row(), at.column()))

    def next_open(self) -> None:
        """Choose the next cell that does not pass."""
        if self._matrix is None:
            return
        cells = [
            (line + 1, place + FIXED)
            for line, (_, _, _, row_cells) in enumerate(self._matrix.rows)
            for place, cell in enumerate(row_cells)
            if cell.outcome != PASS or cell.stale
        ]
        if not cells:
            return
        here = (self.table.currentIndex().row(), self.table.currentIndex().column())
        line, place = next((cell for cell in cells if cell > here), cells[0])
        self.table.setFocus()
        self.table.setCurrentIndex(self.table.rows.index(line, place))

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if self._matrix is None or not current.isValid() or current.column() < FIXED:
            return
        board = self._matrix.boards[current.column() - FIXED].name
        self.cell_chosen.emit(self.table.rows.rows[current.row()].id, board)


def _columns(boards: tuple[MatrixBoard, ...]) -> list[Column[MatrixRow]]:
    made: list[Column[MatrixRow]] = [
        Column("ID", _name, ID_PX),
        Column("Criterion", lambda line: Cell("" if not line.id else line.words, kind="dim", tip=line.words), WORDS_PX),
    ]
    made += [
        Column(board.name, partial(_cell_at, place), BOARD_PX, tip=board.text) for place, board in enumerate(boards)
    ]
    return made


def _name(line: MatrixRow) -> Cell:
    if not line.id:
        return Cell(line.words, kind="strong" if line.answers else "dim")
    return Cell(line.short_id, kind="mono", tip=f"{line.words}\n{line.id}")


def _cell_at(place: int, line: MatrixRow) -> Cell:
    """What assistive technology and tooltips say; it is painted otherwise."""
    if line.carried:
        return Cell(line.carried[place].text, kind="dim")
    if line.answers:
        board = line.answers[place]
        return Cell(board.answer, below=board.why, tip=f"{board.text}. {board.why}")
    cell = line.cells[place]
    return Cell(f"{cell.word} {cell.value_text}".rstrip(), tip=cell.text)


class _Delegate(CellDelegate):
    """Paints verdicts by board."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        if not isinstance(model, Rows) or index.column() < FIXED or model.rows[index.row()].carried:
            super().paint(painter, option, index)
            return
        line: MatrixRow = model.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect).adjusted(4, 2, -4, -2)
        if line.answers:
            _paint_answer(painter, area, line.answers[index.column() - FIXED])
        else:
            _paint_cell(painter, area, line.cells[index.column() - FIXED])
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(THEME.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 4, 4)
        painter.restore()


def _paint_cell(painter: QPainter, area: QRectF, cell: MatrixCell) -> None:
    """Whole cells are quiet; a stale one is dashed and keeps its old value."""
    state = "stale" if cell.stale else STATES[cell.outcome]
    look = look_of(state)
    color = "warn" if cell.stale else COLORS[cell.outcome]
    if cell.stale:
        painter.setPen(QPen(THEME.color("warn"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    elif cell.run and color in {"ok", "warn", "err"}:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color(f"{color}_bg"))
        painter.drawRoundedRect(area, 4, 4)
    painter.drawPixmap(round(area.x()) + 6, round(area.center().y()) - 6, pixmap(look.icon, color, 12, 2.1))
    painter.setFont(THEME.font(BODY_PX, MEDIUM))
    painter.setPen(THEME.color("text2" if cell.stale else "text"))
    painter.drawText(area.adjusted(24, 0, -6, 0), _RIGHT, cell.value_text)
    room = area.width() - 24 - 6 - painter.fontMetrics().horizontalAdvance(cell.value_text) - 4
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    painter.setPen(THEME.color(color))
    word = painter.fontMetrics().elidedText(cell.word, Qt.TextElideMode.ElideRight, int(room))
    painter.drawText(area.adjusted(24, 0, -4, 0), _LEFT, word)


def _paint_answer(painter: QPainter, area: QRectF, board: MatrixBoard) -> None:
    look = look_of(_TONES[board.tone])
    painter.drawPixmap(round(area.x()) + 6, round(area.center().y()) - 6, pixmap(look.icon, look.color, 12, 2.1))
    painter.setFont(THEME.font(BODY_PX, SEMIBOLD))
    painter.setPen(THEME.color(look.color))
    painter.drawText(area.adjusted(24, 0, -4, 0), _LEFT, board.answer)
    left = area.adjusted(24 + painter.fontMetrics().horizontalAdvance(board.answer) + 8, 0, -6, 0)
    painter.setFont(THEME.font(SMALL_PX))
    painter.setPen(THEME.color("text2"))
    painter.drawText(
        left, _LEFT, painter.fontMetrics().elidedText(board.why, Qt.TextElideMode.ElideRight, int(left.width()))
    )
