"""What Slipway needs on this machine, what of it is there, and the command for what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from ui.page import Page
from ui.pages.doctor.group_card import GroupCard
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, PAGE_PX, SEMIBOLD
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button, Field
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import card, clear, column, row, scrolling
from ui.widgets.text import Text, dim, hint, page_title
from workbench.views.doctor import Doctor, Need, read_doctor

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.base.events import ErrorText

WIDTH_PX, NARROW_PX = 1400, 880
"""Wider lines are read with difficulty; in narrower pages groups stand below each other."""
COMMAND = "slipway doctor"
FINE = "Nothing to do: everything that Slipway needs is here."


class DoctorPage(Page):
    """Needs no project. `open` takes nothing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asked: Answer[Doctor] | None = None
        self._doctor: Doctor | None = None
        self._again = desk.actions.add("doctor.again", "Look again", self.refresh, "Ctrl+R", "refresh-cw", self)
        desk.actions.add("doctor.filter", "Filter what is needed", self._on_filter_key, "Ctrl+F", "filter", self)
        desk.actions.add("doctor.copy", "Copy the first command that mends", self._on_copy, "C", "copy", self)
        self._chip, self._summary, self._checked = Chip("run", "Looking"), Text(weight=MEDIUM), dim()
        self._problems = QVBoxLayout()
        self._problems.setSpacing(8)
        self._first: CommandBox | None = None
        self.filter = Field("Filter what is needed", placeholder="Filter (Ctrl+F)", icon_name="filter")
        self.filter.textChanged.connect(self._on_filter)
        self._nothing = dim("Nothing fits the filter. Take letters away.")
        self._nothing.hide()
        self.cards: dict[str, GroupCard] = {}
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        for side in (self._left, self._right):
            side.setSpacing(12)
        self.set_centre(scrolling(self._make_centre(), "Doctor"))
        self._fit()
        THEME.changed.connect(self._fit)

    def _make_centre(self) -> QWidget:
        again = Button("Look again", icon_name="refresh-cw", action=self._again)
        head = row(page_title("Doctor"), self._chip, self._summary, None, self._checked, again, spacing=12)
        about = dim("What Slipway needs on this machine. Looking changes nothing; commands are there to be copied.")
        about.setWordWrap(True)
        terminal = CommandBox(COMMAND, "The same in the terminal")
        tools = row(self.filter, None, hint("The same in the terminal"), terminal, spacing=12)
        tools.setStretch(0, 2)
        tools.setStretch(1, 1)
        tools.setStretch(3, 1)
        self._sides = sides = row(self._left, self._right, spacing=12)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        self._inner = made = QWidget()
        margins = (24, 16, 24, 16)
        layout = column(head, about, self._problems, tools, self._nothing, sides, margins=margins, spacing=12)
        layout.setStretch(5, 1)
        made.setLayout(layout)
        outer = QWidget()
        around = row(made, None)
        around.setStretch(0, 1000)
        outer.setLayout(around)
        return outer

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Put the groups below each other where there is no room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= THEME.px(NARROW_PX)
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._inner.setMaximumWidth(THEME.px(WIDTH_PX))

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
        self._show_problems(doctor)
        self._on_filter(self.filter.text())

    def _show_problems(self, doctor: Doctor) -> None:
        """What has to be mended stands first, the worst on top."""
        clear(self._problems)
        self._first = None
        wrong = sorted((need for need in doctor.needs if need.mend), key=lambda need: need.state != "err")
        for need in wrong:
            self._problems.addWidget(self._make_problem(need))
        if not wrong:
            fine = row(StateIcon("ok", "Ready"), Text(FINE), None, margins=(12, 8, 12, 8))
            self._problems.addWidget(card(fine, margins=(0, 0, 0, 0)))

    def _on_error(self, error: ErrorText) -> None:
        self._asked = None
        clear(self._problems)
        self._problems.addWidget(ErrorCard(error, Button("Look again", self.refresh)))
        self._checked.setText("")

    def _on_filter(self, text: str) -> None:
        doctor = self._doctor
        if doctor is None:
            return
        words = text.lower().split()
        for group in doctor.groups:
            every = [need for need in doctor.needs if need.group == group]
            fitting = [need for need in every if all(word in f"{need.name} {need.group}".lower() for word in words)]
            self._card(group, doctor).show_needs(sorted(fitting, key=lambda need: need.state == "ok"), of=len(every))
        self._nothing.setVisible(all(shown.isHidden() for shown in self.cards.values()))

    def _card(self, group: str, doctor: Doctor) -> GroupCard:
        """The card of a group; the longest group has a side of its own, the others share one."""
        if group not in self.cards:
            self.cards[group] = made = GroupCard(group)
            longest = max(doctor.groups, key=lambda name: sum(need.group == name for need in doctor.needs))
            side = self._right if group == longest else self._left
            if side.count() == 0:
                side.addStretch(1)
            side.insertWidget(side.count() - 1, made)
        return self.cards[group]

    def _on_copy(self) -> None:
        if self._first is None:
            self.desk.notice("There is no command to copy: nothing has to be mended by one.")
            return
        self._first.copy()
        self.desk.notice(f"Copied: {self._first.command}")

    def _on_filter_key(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()

    def _make_problem(self, need: Need) -> QFrame:
        head = row(StateIcon(need.state), Text(need.name, px=PAGE_PX - 2, weight=SEMIBOLD), hint(need.group), None)
        found = dim(need.found, wrap=True)
        mend: QWidget = Text(need.mend, wrap=True)
        if need.is_command:
            mend = box = CommandBox(need.mend, f"Command for {need.name}")
            self._first = self._first or box
        made = card(head, found, mend, margins=(16, 12, 16, 12), spacing=8)
        made.setProperty("edge", need.state)
        made.setAccessibleName(f"{need.name}: {need.found}")
        return made
