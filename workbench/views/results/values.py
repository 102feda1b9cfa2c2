"""What the Results tab shows: frozen values with their words; None is not measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.views.verify.values import DrawnBox, IntervalBar, WorstFrame

__all__ = ["DrawnBox", "IntervalBar", "WorstFrame"]


@dataclass(frozen=True)
class Figure:
    """A number of a run."""

    value: float | None
    text: str
    """With as many digits as it is worth; an en dash where it was not measured."""
    breaks: bool = False
    """Whether its requirement failed in this run."""


NOT_THERE = Figure(None, "–")


@dataclass(frozen=True)
class RunLine:
    """One run, or the gap where one was."""

    run: str
    """Its id; empty for a gap."""
    number: int
    created: str
    started_text: str
    model: str = ""
    candidate: str = ""
    precision: str = ""
    board: str = ""
    mode: str = ""
    """The board's power mode, such as `25W`; empty where it has none."""
    kind: str = ""
    """What was asked for: `all`, `quick`, `latency until decided`."""
    word: str = ""
    """What it is worth: `Counts`, `Stale`, `Quick`, `Stopped`, `Not finished`, `Missing`."""
    tone: str = "plain"
    why: str = ""
    void: bool = False
    """Whether its values are never used: it did not end, or cannot be read."""
    verdicts: tuple[tuple[str, int], ...] = ()
    """Outcome to how many, in the order of `ORDER`; empty where it has none."""
    outcome: str = ""
    p50_ms: Figure = NOT_THERE
    p99_ms: Figure = NOT_THERE
    throughput_fps: Figure = NOT_THERE
    memory_mb: Figure = NOT_THERE
    iou: Figure = NOT_THERE
    map50: Figure = NOT_THERE
    open_ids: tuple[str, ...] = ()
    """Requirements that do not pass, as `fail latency`."""
    text: str = ""
    """Everything that a bare word of the filter looks in, in lower case."""


@dataclass(frozen=True)
class Facet:
    """One column that can be filtered by its values."""

    name: str
    title: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ResultsPage:
    """All runs of a project, newest first."""

    project: str
    lines: tuple[RunLine, ...]
    facets: tuple[Facet, ...]
    boards: tuple[str, ...]
    text: str
    """`42 runs, 4 boards`."""
    empty_text: str = ""


@dataclass(frozen=True)
class Filter:
    """What is shown of all runs."""

    text: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    """(facet, value)"""


@dataclass(frozen=True)
class Filtered:
    """What a filter left."""

    lines: tuple[RunLine, ...]
    text: str
    """`13 of 42 runs`."""
    problem: str = ""
    """What of the filter cannot be understood."""
    drop: str = ""
    """Where nothing is left: the part without which something would be."""
    drop_to: Filter | None = None


@dataclass(frozen=True)
class MatrixCell:
    """A requirement on a board."""

    outcome: str
    word: str
    value_text: str
    stale: str
    run: str
    run_number: int | None
    text: str
    """Why, for the inspector."""


@dataclass(frozen=True)
class MatrixBoard:
    """A board and what may be said of it."""

    name: str
    text: str
    """The run that counts: `run 3, int8`."""
    answer: str
    """`Yes`, `No`, `Not yet`, `Not known`."""
    tone: str
    why: str


@dataclass(frozen=True)
class Matrix:
    """Requirement by board, with the newest run that counts."""

    title: str
    boards: tuple[MatrixBoard, ...]
    rows: tuple[tuple[str, str, str, tuple[MatrixCell, ...]], ...]
    """(id, short id, criterion and limit, one cell a board)"""
    empty_text: str = ""


@dataclass(frozen=True)
class ComparedLine:
    """One requirement in two runs; the difference is A less B."""

    title: str
    unit: str
    a_text: str
    b_text: str
    difference_text: str
    interval_text: str
    verdict: str
    """`different, better`, `different, worse`, `different`, `not shown different`, `the same`, `cannot be said`."""
    tone: str
    bar: IntervalBar | None
    """Better is to the right; `ZERO_AT` is no difference."""
    basis: str
    text: str


ZERO_AT = 0.5


@dataclass(frozen=True)
class ComparedRuns:
    """Two runs compared."""

    a: str
    b: str
    title: str
    lines: tuple[ComparedLine, ...]
    comparable: bool
    """Whether figures of speed and cost are of the same kind of board in the same mode."""
    checks: tuple[tuple[str, bool], ...]
    """What is the same, and what is not: `same board`, True."""
    note: str
    changed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Disagreements:
    """Frames on which the devices of two runs disagree most."""

    a: str
    b: str
    frames: tuple[WorstFrame, ...] = field(default_factory=tuple)
    total: int = 0
    """Frames that both compared."""
    text: str = ""
