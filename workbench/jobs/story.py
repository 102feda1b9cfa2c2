"""A job as its panel shows it, made from its events: the same for one that works and for one out of the journal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from workbench.base.events import (
    ErrorText,
    Event,
    JobEnded,
    JobStarted,
    JobState,
    Level,
    LogLine,
    Progress,
    Question,
    RecordWritten,
    StepEnded,
    StepStarted,
    VerdictReached,
)
from workbench.jobs.remaining import RemainingTime

KEPT_LINES = 5_000
INTERRUPTED = "interrupted"
"""The state of a job whose window died; beside the values of JobState."""
IN_FLIGHT = frozenset(state.value for state in (JobState.WAITING, JobState.RUNNING, JobState.CANCELLING))
STATE_TEXT = {
    "waiting": "Queued",
    "running": "Running",
    "cancelling": "Stopping",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
    "lost": "Lost",
    INTERRUPTED: "Interrupted",
}
VERDICT_LEVELS = {"PASS": Level.INFO, "FAIL": Level.ERROR}


@dataclass(frozen=True)
class JobHead:
    """What is known of a job before it says anything."""

    id: str
    title: str
    board: str | None
    project: str | None
    """The folder of its project."""
    kind: str
    """Which order it is, `example:RunExample`; empty where it cannot be named."""
    submitted_at: float
    """Seconds since 1970."""
    can_retry: bool


@dataclass(frozen=True)
class LogEntry:
    """One line of a job's log."""

    at: float
    level: str
    """`info`, `warning` or `error`; `step` where a step begins."""
    text: str


@dataclass(frozen=True)
class StepLine:
    """One step of a job."""

    name: str
    title: str
    state: str
    """`running`, `done`, `skipped`, or `stopped` where the job ended in its middle."""
    text: str
    """What came out, why it was skipped, or how far it is."""
    seconds: float | None
    """None while it works."""
    fraction: float | None = None


@dataclass(frozen=True)
class JobRow:
    """One row of the panel; what is not known is None."""

    head: JobHead
    state: str
    """A value of JobState, or `interrupted`."""
    state_text: str
    step: str
    """What it does, did, or waits for, in words."""
    fraction: float | None
    began_at: float | None
    ended_at: float | None
    elapsed_s: float | None
    left_s: float | None
    left_is_of_step: bool
    """Whether only the end of this step can be said."""
    error: ErrorText | None
    first_error: int | None
    """The line of the log at which it should be opened."""
    lines: int
    steps: tuple[StepLine, ...]
    records: tuple[str, ...]
    """Paths of what it wrote."""
    question: Question | None = None

    @property
    def in_flight(self) -> bool:
        """Whether it has not ended."""
        return self.state in IN_FLIGHT

    @property
    def failed(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state in {"failed", "lost", INTERRUPTED}

    def with_step(self, text: str) -> JobRow:
        """The same with other words for what it does."""
        return replace(self, step=text)


@dataclass
class _Step:
    name: str
    title: str
    began_at: float
    state: str = "running"
    text: str = ""
    seconds: float | None = None
    fraction: float | None = None


@dataclass
class JobStory:
    """Takes a job's events one after another; belongs to one thread."""

    head: JobHead
    state: str = JobState.WAITING.value
    heard_at: float = 0.0
    """When the last event came."""

    def __post_init__(self) -> None:
        self._began_at: float | None = None
        self._end: JobEnded | None = None
        self._steps: list[_Step] = []
        self._log: deque[LogEntry] = deque(maxlen=KEPT_LINES)
        self._dropped = 0
        self._first_error: int | None = None
        self._records: list[str] = []
        self._question: Question | None = None
        self._remaining = RemainingTime()

    def know(self, steps: Mapping[str, float]) -> None:
        """What each step took the last time, in their order."""
        self._remaining.know(steps)

    def take(self, at: float, event: Event) -> None:
        """Take the next event; `at` is when it came, in seconds since 1970."""
        self.heard_at = max(self.heard_at, at)
        if isinstance(event, JobStarted):
            self.state, self._began_at = JobState.RUNNING.value, event.at
        elif isinstance(event, (StepStarted, StepEnded, Progress)):
            self._take_step(at, event)
        elif isinstance(event, LogLine):
            self._note(at, event.level.value, event.text)
        elif isinstance(event, VerdictReached):
            level = VERDICT_LEVELS.get(event.outcome, Level.WARNING)
            self._note(at, level.value, f"{event.requirement}: {event.outcome}. {event.reason}", is_fault=False)
        elif isinstance(event, RecordWritten):
            self._records.append(event.path)
        elif isinstance(event, Question):
            self._question = event
        elif isinstance(event, JobEnded):
            self._take_end(at, event)

    def stopping(self) -> None:
        """Somebody asked it to stop."""
        if self._end is None:
            self.state = JobState.CANCELLING.value

    def answered(self) -> None:
        """Its question was answered."""
        self._question = None

    def interrupt(self) -> None:
        """The process that did it is gone, and it has no end."""
        self.state = INTERRUPTED
        self._stop_step(self.heard_at)
        self._note(self.heard_at, "error", "Slipway ended here, in the middle of this job")

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """The lines, oldest first; at most the last 5,000."""
        return tuple(self._log)

    @property
    def steps(self) -> tuple[tuple[str, float], ...]:
        """Title of each step, and how many seconds after the job's begin it began."""
        began_at = self._began_at
        return (
            () if began_at is None else tuple((step.title, max(0.0, step.began_at - began_at)) for step in self._steps)
        )

    def row(self, now: float) -> JobRow:
        """How it stands; `now` in seconds since 1970."""
        works = self.state in IN_FLIGHT
        left_of_job = self._remaining.of_job(now) if works else None
        left_of_step = self._remaining.of_step(now) if works else None
        return JobRow(
            head=self.head,
            state=self.state,
            state_text=STATE_TEXT[self.state],
            step=self._words(),
            fraction=self._fraction(),
            began_at=self._began_at,
            ended_at=self._ended_at,
            elapsed_s=self._elapsed_s(now),
            left_s=left_of_step if left_of_job is None else left_of_job,
            left_is_of_step=left_of_job is None,
            error=self._end.error if self._end else None,
            first_error=None if self._first_error is None else max(0, self._first_error - self._dropped),
            lines=len(self._log),
            steps=tuple(_line(step) for step in self._steps),
            records=tuple(self._records),
            question=self._question if works else None,
        )

    @property
    def _ended_at(self) -> float | None:
        if self._end is not None:
            return self._end.at
        return self.heard_at if self.state == INTERRUPTED else None

    def _take_step(self, at: float, event: StepStarted | StepEnded | Progress) -> None:
        if isinstance(event, StepStarted):
            self._steps.append(_Step(event.step, event.title, at))
            self._remaining.begin(event.step, at)
            reason = f" ({event.reason})" if event.reason else ""
            self._note(at, "step", event.title + reason)
        elif not self._steps:
            return
        elif isinstance(event, Progress):
            step = self._steps[-1]
            step.text, step.fraction = event.text or step.text, event.fraction
            self._remaining.note(event.fraction, at)
        else:
            step = self._steps[-1]
            step.state, step.text = "skipped" if event.skipped else "done", event.text or step.text
            step.seconds, step.fraction = max(0.0, at - step.began_at), 1.0
            if event.text:
                self._note(at, "info", event.text)

    def _take_end(self, at: float, event: JobEnded) -> None:
        self._end, self.state, self._question = event, event.state.value, None
        self._stop_step(at)
        if event.error is not None and event.state is not JobState.CANCELLED:
            self._note(at, "error", event.error.summary)

    def _stop_step(self, at: float) -> None:
        if self._steps and self._steps[-1].state == "running":
            step = self._steps[-1]
            step.state, step.seconds = "stopped", max(0.0, at - step.began_at)

    def _note(self, at: float, level: str, text: str, *, is_fault: bool = True) -> None:
        if len(self._log) == KEPT_LINES:
            self._dropped += 1
        if level == "error" and is_fault and self._first_error is None:
            self._first_error = self._dropped + len(self._log) - (len(self._log) == KEPT_LINES)
        self._log.append(LogEntry(at, level, text))

    def _words(self) -> str:
        if self.state == INTERRUPTED:
            last = f"{self._steps[-1].title}; " if self._steps else ""
            return f"{last}recorded up to {time.strftime('%H:%M:%S', time.localtime(self.heard_at))}"
        if self._end is not None and self._end.error is not None:
            return self._end.error.summary
        if not self._steps:
            return ""
        step = self._steps[-1]
        if step.state != "running":
            return f"{step.title}: {_short(step.text)}" if step.text else step.title
        return step.text or step.title

    def _fraction(self) -> float | None:
        """Of the step at hand, or of the one in which it ended; between two steps there is none."""
        if self.state == JobState.SUCCEEDED.value:
            return 1.0
        if not self._steps or (self.state not in IN_FLIGHT and self._steps[-1].state != "stopped"):
            return None
        return self._steps[-1].fraction

    def _elapsed_s(self, now: float) -> float | None:
        if self._end is not None:
            return self._end.elapsed_s
        if self._began_at is None:
            return None
        return max(0.0, (now if self.state in IN_FLIGHT else self.heard_at) - self._began_at)


def _line(step: _Step) -> StepLine:
    return StepLine(step.name, step.title, step.state, step.text, step.seconds, step.fraction)


def _short(text: str) -> str:
    """Of a path that a step ended with, its last part."""
    return PurePath(text).name if "/" in text and " " not in text else text
