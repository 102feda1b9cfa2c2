"""What the jobs panel reads of the journal: rows, a log, an order to give again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base import clock
from workbench.base.events import ErrorText
from workbench.jobs.story import JobHead, JobRow, LogEntry

if TYPE_CHECKING:
    from workbench.jobs.job import Job
    from workbench.session import Session


@dataclass(frozen=True)
class JobLog:
    """A job's log, whole."""

    head: JobHead
    entries: tuple[LogEntry, ...]
    first_error: int | None
    """The line at which it should be opened; None where nothing went wrong."""
    error: ErrorText | None


def read_jobs(session: Session) -> tuple[JobRow, ...]:
    """All jobs of the journal, oldest first: of windows of before, and of other windows of this user."""
    from workbench.jobs.journal_files import read_journal

    now = clock.now_s()
    return tuple(item.story.row(now) for item in read_journal(session.home))


def read_log(session: Session, job_id: str) -> JobLog:
    """The log of a job of the journal.

    Raises:
        UsageError: it is not there any more.
    """
    from workbench.jobs.journal_files import read_job

    story = read_job(session.home, job_id).story
    row = story.row(clock.now_s())
    return JobLog(row.head, story.log, row.first_error, row.error)


def read_order(session: Session, job_id: str) -> Job:
    """What a job of the journal was told to do, to be started again.

    Raises:
        UsageError: it is not there any more, or cannot be given again.
    """
    from workbench.jobs.journal_files import read_job
    from workbench.jobs.order_text import decode_order

    return decode_order(read_job(session.home, job_id).order)


def read_step_times(session: Session, head: JobHead) -> dict[str, float]:
    """What each step took the last time that such a job did all its work, seconds by name; empty if never."""
    from workbench.jobs.journal_files import step_times

    return step_times(session.home, head.kind, head.board, head.project)


def forget_jobs(session: Session, job_ids: tuple[str, ...]) -> int:
    """Remove ended jobs from the journal; returns how many went."""
    from workbench.jobs.journal_files import forget

    return forget(session.home, job_ids)
