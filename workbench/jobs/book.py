"""All jobs that a window knows: those that it started, as they go, and those of the journal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.base.events import Event, JobEnded, JobState, StepStarted
from workbench.jobs.story import JobRow, JobStory, LogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job
    from workbench.jobs.journal import Journal
    from workbench.jobs.story import JobHead

WAITING = JobState.WAITING.value


class JobBook:
    """Belongs to one thread, the window's; does no input or output of its own."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._own: dict[str, JobStory] = {}
        self._handles: dict[str, JobHandle] = {}
        self._orders: dict[str, Job] = {}
        self._recorded: dict[str, JobRow] = {}

    def started(self, handle: JobHandle, order: Job) -> JobHead:
        """A job was started: it is written down, and its events are to come to `take`."""
        head = self._journal.watch(handle, order)
        self._own[head.id] = JobStory(head)
        self._handles[head.id] = handle
        self._orders[head.id] = order
        return head

    def know(self, job_id: str, steps: Mapping[str, float]) -> None:
        """What each step of such a job took the last time, so that its time left can be said."""
        if job_id in self._own:
            self._own[job_id].know(steps)

    def take(self, at: float, event: Event) -> bool:
        """One event of a job of this window; whether the list changed in more than its figures."""
        story = self._own.get(event.job_id)
        if story is None:
            return False
        before = story.state
        story.take(at, event)
        if isinstance(event, JobEnded):
            self._handles.pop(event.job_id, None)
        return story.state != before or isinstance(event, StepStarted)

    def recorded(self, rows: Iterable[JobRow]) -> None:
        """What the journal says of jobs of before, and of other windows."""
        self._recorded = {row.head.id: row for row in rows if row.head.id not in self._own}

    def stop(self, job_id: str) -> bool:
        """Ask a job of this window to stop; the second time at once. False where it is not ours or has ended."""
        handle = self._handles.get(job_id)
        if handle is None:
            return False
        self._own[job_id].stopping()
        handle.cancel()
        return True

    def answered(self, job_id: str) -> None:
        """The question of a job was answered."""
        self._own[job_id].answered()

    def is_own(self, job_id: str) -> bool:
        """Whether this window started it: only those can be stopped here."""
        return job_id in self._own

    def order(self, job_id: str) -> Job | None:
        """What a job of this window was told to do; one of the journal is to be asked from there."""
        return self._orders.get(job_id)

    def log(self, job_id: str) -> tuple[LogEntry, ...] | None:
        """The lines of a job of this window; None for one of the journal."""
        story = self._own.get(job_id)
        return None if story is None else story.log

    def steps(self, job_id: str) -> tuple[tuple[str, float], ...]:
        """Steps of a job of this window as they began: title, and seconds since the job began."""
        story = self._own.get(job_id)
        return () if story is None else story.steps

    def drop(self, job_ids: Iterable[str]) -> None:
        """Take ended jobs off the list."""
        for job_id in job_ids:
            story = self._own.get(job_id)
            if story is not None and story.row(0.0).in_flight:
                continue
            self._own.pop(job_id, None)
            self._orders.pop(job_id, None)
            self._recorded.pop(job_id, None)

    def close(self) -> None:
        """Write down what is left."""
        self._journal.close()

    @property
    def problem(self) -> str:
        """Why jobs are not written down, where they are not."""
        return self._journal.problem

    def rows(self, now: float) -> tuple[JobRow, ...]:
        """Those that work in the order of their start, then those that ended, the newest first."""
        rows = [story.row(now) for story in self._own.values()] + list(self._recorded.values())
        working = sorted((row for row in rows if row.in_flight), key=lambda row: row.head.submitted_at)
        ended = sorted((row for row in rows if not row.in_flight), key=lambda row: -(row.ended_at or 0.0))
        return tuple(self._say_what_it_waits_for(row, working) for row in working) + tuple(ended)

    def working(self) -> tuple[JobRow, ...]:
        """Those of this window that have not ended."""
        rows = (story.row(0.0) for story in self._own.values())
        return tuple(row for row in rows if row.in_flight)

    def _say_what_it_waits_for(self, row: JobRow, working: list[JobRow]) -> JobRow:
        if row.state != WAITING:
            return row
        board = row.head.board
        ahead = [other for other in working if other.head.board == board and other.head.id != row.head.id]
        first = next((other for other in ahead if other.head.submitted_at <= row.head.submitted_at), None)
        text = f"waits for {first.head.title}" if board and first else "waits for its turn"
        return row.with_step(text)


def summary_of(rows: Iterable[JobRow]) -> str:
    """`2 running, 1 queued`; empty where nothing works."""
    states = [row.state for row in rows if row.in_flight]
    queued = states.count(WAITING)
    running = len(states) - queued
    return ", ".join(part for part in (f"{running} running" * bool(running), f"{queued} queued" * bool(queued)) if part)
