"""A finished run opened to be looked through: its curves from the roll-up, what happened, where nothing was heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projects.layout import Layout
from projects.project import Project
from projects.runs import RunFolder, find_run
from workbench.base.errors import SlipwayError
from workbench.findings.book import OPEN, read_findings
from workbench.live.budgets import budgets_of
from workbench.live.figures import Budget
from workbench.live.marks import mark_of
from workbench.pipeline.report import load_run
from workbench.results.run_record import RunRecord, RunState
from workbench.telemetry.events_file import KeptEvents, read_events
from workbench.telemetry.freeze import BOXES_FILE, ROLLUP_FILE, read_rollup
from workbench.verify.kept_tables import DETECTIONS
from workbench.views.live import Channel, Marked, RecordedRun

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ChannelKind:
    """How a recorded column is shown."""

    key: str
    group: str
    label: str
    unit: str
    factor: float = 1.0
    budget: str = ""
    """The tile whose limit it has."""


KINDS = (
    ChannelKind("frames.latency_us", "latency", "Latency", "ms", 1e-3, "latency_p99"),
    ChannelKind("frames.queue_us", "stages", "Queue", "ms", 1e-3),
    ChannelKind("frames.preprocess_us", "stages", "Preprocess", "ms", 1e-3),
    ChannelKind("frames.copy_in_us", "stages", "Copy in", "ms", 1e-3),
    ChannelKind("frames.execute_us", "stages", "Execute", "ms", 1e-3),
    ChannelKind("frames.copy_out_us", "stages", "Copy out", "ms", 1e-3),
    ChannelKind("frames.decode_us", "stages", "Decode", "ms", 1e-3),
    ChannelKind("telemetry.worker_rss_bytes", "memory", "Engine's process", "MB", 1e-6, "memory"),
    ChannelKind("telemetry.worker_hwm_bytes", "memory", "Its peak", "MB", 1e-6),
    ChannelKind("telemetry.temperature_c", "temperature", "Temperature", "°C", 1.0, "temperature"),
    ChannelKind("telemetry.power_w", "power", "Power", "W", 1.0, "power"),
    ChannelKind("telemetry.cpu_percent", "processor", "Processor, all cores", "%"),
    ChannelKind("telemetry.worker_cpu_percent", "processor", "Engine's process, of one core", "%"),
    ChannelKind("telemetry.frequency_mhz", "processor", "Frequency", "MHz"),
    ChannelKind("frames.detections", "frames", "Detections", ""),
    ChannelKind("frames.dropped", "frames", "Dropped frames", ""),
)
"""In the order in which plots have them."""
SAME_S = 0.05
GAP_S = 2
"""So many seconds without any sample of the machine are a gap."""


@dataclass(frozen=True)
class OpenRun:
    """A finished run's folder, its record, and when it began."""

    folder: RunFolder
    record: RunRecord
    kept: KeptEvents
    started_ns: int
    """By the board's clock."""

    def seconds(self, mono_ns: int) -> float:
        """Since it began."""
        return (mono_ns - self.started_ns) / 1e9


def find(project: Path, run: str) -> OpenRun:
    """A finished run by its id or number.

    Raises:
        UsageError: there is none, or it has not ended.
        SlipwayError: its record cannot be read.
    """
    folder = find_run(Layout(project).runs, run)
    record = load_run(folder)
    return _open(folder.path, folder.number, (folder.path / "run.json").stat().st_mtime_ns, record.id)


@lru_cache(maxsize=16)
def _open(path: Path, number: int, _changed_ns: int, _run: str) -> OpenRun:
    """Kept, so that scrubbing reads no record again; a run's files never change."""
    folder = RunFolder(path, number)
    kept = read_events(path)
    started_ns = kept.started_ns if kept.started_ns is not None else _first_ns(path)
    return OpenRun(folder, load_run(folder), kept, started_ns)


def _first_ns(path: Path) -> int:
    try:
        rolled = read_rollup(path / ROLLUP_FILE)
    except SlipwayError:
        return 0
    firsts = [int(rolled[name][0]) for name in ("frames.second", "telemetry.second") if len(rolled.get(name, ()))]
    return min(firsts, default=0) * 10**9


def open_run(project: Path, run: str, columns: int) -> RecordedRun:
    """What the page shows of a run at first (`views.live.read_recording`)."""
    opened = find(project, run)
    record = opened.record
    missing, rolled = "", {}
    try:
        rolled = read_rollup(opened.folder.path / ROLLUP_FILE)
    except SlipwayError as error:
        missing = f"Its curves cannot be shown: {error.summary}."
    limits = {item.key: item for item in budgets_of(Project.open(project).requirements)}
    channels = tuple(_channels(rolled, opened, limits, max(2, columns)))
    found = list(_findings(project, opened))
    spans = [*_gaps(rolled, opened), *_hot(rolled, opened, limits)]
    marks = sorted([*_marks(opened, found), *found, *spans], key=lambda mark: mark.t_s)
    has_frames, frames_text = _frames(opened)
    return RecordedRun(
        run=record.id,
        number=record.number,
        title=f"Run {record.number}",
        kind=record.kind,
        evidence_text="Not evidence" if record.is_try else record.outcome_text,
        state_text=record.text or ("finished" if record.state is RunState.FINISHED else record.state.value),
        board=str(record.board.get("name", "")),
        created=record.created,
        seconds=_length_s(rolled, opened, marks),
        channels=channels,
        marks=tuple(marks),
        source=str(record.frames.get("source", "")),
        has_frames=has_frames,
        frames_text=frames_text,
        confidence=_confidence(record),
        missing_text=missing,
    )


def _confidence(record: RunRecord) -> float:
    value = record.settings.get("confidence")
    return float(value) if isinstance(value, int | float) else 0.25


def _channels(
    rolled: Mapping[str, NDArray[Any]], opened: OpenRun, limits: Mapping[str, Budget], columns: int
) -> Iterator[Channel]:
    for kind in KINDS:
        stream = kind.key.partition(".")[0]
        if f"{kind.key}.mean" not in rolled:
            continue
        low, high, mean = (np.asarray(rolled[f"{kind.key}.{part}"]) for part in ("min", "max", "mean"))
        if not np.isfinite(mean).any():
            continue
        t_s = np.asarray(rolled[f"{stream}.second"], np.float64) - opened.started_ns / 1e9
        limit = limits.get(kind.budget)
        t_s, low, high, mean = thin(t_s, low, high, mean, columns)
        yield Channel(
            kind.key,
            kind.group,
            kind.label,
            kind.unit,
            t_s,
            (low * kind.factor).astype(np.float32),
            (high * kind.factor).astype(np.float32),
            (mean * kind.factor).astype(np.float32),
            None if limit is None else limit.limit,
            "" if limit is None else limit.text,
        )


def thin(
    t_s: NDArray[np.float64], low: Floats, high: Floats, mean: Floats, columns: int
) -> tuple[NDArray[np.float64], Floats, Floats, Floats]:
    """Some seconds together, so that at most so many columns are left: no peak is lost, a gap stays one."""
    each = -(-len(t_s) // columns)
    if each <= 1:
        return t_s, low, high, mean
    fill = -len(t_s) % each
    parts = [np.pad(values, (0, fill), constant_values=np.nan).reshape(-1, each) for values in (low, high, mean)]
    known = np.isfinite(parts[2])
    empty = ~known.any(axis=1)
    least = np.where(known, parts[0], np.inf).min(axis=1)
    most = np.where(known, parts[1], -np.inf).max(axis=1)
    middle = np.where(known, parts[2], 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    for values in (least, most, middle):
        values[empty] = np.nan
    return t_s[::each], least.astype(np.float32), most.astype(np.float32), middle.astype(np.float32)


def _findings(project: Path, opened: OpenRun) -> Iterator[Marked]:
    """Findings about this run that say when."""
    for row in read_findings(project, opened.record.id):
        if row.t_s is not None:
            state = "" if row.state == OPEN else f" ({row.state})"
            yield Marked("finding", row.t_s, f"{row.label} {row.text}{state}"[:200], row.until_s)


def _marks(opened: OpenRun, findings: Sequence[Marked]) -> Iterator[Marked]:
    for mono_ns, kind, data in opened.kept.events:
        told = mark_of(kind, data)
        if told is not None:
            yield Marked(told[0], opened.seconds(mono_ns), told[1])
    for mark in opened.kept.marks:
        if mark.kind == "finding" and any(abs(item.t_s - mark.t_s) < SAME_S for item in findings):
            continue  # it was written down, too
        yield Marked(mark.kind, mark.t_s, mark.text, mark.until_s)


def _gaps(rolled: Mapping[str, NDArray[Any]], opened: OpenRun) -> Iterator[Marked]:
    """Seconds in which no sample of the machine came."""
    seconds = rolled.get("telemetry.second")
    measured = [values for name, values in rolled.items() if name.startswith("telemetry.") and name.endswith(".mean")]
    if seconds is None or not measured or not len(seconds):
        return
    heard = np.logical_or.reduce([np.isfinite(values) for values in measured])
    for first, after in _spans(~heard):
        if after - first >= GAP_S:
            begin = float(seconds[first]) - opened.started_ns / 1e9
            yield Marked("gap", begin, f"nothing was recorded for {after - first} s", begin + (after - first))


def _hot(rolled: Mapping[str, NDArray[Any]], opened: OpenRun, limits: Mapping[str, Budget]) -> Iterator[Marked]:
    """Seconds in which the board was hotter than it may be."""
    limit, highest = limits.get("temperature"), rolled.get("telemetry.temperature_c.max")
    if limit is None or highest is None:
        return
    with np.errstate(invalid="ignore"):
        hot = np.asarray(highest) > limit.limit
    seconds = rolled["telemetry.second"]
    for first, after in _spans(hot):
        begin = float(seconds[first]) - opened.started_ns / 1e9
        yield Marked("throttle", begin, f"hotter than {limit.limit:g} °C", begin + (after - first))


def _spans(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where flags stand in a row: the first, and the one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(after)) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _length_s(rolled: Mapping[str, NDArray[Any]], opened: OpenRun, marks: list[Marked]) -> float:
    ends = [mark.t_s for mark in marks]
    for stream in ("frames", "telemetry"):
        seconds = rolled.get(f"{stream}.second")
        if seconds is not None and len(seconds):
            ends.append(float(seconds[-1]) + 1 - opened.started_ns / 1e9)
    return max(ends, default=0.0)


def _frames(opened: OpenRun) -> tuple[bool, str]:
    folder, record = opened.folder.path, opened.record
    if record.is_try:
        if not (folder / BOXES_FILE).is_file():
            return False, "No boxes were recorded."
        if record.frames.get("kind") == "camera":
            return True, "A camera's pictures are not kept: boxes are shown without them."
        return True, ""
    if not (folder / DETECTIONS).is_file():
        return False, "This run compared no outputs, so that no boxes are kept."
    return True, "Boxes are those that were compared with the reference, frame by frame."
