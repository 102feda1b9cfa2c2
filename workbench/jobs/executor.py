"""What carries jobs out: the promise, and what threads and processes have in common."""

from __future__ import annotations

import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import Fault, SlipwayError
from workbench.jobs.context import JobSetup
from workbench.jobs.handle import JobHandle
from workbench.jobs.job import Job
from workbench.jobs.outcome import outcome_of
from workbench.jobs.turns import Turns

if TYPE_CHECKING:
    from projects.record_file import Author

FORCE_AFTER_S = 2.0
CLOSE_TIMEOUT_S = 10.0
LEFT_BEHIND_S = 0.3


class Executor(Protocol):
    """Carries jobs out, away from the thread that submits them."""

    def submit(self, job: Job, *, interactive: bool) -> JobHandle:
        """Start a job, or line it up behind the one that changes the same board."""

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Stop what still works, cleanly at first, and let go of threads and processes; False if one stayed."""


class ThreadPerJob(ABC):
    """An executor with one thread of this process for each job: to do it, or to look after its worker."""

    def __init__(self, home: Path, by: Author, *, slots: int | None = None, force_after_s: float = FORCE_AFTER_S):
        """Make an executor that does nothing yet.

        Args:
            home: where Slipway keeps the state of its user.
            by: who the records are by.
            slots: how many jobs work at the same time; the others wait. None is as many as there are.
            force_after_s: how long a job that was asked to stop at once may take.
        """
        self._home = home
        self._by = by
        self._force_after_s = force_after_s
        self._turns = Turns(slots)
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, JobHandle] = {}
        self._left_behind: set[str] = set()
        """Jobs that ended while their thread works on."""
        self._closed = False

    def submit(self, job: Job, *, interactive: bool) -> JobHandle:
        """Start a job, or line it up behind the one that changes the same board."""
        handle = JobHandle(secrets.token_hex(8), job.title)
        setup = JobSetup(handle.id, interactive, self._home, self._by)
        thread = threading.Thread(target=self._drive, args=(job, handle, setup), name=f"job {handle.id}", daemon=True)
        with self._lock:
            if self._closed:
                raise SlipwayError("jobs are not taken any more: Slipway is closing", fault=Fault.INTERNAL)
            self._open[thread] = handle
            thread.start()
        return handle

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Stop what still works, cleanly at first, and let go of threads and processes; False if one stayed."""
        with self._lock:
            self._closed = True
            working = dict(self._open)
        for wait_s in (timeout_s, self._force_after_s + 1.0):
            for thread, handle in working.items():
                if thread.is_alive():
                    handle.cancel()
            deadline = Deadline(wait_s)
            for thread, handle in working.items():
                thread.join(LEFT_BEHIND_S if handle.id in self._left_behind else deadline.remaining_s)
        return not any(thread.is_alive() for thread in working)

    @abstractmethod
    def _work(self, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        """Do a job whose turn it is, up to its JobEnded."""

    @abstractmethod
    def _force(self, handle: JobHandle) -> None:
        """End a job that did not stop in time."""

    def _drive(self, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        watchdog = _Watchdog(handle.token, lambda: self._force(handle), self._force_after_s)
        try:
            handle.end(outcome_of(lambda: self._in_turn(job, handle, setup)))
        finally:
            watchdog.dismiss()
            with self._lock:
                del self._open[threading.current_thread()]

    def _in_turn(self, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        with self._turns.turn(job.board, handle.token):
            self._work(job, handle, setup)
        if handle.ended is None:
            raise SlipwayError(f"{job.title} ended without saying how", fault=Fault.INTERNAL)


class _Watchdog:
    """Uses force on a job that was asked to stop at once and did not."""

    def __init__(self, token: CancelToken, force: Callable[[], None], after_s: float) -> None:
        self._token = token
        self._lock = threading.Lock()
        self._timer = threading.Timer(after_s, force)
        self._timer.daemon = True
        self._forget = token.on_request(self._look)

    def dismiss(self) -> None:
        """The job has ended."""
        self._forget()
        self._timer.cancel()

    def _look(self) -> None:
        with self._lock:
            if self._token.urgent and self._timer.ident is None:
                self._timer.start()
