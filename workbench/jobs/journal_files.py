"""The journal's files: which there are, what each says, and which windows still write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError
from workbench.base.events import JobEnded
from workbench.jobs.event_text import MAX_LINE, decode_event
from workbench.jobs.story import JobHead, JobStory

if TYPE_CHECKING:
    from filelock import BaseFileLock

FORMAT = "slipway.job/1"
KEPT_JOBS = 100
MAX_READ_BYTES = 8_000_000


@dataclass(frozen=True)
class Written:
    """A job as its file has it."""

    path: Path
    story: JobStory
    window: str
    order: dict[str, Any] | None


def folder_of(home: Path) -> Path:
    """Where the journal lies."""
    return home / "jobs"


def lock_of(home: Path, window: str) -> BaseFileLock:
    """What a window holds as long as it writes."""
    from filelock import FileLock

    return FileLock(folder_of(home) / f"{window}.lock")


def read_journal(home: Path) -> tuple[Written, ...]:
    """All jobs that were written down, oldest first; those of windows that are gone are interrupted."""
    alive: dict[str, bool] = {}
    return tuple(item for path in _files(home) if (item := _read(home, path, alive)) is not None)


def read_job(home: Path, job_id: str) -> Written:
    """One job.

    Raises:
        UsageError: it was not written down, or cannot be read.
    """
    for path in _files(home):
        if path.stem.endswith(f"-{job_id}"):
            found = _read(home, path, {})
            if found is not None:
                return found
    raise UsageError("this job is not in the journal any more", f"It keeps the last {KEPT_JOBS} jobs.")


def forget(home: Path, job_ids: tuple[str, ...]) -> int:
    """Remove ended jobs from the journal; those that work stay. Returns how many went."""
    gone = 0
    for item in read_journal(home):
        if item.story.head.id in job_ids and not item.story.row(0.0).in_flight:
            item.path.unlink(missing_ok=True)
            gone += 1
    return gone


def step_times(home: Path, kind: str, board: str | None = None, project: str | None = None) -> dict[str, float]:
    """What each step took the last time that a job of this kind did all its work, seconds by name; empty if never.

    Args:
        home: where the state of the user lies.
        kind: which order.
        board: only on this board; any where it is None.
        project: only on this project's folder; any where it is None.
    """
    for item in reversed(read_journal(home)):
        row = item.story.row(0.0)
        elsewhere = board not in {None, row.head.board} or project not in {None, row.head.project}
        if row.head.kind != kind or row.state != "succeeded" or elsewhere:
            continue
        if not any(step.state == "skipped" for step in row.steps):
            return {step.name: step.seconds for step in row.steps if step.seconds is not None}
    return {}


def clear_old(home: Path) -> None:
    """Keep the last jobs, and those that still work; remove locks that nobody holds."""
    alive: dict[str, bool] = {}
    for path in _files(home)[:-KEPT_JOBS]:
        item = _read(home, path, alive)
        if item is None or not item.story.row(0.0).in_flight:
            path.unlink(missing_ok=True)
    for path in folder_of(home).glob("*.lock"):
        _is_alive(home, path.stem, alive)


def _files(home: Path) -> list[Path]:
    return sorted(folder_of(home).glob("*.jsonl"))


def _read(home: Path, path: Path, alive: dict[str, bool]) -> Written | None:
    """None where the file is no journal of ours, or was removed meanwhile."""
    lines = _lines(path)
    header = _header(next(lines, ""))
    if header is None:
        return None
    head, window, order = header
    story, ended = JobStory(head), False
    for line in lines:
        noted = decode_event(line, head.id)
        if noted is not None:
            story.take(noted.at, noted.event)
            ended = isinstance(noted.event, JobEnded)
    if not ended and not _is_alive(home, window, alive):
        story.interrupt()
    return Written(path, story, window, order)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as stream:
            for raw in stream.read(MAX_READ_BYTES).splitlines():
                if len(raw) <= MAX_LINE:
                    yield raw.decode("utf-8", "replace")
    except OSError:
        return


def _header(line: str) -> tuple[JobHead, str, dict[str, Any] | None] | None:
    try:
        value = json.loads(line)
        if value["format"] != FORMAT:
            return None
        order = value["order"]
        head = JobHead(
            id=str(value["id"]),
            title=str(value["title"]),
            board=None if value["board"] is None else str(value["board"]),
            project=None if value["project"] is None else str(value["project"]),
            kind=str(value["kind"]),
            submitted_at=float(value["submitted_at"]),
            can_retry=isinstance(order, dict),
        )
        return head, str(value["window"]), order if isinstance(order, dict) else None
    except (ValueError, KeyError, TypeError):
        return None


def _is_alive(home: Path, window: str, known: dict[str, bool]) -> bool:
    """Whether the window still holds its lock; one that nobody holds is removed."""
    if window not in known:
        known[window] = window.isalnum() and _holds(home, window)
    return known[window]


def _holds(home: Path, window: str) -> bool:
    from filelock import Timeout

    lock = lock_of(home, window)
    path = Path(lock.lock_file)
    if not path.is_file():
        return False
    try:
        with lock.acquire(timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return True
    except OSError:
        return False
    return False
