"""The making of a project: its steps as they end, its questions in place, its error where it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, Choice, Field
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import Item, card, clear, row
from ui.widgets.text import Elided, Text, dim
from workbench.base.events import ErrorText, JobEnded, JobState, Progress, Question, StepEnded, StepStarted
from workbench.orders.new_project import NewProject, ProjectMade

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.base.events import Event


class Making(QWidget):
    """Follows one order at a time."""

    made = Signal(object)
    """ProjectMade."""
    stopped = Signal()
    """It ended without a project."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job = ""
        self._icon: StateIcon | None = None
        self._text: Elided | None = None
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._lines)
        self.answer_field: Choice | Field | None = None
        self.answer_button: Button | None = None
        self._wrong: Text | None = None
        desk.bridge.told.connect(self._on_told)
        desk.bridge.ended.connect(self._on_ended)
        desk.offer_questions(self._take)

    @property
    def runs(self) -> bool:
        """Whether a project is being made."""
        return bool(self._job)

    def start(self, order: NewProject) -> None:
        """Make a project."""
        clear(self._lines)
        self._icon = None
        self._job = self._desk.bridge.start(order).id

    def stop(self) -> None:
        """Stop making it; nothing is left of it."""
        handle = self._desk.bridge.handle(self._job)
        if handle is not None:
            handle.cancel()

    def show_error(self, error: ErrorText) -> None:
        """Say what went wrong."""
        self._lines.addWidget(ErrorCard(error))

    def _on_told(self, event: Event) -> None:
        if event.job_id != self._job or not self._job:
            return
        if isinstance(event, StepStarted):
            self._begin_step(event.title)
        elif isinstance(event, Progress) and self._text is not None:
            self._text.setText(event.text)
        elif isinstance(event, StepEnded) and self._icon is not None and self._text is not None:
            self._icon.set("done")
            self._text.setText(event.text)

    def _begin_step(self, title: str) -> None:
        self._icon, self._text = StateIcon("running"), Elided(role="dim")
        line = row(self._icon, Text(title), self._text)
        line.setStretch(2, 1)
        self._lines.addLayout(line)

    def _take(self, question: Question) -> bool:
        """Ask in this place what the order asks."""
        if question.job_id != self._job or not self._job:
            return False
        self._ask(question)
        return True

    def _ask(self, question: Question) -> None:
        words = Text(question.text, weight=600, wrap=True)
        self._wrong = Text(role="err", wrap=True)
        self._wrong.hide()
        self.answer_button = Button("Answer", lambda: self._answer(question, self._given()), role="primary")
        items: list[Item]
        if question.kind == "confirm":
            self.answer_field = None
            no = Button("No", lambda: self._answer(question, "no"))
            self.answer_button.set_text("Yes")
            items = [words, row(None, no, self.answer_button)]
        else:
            self.answer_field = self._field(question)
            line = row(self.answer_field, self.answer_button)
            line.setStretch(0, 1)
            items = [words, line]
        self.answer_button.setAutoDefault(False)
        asked = card(*items, self._wrong)
        asked.setProperty("edge", "review")
        asked.setAccessibleName(question.text)
        self._lines.addWidget(asked)
        (self.answer_field or self.answer_button).setFocus()

    def _field(self, question: Question) -> Choice | Field:
        if question.kind == "choice":
            choice = Choice("Answer")
            choice.set_choices([(value, value) for value in question.choices])
            return choice
        field = Field("Answer")
        field.returnPressed.connect(lambda: self._answer(question, field.text()))
        return field

    def _given(self) -> str:
        if isinstance(self.answer_field, Choice):
            return self.answer_field.value
        return self.answer_field.text() if self.answer_field is not None else "yes"

    def _answer(self, question: Question, value: str) -> None:
        wrong = self._desk.bridge.answer(question, value)
        if wrong is None:
            self._desk.answered(question.job_id)
            last = self._lines.takeAt(self._lines.count() - 1)
            widget = last.widget() if last is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
            self._lines.addWidget(dim(f"{question.text} {value}", wrap=True))
        elif self._wrong is not None:
            self._wrong.setText(f"{wrong.summary} {wrong.hint}".strip())
            self._wrong.show()

    def _on_ended(self, ended: JobEnded) -> None:
        if ended.job_id != self._job or not self._job:
            return
        self._job = ""
        if isinstance(ended.result, ProjectMade):
            self.made.emit(ended.result)
            return
        if self._icon is not None:
            self._icon.set("cancelled" if ended.state is JobState.CANCELLED else "failed")
        if ended.state is JobState.CANCELLED:
            self._lines.addWidget(dim("Stopped; nothing was written."))
        elif ended.error is not None:
            self.show_error(ended.error)
        self.stopped.emit()
