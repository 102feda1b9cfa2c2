"""What is wrong in the open project; Enter leads to the place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.cell import Cell
from ui.widgets.grounds import column
from ui.widgets.table import Column, Table
from ui.widgets.text import dim
from workbench.views.problems import ProblemRow

COLUMNS = (
    Column[ProblemRow]("Problem", lambda row: Cell(row.title, kind="strong", state=row.state, tip=row.title), 420),
    Column[ProblemRow]("What to do", lambda row: Cell(row.text, kind="dim", tip=row.text), 200, stretch=True),
    Column[ProblemRow]("Place", lambda row: Cell(row.place, kind="mono", tip=row.place), 220),
)


class ProblemList(QWidget):
    """Belongs to the panel."""

    opened = Signal(object)
    """The ProblemRow whose place is to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self._empty = dim()
        self.table: Table[ProblemRow] = Table("Problems", COLUMNS)
        self.table.opened.connect(self.opened)
        self.table.clicked.connect(lambda _index: self.opened.emit(self.table.current))
        self._empty.setContentsMargins(12, 8, 12, 8)
        self.setLayout(column(self._empty, self.table, spacing=0))
        self.show_problems((), "Open a project to see what is wrong in it.")

    def show_problems(self, rows: Sequence[ProblemRow], sentence: str) -> None:
        """Show them, or the sentence where there are none."""
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setText(sentence)
        self._empty.setVisible(not rows)
