"""What the Live page asks: what can be played, with which budgets; and a finished run, to be looked through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.base.live import LiveBox, Tile
    from workbench.live.figures import Budget
    from workbench.session import Session
    from workbench.telemetry.live_feed import SeenTable

OVERVIEW_COLUMNS = 2000
"""Points of a channel's overview at most; a run of a day has 86,400 seconds."""


@dataclass(frozen=True)
class PlayChoice:
    """One thing that a live order may name."""

    value: str
    """What the order takes."""
    label: str
    text: str
    """A second line."""
    board: str = ""
    """The board that it is for; empty where it is for all."""
    problem: str = ""
    """Why it cannot be played now, with what to do; empty where it can."""


@dataclass(frozen=True)
class LiveChoices:
    """Everything that can be chosen before Play; the first of each is the usual one."""

    boards: tuple[PlayChoice, ...]
    engines: tuple[PlayChoice, ...]
    """Engines and installed releases."""
    sources: tuple[PlayChoice, ...]
    rates: tuple[PlayChoice, ...]
    board: str
    """The one that the documents name, else this machine."""
    confidence: float
    least_confidence: float
    most_confidence: float
    telemetry_hz: float
    classes: tuple[str, ...]
    """Names of the model's classes, as far as the documents say them."""


@dataclass(frozen=True)
class Channel:
    """One curve of a finished run: its least, greatest and mean value by the second, or by some seconds."""

    key: str
    """`frames.latency_us`, `telemetry.worker_rss_bytes` …; what `read_range` takes."""
    group: str
    """`latency`, `stages`, `memory`, `temperature`, `power`, `processor` or `frames`."""
    label: str
    unit: str
    t_s: NDArray[np.float64]
    """Seconds since the run began."""
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    mean: NDArray[np.float32]
    """NaN where nothing was measured."""
    limit: float | None = None
    limit_text: str = ""


@dataclass(frozen=True)
class Marked:
    """Something on the time axis of a finished run."""

    kind: str
    """`phase`, `start`, `worker`, `throttle`, `gap`, `rate`, `finding` or `end`."""
    t_s: float
    text: str
    until_s: float | None = None
    """The end of a span."""


@dataclass(frozen=True)
class RecordedRun:
    """A finished run as the Live page opens it."""

    run: str
    number: int
    title: str
    kind: str
    """`try` or `verification`."""
    evidence_text: str
    """`Not evidence` for a try; else the outcome."""
    state_text: str
    board: str
    created: str
    """UTC."""
    seconds: float
    channels: tuple[Channel, ...]
    marks: tuple[Marked, ...]
    """In their order; spans that were not recorded are of kind `gap`."""
    source: str
    has_frames: bool
    frames_text: str
    """Why no frame can be shown, or which are."""
    confidence: float
    missing_text: str = ""
    """What of the run could not be read."""


@dataclass(frozen=True)
class Series:
    """Values of one channel in a range, as they were recorded; thinned so that no peak is lost."""

    key: str
    label: str
    unit: str
    t_s: NDArray[np.float64]
    values: NDArray[np.float64]
    """NaN begins a gap."""
    thinned: bool


@dataclass(frozen=True)
class RangeFigures:
    """What was measured in a range, in words beside numbers."""

    first_s: float
    last_s: float
    rows: tuple[tuple[str, str], ...]
    """Name and value with unit."""
    frames: int
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    latency_max_ms: float | None
    tiles: tuple[Tile, ...] = ()
    """As a live run has them: p50 and p99 of the range, its rate, and the highest of memory, temperature, power."""


@dataclass(frozen=True)
class RecordedFrame:
    """A frame of a finished run with its boxes."""

    t_s: float
    """Its arrival."""
    frame_id: int
    index: int
    name: str
    pixels: NDArray[np.uint8] | None
    """[h, w, 3] BGR; None where it is not at hand."""
    picture_text: str
    """Why there is no picture, or no boxes."""
    boxes: tuple[LiveBox, ...]
    """In pixels of the picture."""
    reference: str
    """`there`, `pending` (it was never computed) or `off`."""
    reference_text: str
    matched: int
    missed: int
    device_only: int
    latency_ms: float | None
    confidence: float
    frame_width: int
    frame_height: int


@dataclass(frozen=True)
class Exported:
    """A file that was written."""

    path: Path
    rows: int
    text: str


def read_live_choices(session: Session, project: Path) -> LiveChoices:
    """What can be played; no board is asked.

    Raises:
        UsageError: the project cannot be opened.
    """
    from workbench.live.choices import list_choices

    return list_choices(session, project)


def read_budgets(session: Session, project: Path) -> tuple[Budget, ...]:  # noqa: ARG001 - a query
    """The limits of tiles and plots, as the requirements have them."""
    from projects.project import Project
    from workbench.live.budgets import budgets_of

    return budgets_of(Project.open(project).requirements)


def read_recording(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str,
    columns: int = OVERVIEW_COLUMNS,
) -> RecordedRun:
    """A finished run: its curves by the second, what happened, and whether frames can be shown.

    Args:
        session: whose query it is.
        project: its folder.
        run: the run's id or number.
        columns: points of a curve at most.

    Raises:
        UsageError: there is no such run, or it has not ended.
        SlipwayError: its record or its roll-up cannot be read.
    """
    from workbench.live.recorded import open_run

    return open_run(project, run, columns)


def read_range(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str,
    first_s: float,
    last_s: float,
    keys: tuple[str, ...] = (),
    columns: int = 1600,
) -> tuple[Series, ...]:
    """What was recorded in a range, value by value; all channels where none is named.

    Raises:
        UsageError: there is no such run.
        SlipwayError: its tables cannot be read.
    """
    from workbench.live.ranges import read_series

    return read_series(project, run, (first_s, last_s), keys, columns)


def measure_range(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str,
    first_s: float,
    last_s: float,
) -> RangeFigures:
    """The figures of a range: percentiles are of its raw values."""
    from workbench.live.ranges import measure

    return measure(project, run, (first_s, last_s))


def read_frame(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str,
    t_s: float,
    confidence: float | None = None,
    frame_id: int | None = None,
    width: int = 1280,
) -> RecordedFrame | None:
    """The frame whose boxes are kept nearest to a moment; None where the run kept none.

    Args:
        session: whose query it is.
        project: its folder.
        run: the run's id or number.
        t_s: seconds since the run began.
        confidence: what counts as found; the run's own where it is None.
        frame_id: of a try the very frame that is meant, where it is kept.
        width: of the picture, at most.
    """
    from workbench.live.moments import frame_at

    return frame_at(project, run, t_s, confidence, width, frame_id)


def export_range(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str,
    first_s: float,
    last_s: float,
    path: Path,
) -> Exported:
    """Write a range as CSV: one row a sample of any stream, units in the header.

    Raises:
        UsageError: the file cannot be of that name.
        SlipwayError: it cannot be written.
    """
    from workbench.live.ranges import export

    return export(project, run, (first_s, last_s), path)


def export_seen(
    session: Session,  # noqa: ARG001 - a query
    path: Path,
    run: str,
    kind: str,
    tables: tuple[SeenTable, ...],
) -> Exported:
    """Write what was seen of a run that still works as CSV, `kind` says what it is (`try, not evidence`).

    Raises:
        UsageError: the file cannot be of that name.
        SlipwayError: it cannot be written.
    """
    from workbench.live.seen import write_seen

    return write_seen(path, run, kind, tables)
