"""The raw outputs of a model that nothing decodes: what a person needs to tell what they are."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.widgets.cell import Cell
from ui.widgets.chip import StateIcon
from ui.widgets.grounds import column, row
from ui.widgets.table import Column, Table
from ui.widgets.text import Text, dim, title
from workbench.views.model import OutputStatistics, TriedFrame

COLUMNS: tuple[Column[OutputStatistics], ...] = (
    Column("Output", lambda one: Cell(one.name, kind="strong"), 140, stretch=True),
    Column("Shape", lambda one: Cell(one.shape, kind="mono"), 130),
    Column("Least … largest", lambda one: Cell(one.range), 150),
    Column("Mean", lambda one: Cell(one.mean, kind="value"), 80, right=True),
    Column("No numbers", lambda one: Cell(one.bad, kind="value"), 120, right=True),
)


class RawOutputs(QWidget):
    """Why nothing is decoded, and statistics of what the model gave for the frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why = Text(weight=600, wrap=True)
        self._hint = dim(wrap=True)
        self._about = title("Raw outputs for this frame")
        self._runtime = dim()
        self.table: Table[OutputStatistics] = Table("Raw outputs", COLUMNS)
        head = row(StateIcon("err", "Not recognised"), self._why)
        head.setStretch(1, 1)
        self.setLayout(
            column(head, self._hint, 8, row(self._about, None, self._runtime), self.table, margins=(16, 16, 16, 12))
        )

    def show_outputs(self, tried: TriedFrame) -> None:
        """Show what came out of a frame."""
        self._why.setText(tried.problem[:1].upper() + tried.problem[1:])
        self._hint.setText(tried.hint)
        self._runtime.setText(tried.runtime_text)
        self.table.set_rows(tried.outputs)
