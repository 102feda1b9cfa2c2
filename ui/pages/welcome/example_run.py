"""The example's job as the Welcome page follows it, and what else this window's jobs want of a person here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.pages.welcome.side import Waits
from workbench.base import clock
from workbench.base.events import JobEnded, JobState
from workbench.orders.example import ExampleDone, MakeExample, RunExample
from workbench.orders.report import CheckReport
from workbench.views.welcome import Example, Fact, note_made, note_opened

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.desk import Desk
    from workbench.jobs.story import JobRow

THIS_MACHINE = "this-machine"
KIND = "example:RunExample"


class ExampleRun(QObject):
    """Belongs to the page."""

    changed = Signal()

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._job_id = ""
        self.example: Example | None = None
        self.run_id = ""
        """The run that it made."""
        desk.jobs_changed.connect(self.changed)
        desk.bridge.ended.connect(self._on_ended)

    @property
    def job(self) -> JobRow | None:
        """The newest run of the example of this window; None where there was none."""
        rows = [row for row in self._desk.jobs.rows(clock.now_s()) if row.head.kind == KIND]
        mine = [row for row in rows if self._desk.jobs.is_own(row.head.id)]
        return max(mine, key=lambda row: row.head.submitted_at, default=None)

    @property
    def works(self) -> bool:
        """Whether it runs now."""
        job = self.job
        return job is not None and job.in_flight

    def start(self) -> None:
        """Run the example."""
        if self.example is not None and not self.works:
            self._job_id = self._desk.bridge.start(RunExample(self.example.folder, THIS_MACHINE)).id
            self.changed.emit()

    def make(self) -> None:
        """Make the example, then open it."""
        if self.example is not None:
            self._job_id = self._desk.bridge.start(MakeExample(self.example.folder)).id

    def stop(self) -> None:
        """Ask it to stop; the second time at once."""
        job = self.job
        if job is not None:
            self._desk.jobs.stop(job.head.id)
            self._desk.jobs_changed.emit()

    def check(self, report: Path) -> None:
        """Check a report that somebody sent; the Report page shows what came out."""
        self._desk.bridge.start(CheckReport(report))

    def questions(self) -> list[Waits]:
        """Jobs of this window that wait for an answer."""
        rows = [row for row in self._desk.jobs.working() if row.question is not None]
        return [
            Waits(row.head.title, Fact("ask", row.question.text, button="Answer"), None, row.head.id)
            for row in rows
            if row.question is not None
        ]

    def answer(self, job_id: str) -> None:
        """Show a job's question again."""
        question = self._desk.question_of(job_id)
        if question is not None:
            self._desk.bridge.questioned.emit(question)

    def _on_ended(self, ended: JobEnded) -> None:
        if ended.job_id != self._job_id:
            return
        result = ended.result
        if ended.state is JobState.SUCCEEDED and isinstance(result, ExampleDone):
            self.run_id = result.run
            asked = self._desk.bridge.ask(note_opened, result.project)
            if not result.run:
                asked.then(lambda _none: self._open(result.project))
            else:
                asked.then(lambda _none: self._desk.touch())
        elif self.example is not None:
            self._desk.bridge.ask(note_made, self.example.folder).then(self._on_noted)
            if ended.error is not None and ended.state is not JobState.CANCELLED and not self.job:
                self._desk.notice(ended.error)
        self.changed.emit()

    def _on_noted(self, made: bool) -> None:
        if made:
            self._desk.touch()

    def _open(self, project: Path) -> None:
        self._desk.open_project(project)
        self._desk.go("project")
