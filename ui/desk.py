"""What a page is handed: the bridge, the actions, what is open and chosen, and the ways to other pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakMethod

from PySide6.QtCore import QObject, Signal

from ui.bridge import lives
from workbench.base import clock
from workbench.base.events import JobEnded, Question
from workbench.views.jobs import read_step_times

if TYPE_CHECKING:
    from ui.actions import Actions
    from ui.bridge import Bridge
    from workbench.base.events import ErrorText, Event
    from workbench.jobs.book import JobBook
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job
    from workbench.views.project.documents import Mark
    from workbench.views.project.overview import Overview

THIS_MACHINE = "this-machine"


class Desk(QObject):
    """The state that pages share. Belongs to the UI thread; pages never talk to each other but through this."""

    left = Signal()
    """The open project is about to be left: another is opened, or the window closes."""
    project_changed = Signal()
    """Another project is open, or none."""
    outdated = Signal()
    """Something on disk changed (a job ended, a document was saved): pages that are shown read again."""
    problems_changed = Signal()
    """Other problems of the documents are known: `problems`."""
    overview_changed = Signal()
    """What the frame knows of the project was read again: `overview`."""
    board_changed = Signal()
    """Another board is chosen for Run."""
    went = Signal(str, object)
    """Somebody asks for a page: the stage's name and what to open there (None, or what that page's `open` takes)."""
    noticed = Signal(object)
    """An ErrorText or a sentence for the notice bar."""
    jobs_changed = Signal()
    """A job began, ended, or is at another step; figures in between are for who looks."""
    log_wanted = Signal(str)
    """Somebody wants to see the log of the job of this id, at its first error."""
    settings_changed = Signal(object)
    """The Settings that were saved and are in force now."""
    run_asked = Signal(bool)
    """Somebody asks for the main job; True: only quickly."""

    def __init__(self, bridge: Bridge, actions: Actions, jobs: JobBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.actions = actions
        self.jobs = jobs
        """All jobs that this window knows."""
        self._takers: list[WeakMethod[Callable[[Question], bool]]] = []
        self._questions: dict[str, Question] = {}
        self._project: Path | None = None
        self._board = THIS_MACHINE
        self._overview: Overview | None = None
        self._problems: tuple[Mark, ...] = ()
        bridge.started.connect(self._on_started)
        bridge.told.connect(self._on_told)

    @property
    def project(self) -> Path | None:
        """The open project's folder."""
        return self._project

    @property
    def board(self) -> str:
        """The board that Run works on, by its name in the inventory."""
        return self._board

    def open_project(self, folder: Path | None) -> None:
        """Open another project, or close it."""
        if folder != self._project:
            self.leave()
            self._project, self._overview, self._problems = folder, None, ()
            self.project_changed.emit()

    @property
    def overview(self) -> Overview | None:
        """Where the open project stands, as it was read last; None until it was."""
        return self._overview

    @property
    def problems(self) -> tuple[Mark, ...]:
        """Problems and findings of both documents, as they lie on disk or as they are being edited."""
        return self._problems

    def show_problems(self, marks: tuple[Mark, ...]) -> None:
        """For the frame, and for the page on which documents are edited: these are the problems now."""
        if marks != self._problems:
            self._problems = marks
            self.problems_changed.emit()

    def show_overview(self, overview: Overview) -> None:
        """For the frame: it was read again."""
        self._overview = overview
        self.show_problems(overview.marks)
        self.overview_changed.emit()

    def leave(self) -> None:
        """Say that the open project is left; queries that were asked for it before the window closes are answered."""
        if self._project is not None:
            self.left.emit()

    def choose_board(self, name: str) -> None:
        """Choose the board that Run works on."""
        if name != self._board:
            self._board = name
            self.board_changed.emit()

    def go(self, stage: str, target: object = None) -> None:
        """Show a page, and there what `target` names (see that page's `open`)."""
        self.went.emit(stage, target)

    def touch(self) -> None:
        """Say that something on disk changed."""
        self.outdated.emit()

    def notice(self, what: ErrorText | str) -> None:
        """Show an error, or a sentence, in the notice bar."""
        self.noticed.emit(what)

    def offer_questions(self, taker: Callable[[Question], bool], *, first: bool = False) -> None:
        """Ask some questions in a place of one's own.

        Args:
            taker: the method of a widget that says True where it took a question; not asked once the widget is gone.
            first: whether it is asked before those that are there.
        """
        self._takers = [kept for kept in self._takers if kept() is not None]
        self._takers.insert(0 if first else len(self._takers), WeakMethod(taker))

    def takes(self, question: Question) -> bool:
        """Hand a question to who asks it in its own place; False where nobody does."""
        there = [(kept, taker) for kept in self._takers if (taker := kept()) is not None and lives(taker)]
        self._takers = [kept for kept, _taker in there]
        return any(taker(question) for _kept, taker in there)

    def question_of(self, job_id: str) -> Question | None:
        """The last question of a job that works."""
        return self._questions.get(job_id)

    def answered(self, job_id: str) -> None:
        """Say that a job's question has its answer."""
        self._questions.pop(job_id, None)
        if self.jobs.is_own(job_id):
            self.jobs.answered(job_id)
        self.jobs_changed.emit()

    def _on_started(self, handle: JobHandle, order: Job) -> None:
        head = self.jobs.started(handle, order)
        self.bridge.ask(read_step_times, head).then(lambda steps: self.jobs.know(head.id, steps))
        self.jobs_changed.emit()

    def _on_told(self, event: Event) -> None:
        if isinstance(event, Question):
            self._questions[event.job_id] = event
        elif isinstance(event, JobEnded):
            self._questions.pop(event.job_id, None)
        if self.jobs.take(clock.now_s(), event):
            self.jobs_changed.emit()
