"""Shows the questions of jobs, one after the other; a page that asks in its own place takes them first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.frame.question import QuestionDialog
from workbench.base.events import Question

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.desk import Desk
    from workbench.base.events import ErrorText, JobEnded


class Questions(QObject):
    """Belongs to the window."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._waiting: deque[Question] = deque()
        self._open: QuestionDialog | None = None
        desk.bridge.questioned.connect(self._on_question)
        desk.bridge.ended.connect(self._on_ended)

    @property
    def dialog(self) -> QuestionDialog | None:
        """The question that is shown."""
        return self._open

    def show_again(self, job_id: str) -> None:
        """Show a job's question that was put off."""
        handle = self._desk.bridge.handle(job_id)
        question = self._desk.question_of(job_id)
        if handle is not None and question is not None and handle.asks(question.question_id):
            self._on_question(question)

    def _on_question(self, question: Question) -> None:
        if self._desk.takes(question):
            return
        self._waiting.append(question)
        self._next()

    def _next(self) -> None:
        while self._open is None and self._waiting:
            question = self._waiting.popleft()
            handle = self._desk.bridge.handle(question.job_id)
            if handle is None or not handle.asks(question.question_id):
                continue
            self._open = QuestionDialog(question, handle.title, self._give, self._window)
            self._open.finished.connect(self._on_finished)
            self._open.open()

    def _give(self, question: Question, value: str) -> ErrorText | None:
        wrong = self._desk.bridge.answer(question, value)
        if wrong is None:
            self._desk.answered(question.job_id)
        return wrong

    def _on_finished(self) -> None:
        self._open = None
        self._next()

    def _on_ended(self, ended: JobEnded) -> None:
        """Nobody waits for the answer any more."""
        self._waiting = deque(question for question in self._waiting if question.job_id != ended.job_id)
        if self._open is not None and self._open.question.job_id == ended.job_id:
            self._open.reject()
