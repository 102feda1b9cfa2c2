"""Runs the checks of a model and fills the table as they end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.base.events import JobEnded, JobState, ResultPart
from workbench.orders.model import CheckModel
from workbench.views.model import CheckRow, ModelChecks, ModelPage

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.model.checks_card import ChecksCard
    from workbench.base.events import Event

REPLACED = "the model is another file now"


class Checking(QObject):
    """Belongs to the UI thread."""

    def __init__(self, desk: Desk, card: ChecksCard, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._card = desk, card
        self._job = ""
        self._project: Path | None = None
        self._begun: set[Path] = set()
        desk.bridge.told.connect(self._on_told)
        desk.bridge.ended.connect(self._on_ended)

    @property
    def runs(self) -> bool:
        """Whether checks are under way."""
        return bool(self._job)

    def begin(self, project: Path) -> None:
        """Another project."""
        self._project, self._job = project, ""

    def show_page(self, page: ModelPage) -> None:
        """Show the last checks; a model that was never checked, or is another file, is checked at once."""
        if self.runs:
            return
        checks = page.checks
        self._card.show_checks(checks)
        fresh = not checks.rows and page.project not in self._begun
        if page.form is not None and (fresh or checks.stale == REPLACED):
            self.start()

    def start(self) -> None:
        """Run every check."""
        if self._project is None or self.runs:
            return
        self._begun.add(self._project)
        self._card.begin()
        self._job = self._desk.bridge.start(CheckModel(self._project)).id

    def _on_told(self, event: Event) -> None:
        if isinstance(event, ResultPart) and event.job_id == self._job and isinstance(event.value, CheckRow):
            self._card.tell(event.value)

    def _on_ended(self, ended: JobEnded) -> None:
        if ended.job_id != self._job:
            return
        self._job = ""
        if isinstance(ended.result, ModelChecks):
            self._card.show_checks(ended.result)
            self._desk.touch()
        elif ended.state is JobState.CANCELLED:
            self._card.show_checks(ModelChecks((), "", "", ""))
        elif ended.error is not None:
            self._card.show_checks(ModelChecks((), "", "", ""))
            self._desk.notice(ended.error)
