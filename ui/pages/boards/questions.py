"""Questions of a job about a board: the key that one is about, and a field for one that is typed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from ui.theme.tokens import SEMIBOLD
from ui.widgets.controls import Button, Field
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Text, hint
from workbench.base.events import Question
from workbench.views.boards.values import HostKey


def key_of(question: Question) -> HostKey | None:
    """The key that a question is about; None where it is about something else."""
    about = question.about
    if about.get("subject") != "host key":
        return None
    return HostKey(
        host=about["host"],
        kind=about["kind"],
        groups=tuple(about["groups"].split()),
        fingerprint=about["fingerprint"],
        base64=about["base64"],
        command=about["command"],
        changed=False,
    )


class TypedQuestion(QFrame):
    """A passphrase, a password, a text, or a yes or no."""

    answered = Signal(str)

    def __init__(self, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "sunk")
        self.setAccessibleName(question.text)
        words = Text(question.text, weight=SEMIBOLD, wrap=True)
        if question.kind == "confirm":
            yes = Button("Yes", lambda: self.answered.emit("yes"), role="primary")
            no = Button("No", lambda: self.answered.emit("no"))
            self.setLayout(column(words, row(None, no, yes), margins=(12, 12, 12, 12)))
            return
        self.field = Field("Answer")
        if question.kind == "secret":
            self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.returnPressed.connect(self._on_typed)
        answer = Button("Answer", self._on_typed)
        self.setLayout(column(words, row(self.field, answer), hint("Kept in memory only."), margins=(12, 12, 12, 12)))
        QTimer.singleShot(0, self.field, self.field.setFocus)

    def _on_typed(self) -> None:
        self.answered.emit(self.field.text())
