"""The lower panel: the jobs of this window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.widgets.cell import Cell
from ui.widgets.grounds import column, ground
from ui.widgets.table import Column, Table
from workbench.jobs.story import JobRow

if TYPE_CHECKING:
    from ui.desk import Desk

COLUMNS = (
    Column[JobRow]("Job", lambda row: Cell(row.head.title, kind="strong"), 240),
    Column[JobRow]("State", lambda row: Cell(row.state.capitalize(), kind="chip", state=row.state), 96),
    Column[JobRow]("Step", lambda row: Cell(row.step), 120, stretch=True),
    Column[JobRow]("Board", lambda row: Cell(row.head.board or "", kind="mono"), 120),
)


class JobPanel(QWidget):
    """Belongs to the window."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        ground(self, "panel")
        self._desk = desk
        self.table: Table[JobRow] = Table("Jobs", COLUMNS)
        self.setLayout(column(self.table, spacing=0))
        desk.jobs_changed.connect(self._on_jobs)

    def _on_jobs(self) -> None:
        self.table.set_rows(self._desk.jobs.rows(time.time()))
