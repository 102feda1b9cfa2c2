"""What a job tells while it works: one closed union of frozen, picklable values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.base.errors import Fault, SlipwayError
from workbench.base.live import LiveBatch, LiveFrame, LiveMark


class JobState(enum.Enum):
    """Where a job stands; the last four are ends, and exactly one of them comes."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


class Level(enum.Enum):
    """How much a line of a job's log matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class ErrorText:
    """A SlipwayError as data, so that it crosses processes and is shown the same everywhere."""

    summary: str
    hint: str = ""
    detail: str = ""
    fault: Fault = Fault.INTERNAL

    @classmethod
    def of(cls, error: SlipwayError) -> ErrorText:
        """The words of an error."""
        return cls(error.summary, error.hint, error.detail, error.fault)


@dataclass(frozen=True)
class JobStarted:
    """The job left the queue and works."""

    job_id: str
    title: str
    at: float
    """Seconds since 1970, UTC; a label, never used to measure."""


@dataclass(frozen=True)
class StepStarted:
    """A named step began; steps follow each other, they do not nest."""

    job_id: str
    step: str
    title: str
    reason: str = ""
    """Why this step is done (again), in words; empty the first time."""


@dataclass(frozen=True)
class StepEnded:
    """A named step is done, or was skipped because nothing changed."""

    job_id: str
    step: str
    skipped: bool
    text: str
    """What came out, or why it was skipped."""


@dataclass(frozen=True)
class Progress:
    """How far the current step is."""

    job_id: str
    step: str
    fraction: float | None
    """0 to 1; None where the end cannot be known."""
    text: str


@dataclass(frozen=True)
class LogLine:
    """One line for the job's log."""

    job_id: str
    level: Level
    text: str


@dataclass(frozen=True)
class LiveValues:
    """Values that arrived from a board: a telemetry sample or a second of latencies."""

    job_id: str
    stream: str
    """`telemetry`; `latency`; `latency_bins`, counts of a run (`workbench.telemetry.latency_bins`); `phase`, which
    phase of a run is measured and how much of it is done; `overlap`, the comparison with the reference so far."""
    mono_s: float
    """The board's monotonic clock, seconds."""
    values: Mapping[str, float | None] = field(default_factory=dict)
    """By name with unit (`cpu_percent`, `latency_p50_us`); None is not measured."""


@dataclass(frozen=True)
class VerdictReached:
    """A requirement got its verdict."""

    job_id: str
    requirement: str
    """The requirement's id."""
    title: str
    outcome: str
    """PASS, FAIL, INCONCLUSIVE or NOT MEASURED."""
    value_text: str
    limit_text: str
    reason: str


@dataclass(frozen=True)
class RecordWritten:
    """A record or a report is on disk."""

    job_id: str
    kind: str
    path: str
    name: str


@dataclass(frozen=True)
class ResultPart:
    """A part of what the job will return, known before its end."""

    job_id: str
    part: str
    """What it is, such as `group` of a ranking."""
    value: object
    """A frozen, picklable value."""


@dataclass(frozen=True)
class Question:
    """Something that only a person can answer; the job waits for `session.answer(question_id, value)`."""

    job_id: str
    question_id: str
    kind: str
    """`confirm`, `secret`, `choice` or `text`."""
    text: str
    choices: tuple[str, ...] = ()
    flag: str = ""
    """The option of the command that answers it beforehand."""
    about: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What it is about, by name, where a window shows more than the text; `subject` says which (`host key`)."""


@dataclass(frozen=True)
class JobEnded:
    """The one end of a job; nothing of this job comes after it."""

    job_id: str
    state: JobState
    at: float
    elapsed_s: float
    text: str = ""
    error: ErrorText | None = None
    result: object = None
    """What the job returned: a frozen, picklable value."""


Event = (
    JobStarted
    | StepStarted
    | StepEnded
    | Progress
    | LogLine
    | LiveValues
    | LiveBatch
    | LiveFrame
    | LiveMark
    | VerdictReached
    | RecordWritten
    | ResultPart
    | Question
    | JobEnded
)
