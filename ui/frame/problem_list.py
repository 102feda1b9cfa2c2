"""What is wrong in the open project; a press leads to the place, its last cell makes the correction."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.cell import Cell
from ui.widgets.grounds import column
from ui.widgets.table import Column, Table
from ui.widgets.text import dim
from workbench.views.problems import ProblemRow


def _way_out(row: ProblemRow) -> Cell:
    """What was most likely meant, as it would stand there; else the hint."""
    return Cell(row.meant, kind="mono", tip=row.text) if row.meant else Cell(row.text, kind="dim", tip=row.text)


COLUMNS = (
    Column[ProblemRow]("Problem", lambda row: Cell(row.title, state=row.state, tip=row.title), 360, stretch=True),
    Column[ProblemRow]("Where", lambda row: Cell(row.place, kind="mono", tip=row.place), 200),
    Column[ProblemRow]("What to do", _way_out, 176),
    Column[ProblemRow]("Effect", lambda row: Cell(row.effect, kind="dim", tip=row.effect), 216),
    Column[ProblemRow]("", lambda row: Cell("Apply" if row.meant else "", kind="link"), 64),
)
APPLY = len(COLUMNS) - 1


class ProblemList(QWidget):
    """Belongs to the panel."""

    opened = Signal(object)
    """The ProblemRow whose place is to be shown."""
    fix_wanted = Signal(object)
    """The ProblemRow whose correction is to be made."""

    def __init__(self) -> None:
        super().__init__()
        self._empty = dim()
        self.table: Table[ProblemRow] = Table("Problems", COLUMNS)
        self.table.opened.connect(self.opened)
        self.table.clicked.connect(self._on_clicked)
        self._empty.setContentsMargins(12, 8, 12, 8)
        self.setLayout(column(self._empty, self.table, spacing=0))
        self.show_problems((), "Open a project to see what is wrong in it.")

    def show_problems(self, rows: Sequence[ProblemRow], sentence: str) -> None:
        """Show them, or the sentence where there are none."""
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setText(sentence)
        self._empty.setVisible(not rows)

    def _on_clicked(self, index: QModelIndex) -> None:
        row = self.table.rows.rows[index.row()]
        wanted = self.fix_wanted if index.column() == APPLY and row.meant else self.opened
        wanted.emit(row)
