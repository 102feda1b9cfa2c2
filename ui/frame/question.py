"""A job's question as a dialog that waits for nobody: the job does, the window goes on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from ui.theme.tokens import SEMIBOLD
from ui.widgets.controls import Button, Choice, Field
from ui.widgets.fitted import Fitted
from ui.widgets.grounds import Item, column, ground, row
from ui.widgets.text import Text, hint
from workbench.base.events import ErrorText, Question

WIDTH_PX = 560


class QuestionDialog(QDialog):
    """Asks one question. Closing it is no answer; the job can be stopped in the job panel."""

    def __init__(
        self, question: Question, job_title: str, give: Callable[[Question, str], ErrorText | None], parent: QWidget
    ) -> None:
        """Make the dialog; `open` shows it.

        Args:
            question: what is asked.
            job_title: which job asks.
            give: hands the answer on; what is wrong with it comes back.
            parent: the window.
        """
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(job_title)
        self.setAccessibleName(f"Question of {job_title}")
        self.question = question
        self._give = give
        self._field: Field | None = None
        self._choice: Choice | None = None
        self._wrong = Text(role="err", wrap=True)
        self._wrong.hide()
        self.setMinimumWidth(WIDTH_PX)
        words = Text(question.text, weight=SEMIBOLD, wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        asks = hint(f"{job_title} waits for this answer.")
        items: list[Item] = [asks, words, *self._inputs(), self._wrong, self._buttons()]
        self.setLayout(column(*items, margins=(24, 24, 24, 16), spacing=12))
        Fitted(self)

    def _inputs(self) -> list[Item]:
        if self.question.kind == "choice":
            self._choice = Choice("Answer")
            self._choice.set_choices([(value, value) for value in self.question.choices])
            return [self._choice]
        if self.question.kind == "confirm":
            return []
        self._field = Field("Answer")
        if self.question.kind == "secret":
            self._field.setEchoMode(QLineEdit.EchoMode.Password)
        self._field.returnPressed.connect(self._on_answer)
        return [self._field]

    def _buttons(self) -> Item:
        later = Button("Not now", self.reject)
        if self.question.kind == "confirm":
            yes = Button("Yes", lambda: self._answer("yes"), role="primary")
            no = Button("No", lambda: self._answer("no"))
            return row(later, None, no, yes)
        return row(later, None, Button("Answer", self._on_answer, role="primary"))

    def _on_answer(self) -> None:
        if self._choice is not None:
            self._answer(self._choice.value)
        elif self._field is not None:
            self._answer(self._field.text())

    def _answer(self, value: str) -> None:
        wrong = self._give(self.question, value)
        if wrong is None:
            self.accept()
            return
        self._wrong.setText(f"{wrong.summary} {wrong.hint}".strip())
        self._wrong.show()
