"""What the Verify page shows: frozen values with their words, and raw numbers beside them where a plot or a sort needs
them; None is not measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASS, FAIL, INCONCLUSIVE, NOT_MEASURED = "PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED"
RUNNING = "RUNNING"
"""Of a row that a job is measuring now; no verdict."""
ORDER = (FAIL, NOT_MEASURED, INCONCLUSIVE, RUNNING, PASS)
"""Worst first."""
STALE = "STALE"
"""In counts, of rows whose verdict does not hold any more, whatever it was."""
WORDS = {
    PASS: "Pass",
    FAIL: "Fail",
    INCONCLUSIVE: "Inconclusive",
    NOT_MEASURED: "Not measured",
    RUNNING: "Running",
}
GOOD, NEAR, BAD, PLAIN, BUSY = "ok", "warn", "err", "plain", "busy"
"""What a colour is for: as wanted, of doubt, not as wanted, only said, works now."""
TONES = {PASS: GOOD, FAIL: BAD, INCONCLUSIVE: NEAR, NOT_MEASURED: PLAIN, RUNNING: BUSY}


@dataclass(frozen=True)
class IntervalBar:
    """Value and interval against the limit, as shares of the bar's width, from 0 to 1; better is further right.

    The limit stands at the same place in each row (`LIMIT_AT`); each row has its own scale.
    """

    value: float
    low: float | None
    """The interval's left end; None where there is no interval."""
    high: float | None
    low_open: bool
    """How far the interval goes to the left is not known."""
    high_open: bool


LIMIT_AT = 0.36


@dataclass(frozen=True)
class RequirementRow:
    """One requirement with what is known of it."""

    id: str
    short_id: str
    """Without the specification's id before it."""
    path: str
    kind: str
    title: str
    phase: str
    """The phase of a run that measures it."""
    limit: float | None
    """In the unit of the value; None where nothing is compared."""
    limit_text: str
    value: float | None
    value_text: str
    """Without its unit."""
    unit_text: str
    interval_text: str
    bar: IntervalBar | None
    bar_text: str
    """In the place of the bar where there is none: `yes or no`."""
    margin: float | None
    """Of the bound that is judged: the share of the limit that it stays inside; negative is outside."""
    margin_text: str
    outcome: str
    """One of `ORDER`."""
    evidence_text: str
    run: str
    """Id of the run that the verdict is of; empty where there is none."""
    run_number: int | None
    created: str
    """Of that run, UTC, ISO 8601 with Z."""
    age_text: str
    stale: str
    """What changed since; empty where nothing did."""
    limit_before: str
    """The limit that the verdict was given by, where the documents ask for another now; else empty."""
    reason: str
    """The verdict in words."""
    way_out: str
    """What would decide or mend it, and how long that takes; empty where it passes."""
    takes_s: float | None
    """About how long the way out takes; None where nobody knows, or where it needs a person."""
    can_decide: bool
    """Whether it can be measured until it is decided."""
    command: str
    """The command that measures it."""
    confirmed: bool = True
    """False for a limit that no person confirmed."""
    fraction: float | None = None
    """How much of its measurement is done, while a job works on it."""

    @property
    def word(self) -> str:
        """The verdict as the chip says it."""
        return WORDS[self.outcome]

    @property
    def tone(self) -> str:
        """What its colour is for."""
        return TONES[self.outcome]


@dataclass(frozen=True)
class Fact:
    """A thing that is known of a run, and what its colour is for."""

    name: str
    text: str
    tone: str = PLAIN
    why: str = ""
    """More of it, for who asks."""


@dataclass(frozen=True)
class Validity:
    """What a run's record knows of how it was measured."""

    word: str
    tone: str
    text: str
    """Why, where the word is none of praise."""
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class RunChoice:
    """A run that the page can show."""

    id: str
    number: int
    title: str
    """`run 3`."""
    text: str
    """Candidate, board, when, and what it is worth."""
    board: str


@dataclass(frozen=True)
class MissingItem:
    """One thing that stands between now and a release."""

    text: str
    how: str
    """What mends it."""
    takes_text: str
    """About how long; empty where nobody knows."""
    takes_s: float | None
    tone: str
    requirement: str = ""
    """Id of the row that it is about."""


@dataclass(frozen=True)
class MissingForRelease:
    """Everything that is missing, in order of blocking, and how long it takes in all."""

    items: tuple[MissingItem, ...]
    text: str


@dataclass(frozen=True)
class VerifyPage:
    """The requirements of a project on one board, or of one run of it."""

    project: str
    title: str
    """What the table shows: `run 3`, or `now`."""
    subtitle: str
    """Candidate, board and when."""
    board: str
    boards: tuple[str, ...]
    """Boards that runs are of, the shown one among them."""
    run: str
    """The run that the page was asked for; empty where it shows what counts now."""
    shown_run: str
    """The run that plots and frames are of; empty where there is none."""
    counts: tuple[tuple[str, int], ...]
    """Outcome, or `STALE`, to how many rows have it, worst first; those with none left out."""
    validity: Validity | None
    """None where nothing was run."""
    rows: tuple[RequirementRow, ...]
    """Worst first, then by the smallest margin."""
    runs: tuple[RunChoice, ...]
    """Newest first."""
    stale: tuple[str, ...]
    """Ids of the rows that are stale."""
    stale_text: str
    """What changed; empty where nothing did."""
    again: str
    """Where all that is stale can be judged again without measuring: what it is judged from; else empty."""
    missing: MissingForRelease
    empty_text: str = ""
    """What to say where nothing was measured."""
    blocked: str = ""
    """Why nothing can be run: what is wrong with the documents, or with a record."""
    mend: str = ""
    """What to do about it."""
    documents_blocked: bool = False
    """Whether it is the documents."""
    command: str = ""
    """What measures everything."""


@dataclass(frozen=True, eq=False)
class LatencyView:
    """Latencies of one pass of a run."""

    run: str
    passed: str
    """`back_to_back` or `paced`."""
    passed_text: str
    passes: tuple[tuple[str, str], ...]
    """All passes: name and words."""
    edges_ms: NDArray[Any]
    """[bins + 1]"""
    counts: NDArray[Any]
    """[bins]; all frames, those beyond the last edge in the last bin."""
    p50_ms: float
    p99_ms: float
    judged_ms: float | None
    """The percentile, mean or maximum that is judged, where the requirement is about this pass."""
    judged_name: str
    lower_ms: float | None
    upper_ms: float | None
    """Of the judged figure; None is open, or not judged."""
    interval_text: str
    limit_ms: float | None
    """None where the limit is too far away to be drawn, or there is none."""
    limit_text: str
    """Always said: `limit 50 ms`, and where it lies if it cannot be drawn."""
    samples_text: str
    """`n 1,500, worth 82`."""
    outcome: str
    seconds: NDArray[Any]
    """[n] seconds of this pass, starts one after the other."""
    p50_each_ms: NDArray[Any]
    p99_each_ms: NDArray[Any]
    """[n] of the frames of that second; NaN where there were none."""
    starts_s: tuple[float, ...]
    """Where each cold start begins."""
    live: bool = False


CAUSES = ("missed_near", "missed", "class_flip", "box_shift")
CAUSE_WORDS = {
    "missed_near": "missed near the threshold",
    "missed": "missed",
    "class_flip": "class flip",
    "box_shift": "box shift",
    "extra": "device only",
}


@dataclass(frozen=True, eq=False)
class WorstFrame:
    """A frame on which device and reference differ most."""

    sample: int
    """Its place in the test set."""
    name: str
    overlap: float | None
    """Mean IoU, what was missed and what is only on the device counted as 0."""
    overlap_text: str
    missed: int
    extra: int
    text: str
    """`1 missed`, `1 extra`, `smallest 0.68`."""
    loss: float
    """What it costs, as a share of the sum that is lost, of the cause that was asked for."""
    thumbnail: NDArray[Any] | None
    """uint8 [h, w, 3], BGR; None where the frame is not here any more."""


@dataclass(frozen=True, eq=False)
class WorstFrames:
    """The worst frames of a run, lowest overlap first."""

    run: str
    frames: tuple[WorstFrame, ...]
    total: int
    """How many frames were compared."""
    cause: str
    """One of `CAUSES`; empty for all."""
    text: str
    """What is said where no frame is bad."""


@dataclass(frozen=True)
class DrawnBox:
    """A detection in pixels of the picture that it comes with."""

    x0: float
    y0: float
    x1: float
    y1: float
    name: str
    """Its class."""
    score: float
    mark: str
    """`matched`, `missed`, `extra`; `reference` boxes are `matched` or `missed`."""
    iou: float | None
    """With its partner; None where it has none."""
    cause: str = ""
    """One of `CAUSES` where it counts less than it should."""


@dataclass(frozen=True, eq=False)
class FramePair:
    """One frame with what both sides found in it."""

    run: str
    sample: int
    name: str
    picture: NDArray[Any] | None
    """uint8 [h, w, 3], BGR."""
    picture_text: str
    """Where the picture is from, or why there is none."""
    first: tuple[DrawnBox, ...]
    second: tuple[DrawnBox, ...]
    first_title: str
    second_title: str
    overlap_text: str
    text: str
    """How many matched, missed, only on the second."""


@dataclass(frozen=True)
class LossCell:
    """Objects of one class in one band of heights."""

    objects: int
    missed: int
    loss: float
    """Share of their overlap that is lost, 0 to 1."""


@dataclass(frozen=True)
class LossBar:
    """Where one run loses overlap; shares of the whole, 0 to 1."""

    run: str
    title: str
    subtitle: str
    parts: tuple[tuple[str, float, int], ...]
    """(cause, share lost, detections), in the order of `CAUSES`."""
    total: float
    total_text: str
    outcome: str


@dataclass(frozen=True)
class Losses:
    """Why the overlap is not whole: by cause, class and height, and with which frames."""

    run: str
    bars: tuple[LossBar, ...]
    """This run first, then the newest of each other candidate on the same frames."""
    allowed: float | None
    """How much may be lost, where the mean is judged."""
    allowed_text: str
    bands: tuple[str, ...]
    """Of heights, in words."""
    classes: tuple[tuple[str, tuple[LossCell | None, ...]], ...]
    """By class, largest loss first; None where no object is in a band."""
    frames: tuple[tuple[str, int], ...]
    """(cause, how many frames have it)."""
    text: str
    """One sentence: what most of the loss is."""


@dataclass(frozen=True)
class Attempt:
    """One run of a requirement, drawn on the scale that all of them share (0 to 1)."""

    run: str
    number: int
    text: str
    """Candidate, and what it counts for."""
    carries: bool
    counts: bool
    """False for a run that is no evidence any more; it is drawn faintly."""
    outcome: str
    value_text: str
    at: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ClassFigure:
    """A figure of one class with its interval."""

    name: str
    value_text: str
    interval_text: str


@dataclass(frozen=True)
class HashLine:
    """A piece of evidence by its sha256."""

    name: str
    text: str
    sha256: str


@dataclass(frozen=True)
class RequirementView:
    """Everything of one requirement."""

    id: str
    title: str
    criterion: str
    """As a sentence."""
    outcome: str
    stale: str
    """Why the verdict does not hold any more; empty where it holds."""
    reason: str
    way_out: str
    judged: tuple[tuple[str, str], ...]
    """How it is judged: name and words."""
    defaults: tuple[str, ...]
    """Sentences for what the documents leave open."""
    verifies: tuple[str, ...]
    source: str
    """Where the limit stands: file and line."""
    attempts: tuple[Attempt, ...]
    """Newest first."""
    limit_at: float | None
    limit_text: str
    classes: tuple[ClassFigure, ...]
    classes_title: str
    evidence: tuple[HashLine, ...]
    evidence_title: str
    figures: tuple[tuple[str, str], ...]
    """What else was measured."""
