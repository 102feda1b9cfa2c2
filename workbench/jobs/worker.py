"""The inside of a worker process: does the job that it is sent; after a small one it may get another."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import queue
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from workbench.base.cancel import CancelToken
from workbench.base.errors import Fault
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup
from workbench.jobs.job import Job
from workbench.jobs.outcome import perform

GRACE_S = 2.0
ORPHANED = 75
SMALL_JOB_S = 2.0
OWN_THREADS = 2


@dataclass(frozen=True)
class Order:
    """A job for a worker that is idle."""

    job: Job
    setup: JobSetup


@dataclass(frozen=True)
class Stop:
    """Somebody asks the job to stop."""

    job_id: str
    urgent: bool


@dataclass(frozen=True)
class Answer:
    """The answer to a question of the job."""

    question_id: str
    value: str


@dataclass(frozen=True)
class Told:
    """A message for the job."""

    job_id: str
    message: object


@dataclass(frozen=True)
class Idle:
    """The worker would take another job; without this it ends after its JobEnded."""


@dataclass(frozen=True)
class _Task:
    order: Order
    token: CancelToken = field(default_factory=CancelToken)
    answers: Answers = field(default_factory=Answers)
    messages: queue.SimpleQueue[object] = field(default_factory=queue.SimpleQueue)
    done: threading.Event = field(default_factory=threading.Event)


def serve(connection: Connection, stderr: Path, preload: tuple[str, ...]) -> None:
    """Import ahead what jobs need, wait for orders, carry them out.

    Args:
        connection: orders, stops, answers and messages come in; events go out.
        stderr: the file for all that the process prints; its last lines explain a crash.
        preload: modules to import while nobody waits.
    """
    _redirect_output(stderr)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; only the owner decides
    for name in preload:
        importlib.import_module(name)
    tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, tasks), name="worker's listener", daemon=True).start()
    while (task := tasks.get()) is not None and _do(task, connection):
        connection.send(Idle())


def _do(task: _Task, connection: Connection) -> bool:
    """Do a job; whether this process is as good as new: the job was small, no defect, and left no thread."""
    started_s = time.monotonic()
    context = JobContext(task.order.setup, task.token, task.answers, connection.send, task.messages)
    outcome = perform(task.order.job, context)
    task.done.set()
    healthy = outcome.error is None or outcome.error.fault is not Fault.INTERNAL
    return healthy and time.monotonic() - started_s < SMALL_JOB_S and threading.active_count() == OWN_THREADS


def _listen(connection: Connection, tasks: queue.SimpleQueue[_Task | None]) -> None:
    """Take orders, stops, answers and messages until the owner is gone; a job must not outlive it."""
    task = None
    try:
        while True:
            message = connection.recv()
            if isinstance(message, Order):
                task = _Task(message)
                tasks.put(task)
            elif task is not None:
                _pass_on(task, message)
    except (EOFError, OSError):
        if task is not None:
            _abandon(task)
    finally:
        tasks.put(None)


def _pass_on(task: _Task, message: Stop | Answer | Told) -> None:
    """Hand a message to the job; one for the job before may come late."""
    if isinstance(message, Answer):
        task.answers.give(message.question_id, message.value)
    elif message.job_id != task.order.setup.job_id:
        return
    elif isinstance(message, Told):
        task.messages.put(message.message)
    else:
        _stop(task.token, message.urgent)


def _abandon(task: _Task) -> None:
    _stop(task.token, urgent=True)
    if not task.done.wait(GRACE_S):
        os._exit(ORPHANED)


def _stop(token: CancelToken, urgent: bool) -> None:
    """Pass a request on, as often as it takes; the same one may come twice."""
    while not token.cancelled or (urgent and not token.urgent):
        token.request()


def _redirect_output(stderr: Path) -> None:
    """Send what this process and its libraries print to the file, prints on stdout included."""
    handle = os.open(stderr, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(handle, stream)
    os.close(handle)
    with contextlib.suppress(PermissionError):  # Windows removes no open file: there the owner does it
        stderr.unlink()
    faulthandler.enable(2)
