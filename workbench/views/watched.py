"""What else the Live page asks: runs that have ended and can be opened there, and files for what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.live import Tile

if TYPE_CHECKING:
    from workbench.live.recorded import OpenRun
    from workbench.session import Session

MOST = 200
ENDED = {"finished", "failed", "cancelled", "interrupted"}


@dataclass(frozen=True)
class EndedRun:
    """A run that can be looked through."""

    run: str
    label: str
    """`Run 12, try, 24 Nov 14:02`."""
    kind: str
    """`try` or `verification`."""


def list_ended(session: Session, project: Path) -> tuple[EndedRun, ...]:
    """The newest runs of a project that have ended, newest first."""
    rows = [row for row in session.runs(project) if row.state in ENDED]
    rows.sort(key=lambda row: -row.number)
    return tuple(EndedRun(row.run, _label(row.number, row.kind, row.created), row.kind) for row in rows[:MOST])


def read_tiles(session: Session, project: Path, run: str, first_s: float, last_s: float) -> tuple[Tile, ...]:
    """The key figures of a range of a finished run with their budgets: percentiles of raw values, peaks of the machine.

    Raises:
        UsageError: there is no such run.
        SlipwayError: its tables cannot be read.
    """
    del session
    from projects.project import Project
    from workbench.live.budgets import budgets_of
    from workbench.live.figures import make_tiles
    from workbench.live.ranges import measure
    from workbench.live.recorded import find

    figures = measure(project, run, (first_s, last_s))
    seconds = last_s - first_s
    values = {
        "latency_p50": figures.latency_p50_ms,
        "latency_p99": figures.latency_p99_ms,
        "throughput": figures.frames / seconds if figures.frames and seconds > 0 else None,
        **_peaks(find(project, run), (first_s, last_s)),
    }
    return make_tiles(values, budgets_of(Project.open(project).requirements))


def store_picture(session: Session, path: Path, data: bytes) -> Path:
    """Write what a plot or frame shows to a file, whole or not at all.

    Raises:
        SlipwayError: the folder may not be written, or the disk is full.
    """
    del session  # a query is handed one; this one needs none
    from workbench.base.atomic import write_atomic

    write_atomic(path, data)
    return path


PEAKS = {
    "telemetry.worker_rss_bytes": "memory",
    "telemetry.temperature_c": "temperature",
    "telemetry.power_w": "power",
}


def _peaks(opened: OpenRun, span: tuple[float, float]) -> dict[str, float | None]:
    """The greatest value of each figure of the machine; None where nothing was measured."""
    import numpy as np

    from workbench.live.ranges import read_rows
    from workbench.live.recorded import KINDS

    kinds = [kind for kind in KINDS if kind.key in PEAKS]
    table = read_rows(opened, "telemetry", span, kinds)
    found: dict[str, float | None] = {}
    for kind in kinds:
        values = np.asarray(table.get(kind.key.partition(".")[2], ()), np.float64) * kind.factor
        values = values[np.isfinite(values)]
        found[PEAKS[kind.key]] = float(values.max()) if values.size else None
    return found


def _label(number: int, kind: str, created: str) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(created.replace("Z", "+00:00")).astimezone(UTC).astimezone()
        when = f", {moment:%d %b %H:%M}"
    except ValueError:
        when = ""
    return f"Run {number}, {kind}{when}"
