"""The checks of the model: a row each as it ends, problems first once all are there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.pages.model.form_card import STATES
from ui.widgets.cell import Cell
from ui.widgets.chip import Chip
from ui.widgets.controls import Button, IconButton
from ui.widgets.empty import Empty
from ui.widgets.grounds import card, column, line, row
from ui.widgets.table import Column, Table
from ui.widgets.text import Elided, title
from workbench.views.model import CheckRow, ModelChecks

COLORS = {"warn": "warn", "err": "err"}


def _result(row_: CheckRow) -> Cell:
    tip = " ".join(part for part in (f"{row_.text}.", row_.hint) if part)
    return Cell(row_.text, kind="dim", color=COLORS.get(row_.level, ""), tip=tip)


COLUMNS: tuple[Column[CheckRow], ...] = (
    Column("Check", lambda one: Cell(one.title, kind="strong", state=STATES[one.level], tip=one.hint), 182),
    Column("Result", _result, 150, stretch=True),
    Column("ms", lambda one: Cell(one.elapsed_text, kind="value"), 46, right=True, tip="How long the check took"),
)


class ChecksCard(QWidget):
    """The card with the checks."""

    node_wanted = Signal(str)
    """The node of a row that was opened, for the filter of the layers."""

    def __init__(self, again: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: list[CheckRow] = []
        self._when = Elided(role="hint")
        self._chip = Chip("todo", "Not checked")
        self.table: Table[CheckRow] = Table("Checks of the model", COLUMNS)
        self.table.opened.connect(self._on_opened)
        self.table.chosen.connect(self._on_chosen)
        self._about = Elided(role="dim")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(Empty("list-checks", "Not checked yet.", Button("Check the model", action=again)))
        head = row(
            title("Checks"),
            self._when,
            self._chip,
            IconButton("rotate-cw", "Check again", action=again),
            margins=(12, 4, 8, 4),
        )
        head.setStretch(1, 1)
        foot = row(self._about, margins=(12, 4, 12, 4))
        self.setLayout(
            column(card(head, line(), self._stack, line(), foot, margins=(0, 0, 0, 0), spacing=0), spacing=0)
        )

    def show_checks(self, checks: ModelChecks) -> None:
        """Show the last checks."""
        self._told = []
        self._stack.setCurrentIndex(0 if checks.rows else 1)
        self.table.set_rows(checks.rows)
        chip = checks.chip
        if checks.stale:
            self._chip.set("stale", "Stale")
            self._chip.setToolTip(checks.stale)
            self._when.setText(f"ran {checks.when}; {checks.stale}")
            return
        self._chip.set(STATES[chip.level], chip.text)
        self._chip.setToolTip("")
        self._when.setText(f"ran {checks.when} in {checks.elapsed_text}" if checks.when else "")
        if checks.rows and self.table.current is None:
            self.table.selectRow(0)

    def begin(self) -> None:
        """The checks run: rows fill in."""
        self._told = []
        self._stack.setCurrentIndex(0)
        self.table.set_rows(())
        self._chip.set("running", "Checking")
        self._when.setText("")
        self._about.setText("")

    def tell(self, row_: CheckRow) -> None:
        """One check has ended."""
        self._told.append(row_)
        self.table.set_rows(tuple(self._told))
        self.table.scrollToBottom()
        self._when.setText(f"{len(self._told)} done")

    def _on_chosen(self, row_: CheckRow | None) -> None:
        if row_ is None:
            self._about.setText("")
            return
        node = "Enter shows its layer." if row_.node else ""
        text = f"{row_.text[:1].upper()}{row_.text[1:]}."
        self._about.setText(" ".join(part for part in (text, row_.hint, node) if part))

    def _on_opened(self, row_: CheckRow) -> None:
        if row_.node:
            self.node_wanted.emit(row_.node)
