"""A visible range of a finished run: its raw values for plots, its figures in words, and the same as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projects.project import Project
from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.wording import count, number
from workbench.live.budgets import budgets_of
from workbench.live.figures import make_tiles
from workbench.live.judged import COLUMNS, Judged, find_judged
from workbench.live.recorded import KINDS, ChannelKind, OpenRun, find
from workbench.telemetry.blocks import Table
from workbench.telemetry.series import decimate
from workbench.views.live import Exported, RangeFigures, Series

Range = tuple[float, float]
GAP_PERIODS = 5.0
LEAST_GAP_S = 1.0
"""A pause between two samples that is this long, and longer than some usual ones, is a gap."""
STREAMS = ("frames", "telemetry")
MEASURED = ("latency_us", "dropped", *COLUMNS)
"""What the figures of a range need of its frames."""


def read_series(project: Path, run: str, span: Range, keys: Sequence[str], columns: int) -> tuple[Series, ...]:
    """The channels of a range (`views.live.read_range`)."""
    opened = find(project, run)
    wanted = [kind for kind in KINDS if not keys or kind.key in keys]
    tables: dict[str, Table] = {}
    series = []
    for kind in wanted:
        stream, _, column = kind.key.partition(".")
        if stream not in tables:
            tables[stream] = read_rows(opened, stream, span, [item for item in wanted if item.key.startswith(stream)])
        if column in tables[stream]:
            series.append(_series(kind, opened, tables[stream], column, columns))
    return tuple(series)


def read_rows(opened: OpenRun, stream: str, span: Range, kinds: Sequence[ChannelKind]) -> Table:
    """The rows of a stream whose moments lie in a range, in their order; of a day's run only the parts that hold them.

    Raises:
        SlipwayError: the table is not there or cannot be read.
    """
    names = ["mono_ns", *dict.fromkeys(kind.key.partition(".")[2] for kind in kinds)]
    table = read_columns(opened.folder.path / f"{stream}.parquet", names, _moments(opened, span))
    moments = table["mono_ns"]
    if (moments[1:] >= moments[:-1]).all():  # as recordings are
        return table
    order = np.argsort(moments, kind="stable")
    return {name: values[order] for name, values in table.items()}


def read_columns(path: Path, names: Sequence[str], span_ns: tuple[int, int]) -> Table:
    """Some columns of the rows of a Parquet file whose `mono_ns` lies in a range; those that it lacks are left out.

    Raises:
        SlipwayError: the file is not there or no Parquet.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        known = [name for name in names if name in parquet.read_schema(path).names]
        bounds = [("mono_ns", ">=", span_ns[0]), ("mono_ns", "<=", span_ns[1])]
        table = parquet.read_table(path, columns=known, filters=bounds)
    except (OSError, pa.ArrowException) as error:
        raise SlipwayError(f"cannot read {path}", "Restore the run's folder.", str(error)) from error
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _moments(opened: OpenRun, span: Range) -> tuple[int, int]:
    low, high = (min(max(value, -1e9), 1e9) if math.isfinite(value) else 0.0 for value in sorted(span))
    return opened.started_ns + int(low * 1e9), opened.started_ns + math.ceil(high * 1e9)


def _series(kind: ChannelKind, opened: OpenRun, table: Table, column: str, columns: int) -> Series:
    t_s = (table["mono_ns"] - opened.started_ns) / 1e9
    values = np.asarray(table[column], np.float64) * kind.factor
    t_s, values = with_gaps(t_s, values)
    thinned = len(t_s) > 2 * columns
    if thinned:
        t_s, values = decimate(t_s, values, max(1, columns))
    return Series(kind.key, kind.label, kind.unit, t_s, values, thinned)


def with_gaps(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same with a NaN where nothing was recorded for a while."""
    if len(t_s) < 3:
        return t_s, values
    steps = np.diff(t_s)
    places = np.flatnonzero(steps > max(LEAST_GAP_S, GAP_PERIODS * float(np.median(steps)))) + 1
    return np.insert(t_s, places, t_s[places - 1]), np.insert(values, places, np.nan)


def measure(project: Path, run: str, span: Range) -> RangeFigures:
    """The figures of a range (`views.live.measure_range`)."""
    opened = find(project, run)
    first_s, last_s = sorted(span)
    frames = read_rows(opened, "frames", span, [ChannelKind(f"frames.{name}", "", "", "") for name in MEASURED])
    latency_ms = frames["latency_us"].astype(np.float64) / 1e3
    p50, p99, longest = _quantiles(latency_ms[np.isfinite(latency_ms)])
    fps = _rate(frames["mono_ns"])
    machine = _machine(opened, span)
    rows = [("Span", f"{last_s - first_s:.3g} s"), ("Frames", f"{len(frames['mono_ns']):,}")]
    judged = find_judged(opened.record, frames)
    of_what = "" if judged is None else ", all phases"
    rows += [] if fps is None else [(f"Rate{of_what}", f"{fps:.1f} fps")]
    named = ((f"Latency p50{of_what}", p50), (f"Latency p99{of_what}", p99), ("Latency longest", longest))
    rows += [(name, "not measured" if value is None else f"{number(value)} ms") for name, value in named]
    if "dropped" in frames:
        rows.append(("Dropped", count(int(frames["dropped"].sum()), "frame")))
    rows += [
        (kind.label, f"{number(float(values.mean()))} {kind.unit}, at most {number(float(values.max()))}")
        for kind, values in machine
    ]
    known: dict[str, float | None] = {kind.budget: float(values.max()) for kind, values in machine if kind.budget}
    known |= {"power": known.get("power"), "latency_p50": p50, "latency_p99": p99, "throughput": fps}
    if judged is not None:
        known |= _of_judged(judged)
    tiles = make_tiles(known, budgets_of(Project.open(project).requirements))
    tiles = tiles if judged is None else judged.mark(tiles)
    return RangeFigures(first_s, last_s, tuple(rows), len(frames["mono_ns"]), p50, p99, longest, tiles)


def _of_judged(judged: Judged) -> dict[str, float | None]:
    """The figures that stand beside limits, where what they are judged on is in sight."""
    known: dict[str, float | None] = {}
    if judged.latency_ms is not None:
        p50, p99 = np.quantile(judged.latency_ms, [0.5, 0.99])  # between values, as verdicts have it
        known |= {"latency_p50": float(p50), "latency_p99": float(p99)}
    if judged.moments is not None:
        known["throughput"] = _rate(judged.moments)
    return known


def _rate(moments: NDArray[Any]) -> float | None:
    """Frames a second; None for fewer than two moments."""
    seconds = float(moments[-1] - moments[0]) / 1e9 if len(moments) > 1 else 0.0
    return (len(moments) - 1) / seconds if seconds > 0 else None


def _quantiles(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    if not values.size:
        return None, None, None
    p50, p99, longest = np.quantile(values, [0.5, 0.99, 1.0], method="inverted_cdf")
    return float(p50), float(p99), float(longest)


def _machine(opened: OpenRun, span: Range) -> list[tuple[ChannelKind, NDArray[np.float64]]]:
    """What was measured of the machine in a range, by channel."""
    kinds = [kind for kind in KINDS if kind.group in {"memory", "temperature", "power", "processor"}]
    table = read_rows(opened, "telemetry", span, kinds)
    found = []
    for kind in kinds:
        values = np.asarray(table.get(kind.key.partition(".")[2], ()), np.float64) * kind.factor
        values = values[np.isfinite(values)]
        if values.size:
            found.append((kind, values))
    return found


def export(project: Path, run: str, span: Range, path: Path) -> Exported:
    """Write a range as CSV (`views.live.export_range`)."""
    if path.suffix.lower() != ".csv":
        raise UsageError(f"a range cannot be written as {path.name}", "Name a file that ends in .csv.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", f"Make it, or write {path.name} elsewhere.")
    opened = find(project, run)
    stream = io.StringIO()
    rows = _write_rows(csv.writer(stream, lineterminator="\n"), opened, span)
    write_atomic(path, stream.getvalue().encode("utf-8"))
    evidence = " (not evidence)" if opened.record.is_try else ""
    return Exported(path, rows, f"wrote {path} ({count(rows, 'row')}){evidence}")


def _write_rows(writer: Any, opened: OpenRun, span: Range) -> int:
    """One row a sample of either stream, in the order of their moments; what a stream lacks is an empty cell."""
    kinds = list(KINDS)
    writer.writerow(["run", "kind", "stream", "t [s]", "frame", *(_heading(kind) for kind in kinds)])
    label = "try, not evidence" if opened.record.is_try else opened.record.kind
    lines: list[tuple[int, list[object]]] = []
    for stream in STREAMS:
        own = [kind for kind in kinds if kind.key.startswith(stream)]
        frame = [ChannelKind("frames.frame", "", "", "")] if stream == "frames" else []
        table = read_rows(opened, stream, span, [*own, *frame])
        columns = [_cells(table, stream, kind) for kind in kinds]
        indices = table.get("frame", np.full(len(table["mono_ns"]), -1))
        for row, moment in enumerate(table["mono_ns"].tolist()):
            place = "" if stream != "frames" else int(indices[row])
            cells = ["" if column is None else column[row] for column in columns]
            lines.append((moment, [opened.record.id, label, stream, f"{opened.seconds(moment):.6f}", place, *cells]))
    lines.sort(key=lambda line: line[0])
    writer.writerows(line for _, line in lines)
    return len(lines)


def _heading(kind: ChannelKind) -> str:
    return f"{kind.label} [{kind.unit}]" if kind.unit else kind.label


def _cells(table: Table, stream: str, kind: ChannelKind) -> list[object] | None:
    """A column's cells; None where the stream does not have it. Not measured is an empty cell."""
    column = table.get(kind.key.partition(".")[2]) if kind.key.startswith(stream) else None
    if column is None:
        return None
    values = np.asarray(column, np.float64) * kind.factor
    return ["" if not math.isfinite(value) else float(f"{value:.6g}") for value in values.tolist()]
