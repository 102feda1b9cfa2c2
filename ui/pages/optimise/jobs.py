"""What works on candidates just now, and what failed last, by candidate and board; from the events of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.base.events import JobEnded, JobState, Progress, RecordWritten, StepStarted
from workbench.orders.optimise import (
    AddCalibration,
    CompareRuns,
    CountObjects,
    MakeCandidate,
    MakeFirstCandidates,
    RankLayers,
    VerifyCandidate,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ui.desk import Desk
    from workbench.base.events import Event
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

STEPS = {
    "optimise": "making",
    "build": "building",
    "deploy": "installing",
    "frames": "preparing",
    "verify": "measuring",
    "report": "reporting",
    "rank": "ranking",
}
"""What a step of a job is called in a cell."""
WRITING = (AddCalibration, MakeCandidate, MakeFirstCandidates, RankLayers, VerifyCandidate, CountObjects)
"""What leaves something in the project."""
OURS = (*WRITING, CompareRuns)


@dataclass
class Work:
    """One job of this page."""

    job_id: str
    order: Job
    word: str = "queued"
    fraction: float | None = None
    failed: str = ""
    """The first line of its error, once it failed."""

    @property
    def text(self) -> str:
        """`building 34 %`."""
        return self.word if self.fraction is None else f"{self.word} {round(100 * self.fraction)} %"


class OptimiseJobs(QObject):
    """Watches the jobs that this page's orders start, whoever starts them."""

    changed = Signal()
    """A step or a share of one is another one, or a job began or ended."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._working: dict[str, Work] = {}
        self._failed: dict[tuple[str, str], Work] = {}
        desk.bridge.started.connect(self._on_started)
        desk.bridge.told.connect(self._on_told)

    def verifying(self, key: str, board: str) -> Work | None:
        """What builds or measures a candidate on a board."""
        return next((work for work in self._verifications() if self._is_of(work.order, key, board)), None)

    def failure(self, key: str, board: str) -> Work | None:
        """What failed last for a candidate on a board, and was not tried again."""
        return self._failed.get((key, board))

    def making(self) -> Work | None:
        """What makes candidates."""
        return self._first((MakeCandidate, MakeFirstCandidates))

    def ranking(self) -> Work | None:
        """What ranks layers."""
        return self._first((RankLayers,))

    def counting(self) -> Work | None:
        """What counts objects."""
        return self._first((CountObjects,))

    def _verifications(self) -> list[Work]:
        return [work for work in self._working.values() if isinstance(work.order, VerifyCandidate)]

    def _first(self, kinds: tuple[type, ...]) -> Work | None:
        return next((work for work in self._working.values() if isinstance(work.order, kinds)), None)

    def _is_of(self, order: Job, key: str, board: str) -> bool:
        return isinstance(order, VerifyCandidate) and (order.key, order.on_board) == (key, board)

    def _on_started(self, handle: JobHandle, order: Job) -> None:
        if isinstance(order, OURS) and order.project == self._project:
            self._working[handle.id] = Work(handle.id, order)
            if isinstance(order, VerifyCandidate):
                self._failed.pop((order.key, order.on_board), None)
            self.changed.emit()

    def _on_told(self, event: Event) -> None:
        work = self._working.get(event.job_id)
        if work is None:
            return
        if isinstance(event, StepStarted):
            work.word, work.fraction = STEPS.get(event.step, event.step), None
        elif isinstance(event, Progress):
            work.fraction = event.fraction
        elif isinstance(event, RecordWritten):
            self._desk.touch()
        elif isinstance(event, JobEnded):
            self._end(work, event)
        else:
            return
        self.changed.emit()

    def _end(self, work: Work, event: JobEnded) -> None:
        del self._working[work.job_id]
        if event.state is not JobState.CANCELLED and event.error is not None:
            work.failed = event.error.summary
            if isinstance(work.order, VerifyCandidate):
                self._failed[work.order.key, work.order.on_board] = work
            self._desk.notice(event.error)
        if isinstance(work.order, WRITING):
            self._desk.touch()

    @property
    def _project(self) -> Path | None:
        return self._desk.project
