"""The inspector of the page: what changed since the last visit, the whole history, and the findings."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ui.pages.project.findings_list import FindingsList
from ui.pages.project.head import StateMark
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, SMALL_PX
from ui.widgets.controls import Button, Segments
from ui.widgets.facts import Facts
from ui.widgets.grounds import column, row
from ui.widgets.states import look_of
from ui.widgets.text import Text, hint

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.views.project.changes import Change, Changes

CHANGES, HISTORY, FINDINGS = "changes", "history", "findings"
_OTHER = {"commit": ("git-branch", "text2", "Commit"), "changed": ("pencil", "text2", "Changed")}


class ChangesPanel(QWidget):
    """Shows `Changes`; both of its lists are asked for by who owns it."""

    went = Signal(object)
    """The Target of a change that was pressed."""
    seen = Signal()
    """All is to be taken as seen."""
    list_wanted = Signal(str)
    """`changes`, `history` or `findings`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setAccessibleName("What changed")
        self.choice = Segments("Which list", ((CHANGES, "Changes"), (HISTORY, "History"), (FINDINGS, "Findings")))
        self.choice.chosen.connect(self.show_list)
        self.findings = FindingsList(desk)
        self.findings.counted.connect(self._on_counted)
        self.findings.hide()
        self._facts = Facts("Changes of the project")
        self._changes: Changes | None = None
        layout = column(row(self.choice, None, margins=(16, 12, 16, 0)), self._facts, self.findings, spacing=0)
        layout.setStretch(1, 1)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    @property
    def shown(self) -> str:
        """Which list is wanted."""
        return self.choice.value

    def show_list(self, name: str) -> None:
        """Show `changes`, `history` or `findings`."""
        self.choice.set_value(name)
        self._facts.setVisible(name != FINDINGS)
        self.findings.setVisible(name == FINDINGS)
        self.list_wanted.emit(name)

    def show_changes(self, changes: Changes) -> None:
        """Show what changed; behind the findings nothing is shown, it is asked for again once it is wanted."""
        if changes == self._changes or self.shown == FINDINGS:
            return
        self._changes = changes
        facts = self._facts
        facts.begin(changes.title, changes.summary)
        if changes.needs and self.shown == CHANGES:
            facts.section("Needs you", hint(str(len(changes.needs))))
            for change in changes.needs:
                facts.add(self._line(change))
        for day in changes.days:
            facts.section(day.title, hint(str(len(day.changes))))
            for change in day.changes:
                facts.add(self._line(change))
        if not changes.days and not changes.first_visit:
            text = "Nothing was recorded yet." if self.shown == HISTORY else "Nothing changed meanwhile."
            facts.sentence(text)
        facts.section("Project")
        for name, value in changes.facts:
            facts.fact(name, value, mono=name == "Folder")
        if self.shown == CHANGES:
            button = Button("Mark all as seen", self.seen.emit, icon_name="eye")
            button.set_off("" if changes.days or changes.first_visit else "Everything is seen")
            facts.end(button, Button("Full history", self._on_history, icon_name="history"))
        else:
            facts.end()

    def lines(self) -> list[ChangeLine]:
        """The changes that are shown, from the top."""
        return self._facts.findChildren(ChangeLine)

    def _on_history(self) -> None:
        self.show_list(HISTORY)

    def _on_counted(self, still_open: int) -> None:
        self.choice.set_words(FINDINGS, f"Findings {still_open}" if still_open else "Findings")

    def _line(self, change: Change) -> QWidget:
        made = ChangeLine(change)
        made.clicked.connect(lambda _checked=False: self.went.emit(change.target))
        return made


class ChangeLine(QPushButton):
    """One change: time, icon, what happened, and by whom or the old value."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self.setProperty("role", "row")
        self.setEnabled(change.target is not None)
        self.setAccessibleName(f"{change.clock} {change.text}. {change.detail}".strip())
        self.setToolTip(f"{change.text}\n{change.detail}".strip())
        icon_name, color, word = _OTHER.get(change.state) or _look(change.state)
        clock = Text(change.clock, px=SMALL_PX, weight=MEDIUM, role="hint")
        clock.setFixedWidth(round(36 * THEME.type_scale))
        clock.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        what = _Words(change)
        detail = Text(change.detail, px=SMALL_PX, role="hint", wrap=True, parent=self)
        detail.setVisible(bool(change.detail))
        detail.setMinimumWidth(1)
        mark = StateMark(icon_name, color, word)
        place = QVBoxLayout()
        place.addWidget(mark)
        place.addStretch(1)
        layout = row(clock, place, column(what, detail, spacing=0), margins=(0, 4, 0, 4), spacing=8)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As its words want it, not as a button of one line."""
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As narrow as the panel; the words break."""
        return QSize(120, round(24 * THEME.type_scale))


class _Words(QLabel):
    """What happened, with the name of the thing heavier."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        head, subject, tail = change.text.partition(change.subject) if change.subject else (change.text, "", "")
        bold = f'<span style="font-weight: 600">{html.escape(subject)}</span>' if subject else ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(f"{html.escape(head)}{bold}{html.escape(tail)}")
        self.setWordWrap(True)
        self.setMinimumWidth(1)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def _on_theme(self) -> None:
        self.setFont(THEME.font(BODY_PX))


def _look(state: str) -> tuple[str, str, str]:
    look = look_of(state)
    return look.icon, look.color, look.word
