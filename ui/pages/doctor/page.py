"""What Slipway needs on this machine, what of it is there, and the command for what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.page import Page
from ui.theme.tokens import PAGE_PX, SEMIBOLD
from ui.widgets.cell import Cell
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button, Field
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import card, clear, column, row
from ui.widgets.table import Column, Table
from ui.widgets.text import Text, dim, hint, page_title
from workbench.views.doctor import Doctor, Need, read_doctor

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.base.events import ErrorText

COLUMNS = (
    Column[Need]("Needed", lambda need: Cell(need.name, kind="strong"), 220),
    Column[Need]("State", lambda need: Cell(need.word, kind="chip", state=need.state), 112),
    Column[Need]("Found", lambda need: Cell(need.found, tip=need.found), 200, stretch=True),
    Column[Need]("For", lambda need: Cell(need.group, kind="dim"), 200),
)


class DoctorPage(Page):
    """Needs no project. `open` takes nothing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asked: Answer[Doctor] | None = None
        self._doctor: Doctor | None = None
        self._again = desk.actions.add("doctor.again", "Look again", self.refresh, "Ctrl+R", "refresh-cw", self)
        desk.actions.add("doctor.filter", "Filter what is needed", self._on_filter_key, "Ctrl+F", "filter", self)
        self._chip, self._summary, self._checked = Chip("run", "Looking"), Text(), dim()
        self._problems = QVBoxLayout()
        self._problems.setSpacing(8)
        self.filter = Field("Filter what is needed", placeholder="Filter", icon_name="filter")
        self.filter.textChanged.connect(self._on_filter)
        self.filter.setMaximumWidth(280)
        self._nothing = dim("Nothing fits the filter.")
        self._nothing.hide()
        self.table: Table[Need] = Table("What Slipway needs", COLUMNS)
        again = Button("Look again", icon_name="refresh-cw", action=self._again)
        head = row(page_title("Doctor"), self._chip, self._summary, None, self._checked, again, spacing=12)
        about = dim("What Slipway needs on this machine. Nothing is changed; commands are there to be copied.")
        body = card(row(self.filter, None), self._nothing, self.table, margins=(12, 12, 12, 4))
        centre = QWidget()
        layout = column(head, about, self._problems, body, margins=(24, 16, 24, 16), spacing=12)
        layout.setStretch(3, 1)
        centre.setLayout(layout)
        self.set_centre(centre)

    def refresh(self) -> None:
        """Look at this machine again; what was found last stays until then."""
        if self._asked is not None:
            self._asked.drop()
        self._checked.setText("looking …")
        self._asked = self.desk.bridge.ask(read_doctor).then(self._on_doctor).or_fail(self._on_error)

    def _on_doctor(self, doctor: Doctor) -> None:
        self._asked, self._doctor = None, doctor
        self._chip.set(doctor.state, {"ok": "Ready", "warn": "Look at it", "err": "Missing"}[doctor.state])
        self._summary.setText(doctor.summary)
        self._checked.setText(f"checked {doctor.checked}")
        clear(self._problems)
        for need in (need for need in doctor.needs if need.mend):
            self._problems.addWidget(_problem(need))
        self._on_filter(self.filter.text())

    def _on_error(self, error: ErrorText) -> None:
        self._asked = None
        clear(self._problems)
        self._problems.addWidget(ErrorCard(error, Button("Look again", self.refresh)))
        self._checked.setText("")

    def _on_filter(self, text: str) -> None:
        words = text.lower().split()
        needs = self._doctor.needs if self._doctor is not None else ()
        fitting = [need for need in needs if all(word in f"{need.name} {need.group}".lower() for word in words)]
        self.table.set_rows(sorted(fitting, key=lambda need: need.state == "ok"))
        self._nothing.setVisible(bool(words) and not fitting)

    def _on_filter_key(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()


def _problem(need: Need) -> QFrame:
    head = row(StateIcon(need.state), Text(need.name, px=PAGE_PX - 2, weight=SEMIBOLD), hint(need.group), None)
    found = dim(need.found, wrap=True)
    mend = CommandBox(need.mend, f"Command for {need.name}") if need.is_command else Text(need.mend, wrap=True)
    made = card(head, found, mend, margins=(16, 12, 16, 12), spacing=8)
    made.setProperty("edge", need.state)
    made.setAccessibleName(f"{need.name}: {need.found}")
    return made
