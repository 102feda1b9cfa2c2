"""The other ways in: a model, a project, a report; and what this machine can do."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout

from ui.theme.tokens import PAGE_PX, SEMIBOLD
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, shortcut_text
from ui.widgets.grounds import clear, column, ground, restyle, row
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Elided, Text, dim, technical, title
from workbench.views.welcome import Machine


class StartCard(QFrame):
    """One way in: what it is for, and its buttons."""

    def __init__(self, icon_name: str, heading: str, about: str, text: str, *actions: QAction) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName(heading)
        name = Text(heading, px=PAGE_PX - 2, weight=SEMIBOLD)
        head = row(IconLabel(icon_name, "text2", 22), column(name, Text(about), spacing=0), None, spacing=12)
        self._text = text
        self.text = dim(text, wrap=True)
        self.text.setMinimumHeight(32)
        buttons = [Button(f"{action.text()}…", icon_name=_icon_of(action), action=action) for action in actions]
        keys = technical(shortcut_text(actions[0]), role="hint")
        foot = row(*buttons, None, keys)
        self.setLayout(column(head, self.text, None, foot, margins=(16, 14, 16, 14), spacing=8))

    def set_drop(self, state: str, words: str = "") -> None:
        """While a file is over the window: `accent` where it may be dropped, `err` with why not; else empty."""
        restyle(self, edge=state, drop=not state)
        self.text.setText(words or self._text)
        self.text.set_role(state if state == "err" else "dim")


class MachineCard(QFrame):
    """This machine in a line of facts."""

    def __init__(self, doctor: QAction) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("This machine")
        self._about = dim()
        self._button = Button("Doctor", role="link", action=doctor)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(8)
        head = row(title("This machine"), self._about, None, self._button)
        self.setLayout(column(head, self._facts, margins=(16, 8, 12, 12), spacing=4))

    def show_machine(self, machine: Machine) -> None:
        """Show its facts."""
        self._about.setText(machine.about)
        self._button.set_text(f"Doctor: {machine.missing} to look at" if machine.missing else "Doctor")
        clear(self._facts)
        for at, fact in enumerate(machine.facts):
            words = column(Text(fact.name, weight=SEMIBOLD), Elided(fact.text, role="dim"), spacing=0)
            item = row(StateIcon(fact.state), words)
            item.setStretch(1, 1)
            self._facts.addLayout(item, 0, at)
            self._facts.setColumnStretch(at, 1)


def _icon_of(action: QAction) -> str:
    return {"welcome.new": "plus", "welcome.open": "folder-open", "welcome.check": "shield-check"}.get(
        action.objectName(), ""
    )
