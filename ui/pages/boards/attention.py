"""The right side of the page: what waits for a person, then what stops the way to the selected board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.pages.boards.contact_panel import ChangedKeyPanel, ContactPanel
from ui.pages.boards.questions import key_of
from ui.pages.boards.road_card import RoadCard
from ui.widgets.grounds import clear, column

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.base.events import JobEnded, Question
    from workbench.views.boards.values import BoardDetail


class Attention(QWidget):
    """Questions about keys stay as they are until they are answered; the rest follows the selected board."""

    changed = Signal()
    """Another board asks, or none does any more."""

    def __init__(self, desk: Desk, again: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._again = desk, again
        self._questions: dict[str, Question] = {}
        self._contacts: dict[str, ContactPanel] = {}
        self._shown: tuple[object, ...] = ()
        self._detail: BoardDetail | None = None
        self._asking, self._stopped = QVBoxLayout(), QVBoxLayout()
        for layout in (self._asking, self._stopped):
            layout.setSpacing(8)
        self.setLayout(column(self._asking, self._stopped, spacing=8))
        desk.bridge.ended.connect(self._on_ended)

    @property
    def asking(self) -> frozenset[str]:
        """The boards about which something is asked."""
        return frozenset(question.about.get("board", "") for question in self._questions.values())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._contacts and not self._stopped.count()

    def take(self, question: Question) -> None:
        """Show a question about a host's key."""
        key = key_of(question)
        if key is None or question.job_id in self._questions:
            return
        panel = ContactPanel(self._desk.bridge, key, question.about.get("board") or key.host)
        panel.trusted.connect(lambda: self._answer(question, "yes"))
        panel.refused.connect(lambda: self._answer(question, "no"))
        self._questions[question.job_id], self._contacts[question.job_id] = question, panel
        self._asking.addWidget(panel)
        self._fill()
        self.changed.emit()

    def show_board(self, detail: BoardDetail) -> None:
        """Show what stops the way to this board; nothing is built anew where nothing changed."""
        self._detail = detail
        self._fill()

    def _fill(self) -> None:
        detail = self._detail
        shown = (None,) if detail is None else (detail.name, detail.road, detail.host_key, detail.name in self.asking)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._stopped)
        if detail is None or detail.name in self.asking:
            return
        if detail.host_key is not None and detail.host_key.changed:
            self._stopped.addWidget(ChangedKeyPanel(detail.host_key, detail.name))
        elif detail.road is not None:
            self._stopped.addWidget(RoadCard(detail.name, detail.road, self._again))

    def _answer(self, question: Question, value: str) -> None:
        wrong = self._desk.bridge.answer(question, value)
        if wrong is not None:
            self._desk.notice(wrong)
        self._desk.answered(question.job_id)
        self._forget(question.job_id)

    def _on_ended(self, ended: JobEnded) -> None:
        self._forget(ended.job_id)

    def _forget(self, job_id: str) -> None:
        if self._questions.pop(job_id, None) is None:
            return
        panel = self._contacts.pop(job_id)
        panel.hide()
        panel.deleteLater()
        self._fill()
        self.changed.emit()
