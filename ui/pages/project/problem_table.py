"""All problems of both documents as a table; a row leads to its place, its last cell makes the correction."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex

from ui.desk import Desk
from ui.widgets.cell import Cell
from ui.widgets.table import Column, Table
from workbench.views.project.documents import ERR, Mark
from workbench.views.project.overview import Place

COLUMNS = (
    Column[Mark]("Problem", lambda mark: Cell(mark.title, state=mark.level, tip=mark.hint), 320, stretch=True),
    Column[Mark]("Where", lambda mark: Cell(place_of(mark), kind="mono"), 208),
    Column[Mark]("Did you mean", lambda mark: Cell(mark.fix.replacement if mark.fix else "", kind="mono"), 176),
    Column[Mark]("Effect", lambda mark: Cell(mark.effect, kind="dim"), 224),
    Column[Mark]("", lambda mark: Cell("Apply" if mark.fix else "", kind="link"), 72),
)
APPLY = len(COLUMNS) - 1


class ProblemTable(Table[Mark]):
    """Shows `desk.problems`; Enter or a double click shows the place on the page Project."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Problems of the documents", COLUMNS)
        self._desk = desk
        self.opened.connect(self._on_opened)
        self.clicked.connect(self._on_clicked)
        desk.problems_changed.connect(self._on_problems)
        self._on_problems()

    def _on_problems(self) -> None:
        """Problems before findings, in the order of the documents."""
        marks = self._desk.problems
        self.set_rows(sorted(marks, key=lambda mark: mark.level != ERR))

    def _on_opened(self, mark: Mark) -> None:
        self._desk.go("project", Place(mark.file, mark.line, mark.path))

    def _on_clicked(self, index: QModelIndex) -> None:
        mark = self.rows.rows[index.row()]
        if index.column() == APPLY and mark.fix is not None:
            self._desk.go("project", mark)


def place_of(mark: Mark) -> str:
    """`deployment_tests.yaml:18`."""
    return mark.file if mark.line is None else f"{mark.file}:{mark.line}"
