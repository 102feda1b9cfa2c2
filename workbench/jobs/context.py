"""What a job is handed: how to tell what it does, to ask, and to learn that it shall stop."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, Fault, SlipwayError, UsageError
from workbench.base.events import (
    Event,
    JobEnded,
    Level,
    LogLine,
    Progress,
    Question,
    StepEnded,
    StepStarted,
)
from workbench.jobs.answers import Answers

if TYPE_CHECKING:
    from projects.record_file import Author

PROGRESS_INTERVAL_S = 0.05


@dataclass(frozen=True)
class JobSetup:
    """What a job needs to know of where it works; crosses to a worker process."""

    job_id: str
    interactive: bool
    """Whether somebody is there to answer questions."""
    home: Path
    by: Author


class JobContext:
    """One job's way to the outside; any thread of the job may use it. It is a `Reporter`."""

    def __init__(
        self,
        setup: JobSetup,
        cancel: CancelToken,
        answers: Answers,
        send: Callable[[Event], None],
        messages: queue.SimpleQueue[object] | None = None,
    ) -> None:
        self.cancel = cancel
        self._setup = setup
        self._answers = answers
        self._send = send
        self.messages = queue.SimpleQueue() if messages is None else messages
        """What was told to the job while it works (`JobHandle.tell`), in order; a job that knows none leaves it."""
        # Re-entrant: a listener in this thread may cancel the job, whose clean-up then has something to say.
        self._lock = threading.RLock()
        self._closed = False
        self._step: str | None = None
        self._held_back: Progress | None = None
        self._progress_at = float("-inf")

    @property
    def job_id(self) -> str:
        """The id that all events of this job carry."""
        return self._setup.job_id

    @property
    def home(self) -> Path:
        """Where Slipway keeps the state of its user."""
        return self._setup.home

    @property
    def by(self) -> Author:
        """Who the records of this job are by."""
        return self._setup.by

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer questions."""
        return self._setup.interactive

    def publish(self, event: Event) -> None:
        """Tell one event, in order with all others of this job.

        Raises:
            SlipwayError: the job has ended; nothing comes after its end.
        """
        with self._lock:
            self._flush()
            self._tell(event)

    def step(self, name: str, title: str, reason: str = "") -> None:
        """Begin a step; one that is still open ends first. `reason` says why it is done again."""
        with self._lock:
            self._end_open_step()
            self._step = name
            self.publish(StepStarted(self.job_id, name, title, reason))

    def end_step(self, text: str = "", *, skipped: bool = False) -> None:
        """End the open step: what came out, or why nothing had to be done."""
        with self._lock:
            if self._step is None:
                raise SlipwayError("a job ended a step, but none is open", fault=Fault.INTERNAL)
            step, self._step = self._step, None
            self.publish(StepEnded(self.job_id, step, skipped, text))

    def progress(self, fraction: float | None, text: str) -> None:
        """Say how far the open step is, 0 to 1 or None.

        At most about 20 a second are told; the last one before anything else of the job is always told.
        """
        with self._lock:
            self._held_back = Progress(self.job_id, self._step or "", fraction, text)
            if time.monotonic() - self._progress_at >= PROGRESS_INTERVAL_S:
                self._flush()

    def log(self, level: Level, text: str) -> None:
        """Add a line to the job's log."""
        self.publish(LogLine(self.job_id, level, text))

    def check(self) -> None:
        """Raise Cancelled if somebody asked to stop."""
        self.cancel.check()

    def ask(
        self,
        kind: str,
        text: str,
        choices: Sequence[str] = (),
        flag: str = "",
        *,
        about_board: bool = False,
        about: Mapping[str, str] | None = None,
    ) -> str:
        """Ask a person and wait for the answer; `yes` or `no` for `confirm`.

        Args:
            kind: `confirm`, `secret`, `choice` or `text`.
            text: the question as it is shown.
            choices: what may be answered to a `choice`.
            flag: the option of the command that answers it beforehand.
            about_board: a question about a board; decides the exit code when nobody can be asked.
            about: what the question is about, by name, for whoever shows more than the text.

        Raises:
            Cancelled: the job was stopped instead.
            UsageError, BoardError: nobody is there to be asked.
        """
        if not self.interactive:
            raise _nobody_to_ask(text, choices, flag, about_board)
        question_id = secrets.token_hex(8)
        self.publish(Question(self.job_id, question_id, kind, text, tuple(choices), flag, dict(about or {})))
        return self._answers.wait_for(question_id, self.cancel)

    def close(self, ended: JobEnded) -> None:
        """Tell the job's end, once; afterwards the context takes nothing more."""
        with self._lock:
            if self._closed:
                return
            self._flush()
            self._closed = True
            self._send(ended)

    def end_open_step(self) -> None:
        """End the step that a job left open when it was done."""
        with self._lock:
            self._end_open_step()

    def _end_open_step(self) -> None:
        if self._step is not None:
            self.end_step()

    def _flush(self) -> None:
        if self._held_back is not None:
            progress, self._held_back = self._held_back, None
            self._progress_at = time.monotonic()
            self._tell(progress)

    def _tell(self, event: Event) -> None:
        if self._closed:
            raise SlipwayError(f"a job told {type(event).__name__} after its end", fault=Fault.INTERNAL)
        self._send(event)


def _nobody_to_ask(text: str, choices: Sequence[str], flag: str, about_board: bool) -> SlipwayError:
    allowed = f" ({', '.join(choices)})" if choices else ""
    hint = f"Answer it beforehand with {flag}." if flag else "Do this where somebody can answer: in a terminal."
    kind = BoardError if about_board else UsageError
    return kind(f"nobody is there to answer: {text}{allowed}", hint)
