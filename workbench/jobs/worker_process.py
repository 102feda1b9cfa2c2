"""The outside of a worker process: start it, send it a job, read its events, explain its death."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, SlipwayError
from workbench.base.events import Event, JobEnded
from workbench.jobs.context import JobSetup
from workbench.jobs.job import Job
from workbench.jobs.worker import Answer, Idle, Order, Stop, Told, serve

EXIT_TIMEOUT_S = 5.0
TAIL_BYTES = 16_384
TAIL_LINES = 40


class WorkerProcess:
    """A Python process that does one job at a time. `events` belongs to one thread, the rest to any."""

    def __init__(self, preload: tuple[str, ...] = ()) -> None:
        context = multiprocessing.get_context("spawn")
        handle, name = tempfile.mkstemp(prefix="slipway-worker-", suffix=".stderr")
        self._stderr = os.fdopen(handle, "rb")
        self._stderr_path = Path(name)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, self._stderr_path, preload), name="slipway job worker"
        )
        self._sending = threading.Lock()
        self._process.start()
        theirs.close()  # the worker's end lives in the worker alone, so that its death is the end of the stream
        self._pid = self._process.pid
        self._killed = False
        self._job_id = ""
        self._stderr_from = 0

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def order(self, job: Job, setup: JobSetup) -> None:
        """Send the job; a worker that is dead says so in `events`."""
        self._job_id = setup.job_id
        self._stderr_from = self._stderr.seek(0, os.SEEK_END)
        self._send(Order(job, setup))

    def answer(self, question_id: str, value: str) -> None:
        """Send the answer to a question."""
        self._send(Answer(question_id, value))

    def tell(self, message: object) -> None:
        """Send the job a message."""
        self._send(Told(self._job_id, message))

    def pass_on(self, token: CancelToken) -> None:
        """Send the requests to stop that have been made so far."""
        if token.cancelled:
            self._send(Stop(self._job_id, token.urgent))

    def kill(self) -> None:
        """End the process at once."""
        self._killed = True
        self._process.kill()

    def events(self) -> Iterator[Event]:
        """The events of the job, up to its JobEnded.

        Raises:
            Cancelled: it was killed because it would not stop.
            SlipwayError: the process died.
        """
        while True:
            try:
                event: Event = self._connection.recv()
            except (EOFError, OSError) as error:
                raise self._death() from error
            yield event
            if isinstance(event, JobEnded):
                return

    def is_idle(self) -> bool:
        """After a JobEnded: whether the process takes another job; it says so at once, or ends."""
        try:
            return self._connection.poll(EXIT_TIMEOUT_S) and isinstance(self._connection.recv(), Idle)
        except (EOFError, OSError):
            return False

    def close(self) -> None:
        """Let the process end, by force where it does not, and remove what it left."""
        with self._sending:
            self._connection.close()
        self._process.join(EXIT_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._stderr.close()
        self._stderr_path.unlink(missing_ok=True)

    def _send(self, message: Order | Answer | Stop | Told) -> None:
        with self._sending, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if not self._connection.closed:
                self._connection.send(message)

    def _death(self) -> SlipwayError:
        self._process.join(EXIT_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        if self._killed:
            return Cancelled("stopped by force: the job did not stop by itself", detail=self._last_lines())
        return _explain_death(self._process.exitcode, self._last_lines())

    def _last_lines(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(self._stderr_from, size - TAIL_BYTES))
        lines = self._stderr.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


def _explain_death(exit_code: int | None, last_lines: str) -> SlipwayError:
    detail = f"last lines of the process:\n{last_lines}" if last_lines else "the process printed nothing"
    if exit_code is None or exit_code >= 0:
        summary = f"the process of this job ended in its middle, with exit code {exit_code}"
        return SlipwayError(summary, "Try again; the lines below say what it did last.", detail)
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = "Try again; the lines below say what it did last."
    if name == "SIGKILL":
        hint = "Somebody killed it, or the machine ran out of memory (see its system log). Try again."
    return SlipwayError(f"the process of this job was ended by {name}", hint, detail)
