"""Every job of a window, written down as it goes, so that the next window knows of it; one file a job.

`SLIPWAY_HOME/jobs/<time>-<job>.jsonl` has a header line and then one line an event. Only the window that started a job
writes its file, and holds a lock meanwhile, so that others can tell whether it still works.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from workbench.base.events import Event, JobEnded, Level, LogLine, Progress
from workbench.jobs.event_text import encode_event
from workbench.jobs.journal_files import FORMAT, clear_old, folder_of, lock_of
from workbench.jobs.order_text import encode_order, order_name
from workbench.jobs.story import JobHead

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

MAX_BYTES = 2_000_000
"""Of a job's file; what comes after is counted, its end is always written."""
PROGRESS_EVERY_S = 1.0
LOCK_S = 2.0


@dataclass(frozen=True)
class _Opened:
    head: JobHead
    header: str


@dataclass(frozen=True)
class _Told:
    job_id: str
    at: float
    event: Event


class Journal:
    """Writes from a thread of its own, which the first job starts; `watch` and `close` belong to one thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._window = secrets.token_hex(8)
        self._told: queue.SimpleQueue[_Opened | _Told | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.problem = ""
        """Why jobs are not written down, where they are not."""

    def watch(self, handle: JobHandle, order: Job) -> JobHead:
        """Write down a job that was just started; returns what is known of it."""
        value = encode_order(order)
        project = getattr(order, "project", None)
        head = JobHead(
            id=handle.id,
            title=handle.title,
            board=order.board,
            project=None if project is None else str(project),
            kind=order_name(order),
            submitted_at=time.time(),
            can_retry=value is not None,
        )
        header = {"format": FORMAT, "window": self._window, "order": value, **_head_fields(head)}
        self._told.put(_Opened(head, json.dumps(header, ensure_ascii=False)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_all, name="jobs' journal", daemon=True)
            self._thread.start()
        handle.subscribe(lambda event: self._told.put(_Told(handle.id, time.time(), event)))
        return head

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is left."""
        if self._thread is not None:
            self._told.put(None)
            self._thread.join(timeout_s)

    def _write_all(self) -> None:
        files: dict[str, _JobFile] = {}
        lock = lock_of(self._home, self._window)
        try:
            self._begin(lock)
            while (item := self._told.get()) is not None:
                self._write(item, files)
        finally:
            for file in files.values():
                file.close()
            if lock.is_locked:
                lock.release()
                Path(lock.lock_file).unlink(missing_ok=True)

    def _begin(self, lock: BaseFileLock) -> None:
        try:
            folder_of(self._home).mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=LOCK_S)
            clear_old(self._home)
        except OSError as error:
            self.problem = f"jobs are not written down: {error.strerror or error}"

    def _write(self, item: _Opened | _Told, files: dict[str, _JobFile]) -> None:
        try:
            if isinstance(item, _Opened):
                files[item.head.id] = _JobFile(self._home, item)
                self.problem = ""
            elif item.job_id in files:
                files[item.job_id].take(item)
                if isinstance(item.event, JobEnded):
                    files.pop(item.job_id).close()
        except OSError as error:
            self.problem = f"jobs are not written down: {error.strerror or error}"


class _JobFile:
    """One job's file, open for appending."""

    def __init__(self, home: Path, opened: _Opened) -> None:
        stamp = datetime.fromtimestamp(opened.head.submitted_at, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
        path = folder_of(home) / f"{stamp}Z-{opened.head.id}.jsonl"
        self._stream: BinaryIO = path.open("ab")
        self._bytes = 0
        self._left_out = 0
        self._held_back: _Told | None = None
        self._progress_at = 0.0
        self._append(opened.header)

    def take(self, told: _Told) -> None:
        """Write an event; of progress about one a second, and the last one before anything else."""
        if isinstance(told.event, Progress):
            self._held_back = told
            if told.at - self._progress_at < PROGRESS_EVERY_S:
                return
        self._flush_progress()
        if not isinstance(told.event, Progress):
            self._write(told)
        if isinstance(told.event, JobEnded):
            os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Nothing more comes."""
        self._flush_progress()
        self._stream.close()

    def _flush_progress(self) -> None:
        if self._held_back is not None:
            told, self._held_back = self._held_back, None
            self._progress_at = told.at
            self._write(told)

    def _write(self, told: _Told) -> None:
        if self._bytes > MAX_BYTES and not isinstance(told.event, JobEnded):
            self._left_out += isinstance(told.event, LogLine)
            return
        if self._left_out and isinstance(told.event, JobEnded):
            text = f"{self._left_out} lines of this log were left out: it had grown too long"
            line = encode_event(told.at, LogLine(told.job_id, Level.WARNING, text))
            self._append(line or "")
        line = encode_event(told.at, told.event)
        if line is not None:
            self._append(line)

    def _append(self, line: str) -> None:
        data = (line + "\n").encode("utf-8", "backslashreplace")
        self._stream.write(data)
        self._stream.flush()
        self._bytes += len(data)


def _head_fields(head: JobHead) -> dict[str, object]:
    return {name: getattr(head, name) for name in ("id", "title", "board", "project", "kind", "submitted_at")}
