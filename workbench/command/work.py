"""Carries out a job for a command: start it, follow it, tell its result."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.base.errors import Fault
from workbench.base.events import ErrorText, JobEnded, JobState
from workbench.command import exit_codes
from workbench.command.console import Console
from workbench.command.follow import follow
from workbench.command.views import View

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job
    from workbench.session import Session


def open_session() -> Session:
    """The session of this call; it takes no thread until a job is started."""
    from workbench.session import Session

    return Session()


def carry_out(
    console: Console,
    job_of: Callable[[Session], Job],
    show: Callable[[Console, Any], int],
    view: View | None = None,
    begun: Callable[[JobHandle], object] | None = None,
) -> int:
    """Do a job in a thread of this process and show its result; returns the exit code.

    Args:
        console: the streams of this call.
        job_of: makes the job, for the settings of the session.
        show: prints the job's result for people and returns the exit code that it stands for.
        view: shows the job while it works; one that fits stderr where it is None.
        begun: told the job once it is started.
    """
    session = open_session()
    try:
        handle = session.start(job_of(session), interactive=console.interactive)
        if begun is not None:
            begun(handle)
        ended = follow(handle, console, view)
        code = conclude(console, ended, show)
    finally:
        stopped = session.close()
    if not stopped:
        leave_at_once(code)
    return code


def conclude(console: Console, ended: JobEnded, show: Callable[[Console, Any], int]) -> int:
    """Tell how a job ended."""
    if ended.state is JobState.SUCCEEDED:
        return console.answer(ended.result, show(console, ended.result))
    error = ended.error or ErrorText(f"the job ended as {ended.state.value}", fault=Fault.INTERNAL)
    return console.fail(error, exit_codes.of_end(ended))


def leave_at_once(code: int) -> None:
    """End this process although a job that would not stop still has a thread: nothing of it may run on."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
