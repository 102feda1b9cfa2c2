"""The one Run button: starts the main job of the open project on the chosen board, and stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.base.events import JobEnded, JobState
from workbench.orders.example import RunExample
from workbench.orders.optimise import VerifyCandidate
from workbench.orders.run import RunDone, RunOrder
from workbench.orders.verify import VerifyRequirements

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from ui.desk import Desk
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

MAIN = (RunOrder, RunExample, VerifyRequirements, VerifyCandidate)
"""Orders that are a run on a board: there is one at a time, and Shift+F5 stops it, whoever started it."""
WHOLE = (RunOrder, RunExample)
"""Those of which the head says how they ended; a page says it of what it started itself."""
NO_PROJECT = "Open a project first"


class Runner(QObject):
    """Belongs to the window."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._handle: JobHandle | None = None
        self._blocked = ""
        add = desk.actions.add
        self.run_action = add("run.run", "Run verification", self.run, "F5", "play")
        self.quick_action = add(
            "run.quick", "Run quickly, on few frames", lambda: self.run(quick=True), "Ctrl+F5", "zap"
        )
        self.stop_action = add("run.stop", "Stop the run", self.stop, "Shift+F5", "circle-stop")
        desk.project_changed.connect(self._on_change)
        desk.run_asked.connect(lambda quick: self.run(quick=quick))
        desk.bridge.started.connect(self._on_started)
        desk.bridge.ended.connect(self._on_ended)
        self._on_change()

    @property
    def runs(self) -> bool:
        """Whether the main job works."""
        return self._handle is not None

    def runs_on(self, project: Path | None) -> bool:
        """Whether the main job that works is one of this project."""
        order = None if self._handle is None else self._desk.jobs.order(self._handle.id)
        return isinstance(order, MAIN) and order.project == project

    def block(self, why: str) -> None:
        """Switch Run off while the documents have problems; on again where the reason is empty."""
        self._blocked = why
        self._on_change()

    def run(self, *, quick: bool = False) -> None:
        """Start the main job."""
        project = self._desk.project
        if project is None or self._handle is not None or self._blocked:
            return
        self._desk.bridge.start(RunOrder(project, self._desk.board, quick))

    def stop(self) -> None:
        """Ask the run to stop; the second time at once."""
        if self._handle is not None:
            self._desk.jobs.stop(self._handle.id)
            self._desk.jobs_changed.emit()

    def _on_change(self) -> None:
        off = NO_PROJECT if self._desk.project is None else "It runs already" if self.runs else self._blocked
        for action, words in ((self.run_action, "Run verification (F5)"), (self.quick_action, "Run quickly (Ctrl+F5)")):
            action.setEnabled(not off)
            action.setToolTip(off or words)
        self.stop_action.setEnabled(self.runs)

    def _on_started(self, handle: JobHandle, order: Job) -> None:
        """A main job counts however it was started: by Run, by a page, or by Retry of the job panel."""
        if isinstance(order, MAIN) and self._handle is None:
            self._handle = handle
            self._on_change()

    def _on_ended(self, ended: JobEnded) -> None:
        if self._handle is None or ended.job_id != self._handle.id:
            return
        order = self._desk.jobs.order
        ended_order = order(ended.job_id)
        self._handle = next((one for one in self._desk.bridge.running if isinstance(order(one.id), MAIN)), None)
        self._on_change()
        self._desk.touch()
        if not isinstance(ended_order, WHOLE):
            return
        if ended.state is JobState.CANCELLED:
            self._desk.notice("The run was stopped. What it measured is kept, and counts for nothing.")
        elif ended.error is not None and isinstance(ended_order, RunOrder):
            self._desk.notice(ended.error)
        elif isinstance(ended.result, RunDone):
            again = "Nothing changed: an earlier run counts. " if ended.result.reused else ""
            self._desk.notice(f"{again}Run {ended.result.run}: {ended.result.outcome}.")
