"""What the Optimise page shows, as values: candidates, the plot of them, what they are made of, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.views.facts import FactGroup

PASS, FAIL, INCONCLUSIVE, NOT_MEASURED = "PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED"
MODEL_KEY = "model"
"""The key of the row of the model itself."""


@dataclass(frozen=True)
class Cell:
    """One figure of one candidate."""

    value: float | None = None
    """In the unit of its column; None is not measured."""
    text: str = ""
    """As it is shown: the number without its unit, or a word such as `reference` or `not measured`."""
    low: float | None = None
    """Lower end of its interval; None is open, or no interval is known."""
    high: float | None = None
    interval: str = ""
    """The interval for reading; empty where none is known."""
    outcome: str = ""
    """What its limit says: PASS, FAIL, INCONCLUSIVE; empty where there is no limit, or nothing was measured."""
    stale: str = ""
    """Why it does not hold any more, in words; empty where it does."""
    why: str = ""
    """Where it comes from, or why it is not there, as a sentence."""


@dataclass(frozen=True)
class BoardCell:
    """The speed of one candidate on one board."""

    board: str
    p99: Cell
    """ms; the statistic that the documents judge."""
    p50: Cell
    """ms."""
    run: str = ""
    """The run that measured it; empty where none did."""
    engine: str = ""
    """The newest engine built for it there, in words; empty where there is none."""
    engine_bytes: int | None = None
    peak: Cell = Cell(text="not measured")
    """Peak memory, MB."""


@dataclass(frozen=True)
class ClassRow:
    """Accuracy on one class, of the model and of the candidate."""

    name: str
    reference: float | None
    device: float | None
    change: float | None
    reference_text: str
    device_text: str
    change_text: str


@dataclass(frozen=True)
class CandidateRow:
    """One candidate, or the model that they are all made from."""

    key: str
    """`model`, or the record's id."""
    name: str
    """As commands take it; of two with the same name the older one has the beginning of its sha256 behind it."""
    recipe: str
    """How it was made, in words."""
    precision: str
    """`fp32`, `fp16` or `int8`."""
    parent: str
    """Key of the row that it derives from; empty for the model."""
    depth: int
    sha256: str
    size_bytes: int
    size_text: str
    """Without its unit, which is MB."""
    error: Cell
    """dB, of the outputs' part that is farthest off."""
    map50: Cell
    iou: Cell
    speeds: tuple[BoardCell, ...]
    """One a board, in the order of the page's boards."""
    outcome: str
    """The worst of what its limits say; NOT MEASURED where one of them was measured on no board."""
    outcome_text: str
    """`Fails`, `Inconclusive`, `Passes` or `Not measured`."""
    reason: str
    """Which limits, and where."""
    stale: str
    """Why it is not what the documents' model and frames would give; empty where it is."""
    stale_text: str
    """The same in a few words, for a cell."""
    is_wanted: bool
    """Whether the documents ask for it."""
    is_replaced: bool
    """Whether a newer one was made by the same recipe from the same model."""
    is_here: bool
    """Whether its bytes are in this copy of the project."""
    command: str
    """The command line that makes the same; empty for the model."""
    made: str
    """When and by whom, in words; empty for the model."""
    classes: tuple[ClassRow, ...]
    classes_text: str
    """Of which run and how many frames; empty where there are none."""
    facts: tuple[FactGroup, ...]
    kept: tuple[str, ...] = ()
    """Entries of its keep-list."""
    kept_nodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit:
    """A limit that candidates are judged by."""

    kind: str
    """`accuracy`, `detection_iou` or `latency`."""
    id: str
    name: str
    """As columns have it: `mAP50`, `IoU`, `Latency p99`."""
    value: float
    """In the unit of the column."""
    text: str
    """`≥ 0.95`, `≤ 50 ms`."""


@dataclass(frozen=True)
class BoardColumn:
    """A board that this user knows, or that a run of this project was on."""

    name: str
    kind: str
    """`local`, `ssh`, or empty for one that is not known any more."""
    trouble: str = ""
    """Why it cannot be used now, in words: `unreachable since 14:02`; empty where nobody knows of any trouble."""


@dataclass(frozen=True)
class Point:
    """A candidate in the plot of one board."""

    key: str
    name: str
    x: float
    """Latency, ms."""
    x_low: float | None
    x_high: float | None
    y: float
    y_low: float | None
    y_high: float | None
    breaks: bool
    """Whether it breaks one of both limits."""
    dominated_by: str
    """Name of a candidate that is both faster and better; empty where there is none."""
    stale: bool


@dataclass(frozen=True)
class Plot:
    """Candidates of one board by latency and accuracy."""

    board: str
    y_name: str
    """`mAP50` or `IoU`."""
    points: tuple[Point, ...]
    front: tuple[tuple[float, float], ...]
    """Corners of the line below which no candidate is both faster and better, from left to right."""
    x_limit: Limit | None
    y_limit: Limit | None
    empty: str
    """Why there is no point, and what would give one; empty where there are some."""


@dataclass(frozen=True)
class Candidates:
    """The page."""

    project: str
    rows: tuple[CandidateRow, ...]
    """The model first, each before what derives from it."""
    boards: tuple[BoardColumn, ...]
    usual_board: str
    limits: tuple[Limit, ...]
    plots: tuple[Plot, ...]
    """Of each board, by mAP50 where there are labels, and by IoU."""
    statistic: str
    """Of the latency: `p99`."""
    map_name: str
    """`mAP50` or another; empty where there are no labels."""
    judged_by: str
    """What the last column judges, in words."""
    has_calibration: bool
    has_frames: bool
    replaced: tuple[str, ...]
    """Names of the replaced candidates."""
    precision: str
    """What the documents ask for."""
    keep: tuple[str, ...]
    method: str
    methods: tuple[str, ...]
    """Ways to measure INT8 ranges."""


@dataclass(frozen=True)
class Estimates:
    """About how long the first steps take, from one frame through the model on this machine."""

    make_text: str
    """Of fp16 and int8 together."""
    rank_text: str


@dataclass(frozen=True)
class Selected:
    """What the documents ask for now."""

    name: str
    text: str
    """Which values of deployment.yaml changed, in words."""
