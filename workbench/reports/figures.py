"""Which plots a run's report shows, from the tables in its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.reports.plots import Chart, Line, histogram, timeline
from workbench.results.run_record import RunRecord
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import read_parquet


@dataclass(frozen=True)
class Figure:
    """A plot with its words."""

    title: str
    chart: Chart
    caption: str


_SOURCES = ("frames.parquet", "matches.parquet", "equivalence.parquet", "telemetry.parquet")
"""In the order of the report; what has a time shares one beginning, so that the plots stand over each other."""


def draw_figures(folder: Path, run: RunRecord) -> Iterator[Figure]:
    """The plots for which the run has data."""
    tables = {name: read_parquet(folder / name) for name in _SOURCES if name in run.files}
    began_s = min((_first_second(table) for table in tables.values() if len(table.get("mono_ns", ()))), default=0.0)
    draws: dict[str, Callable[[Table], Iterator[Figure]]] = {
        "frames.parquet": lambda table: _latency(table, run, began_s),
        "matches.parquet": lambda table: _iou(table, run),
        "equivalence.parquet": lambda table: _difference(table, run),
        "telemetry.parquet": lambda table: _telemetry(table, run, began_s),
    }
    for name, table in tables.items():
        yield from draws[name](table)


def _latency(table: Table, run: RunRecord, began_s: float) -> Iterator[Figure]:
    phases = run.figures.get("phases", [])
    parts: dict[str, Table] = {}
    for number, phase in enumerate(phases):
        for index, name in enumerate(phase.get("passes", [])):
            chosen = (table["phase"] == number) & (table["pass"] == index) & (table["error"] == 0)
            chosen &= np.isfinite(table["latency_us"])
            if phase["kind"] == "latency" and chosen.any():
                parts[str(name).replace("_", " ")] = {key: column[chosen] for key, column in table.items()}
    if not parts:
        return
    limit = _limit_in(run, "latency", {"s": 1e3, "ms": 1.0, "us": 1e-3})
    milliseconds = {name: part["latency_us"] / 1e3 for name, part in parts.items()}
    marks = {"p99, all": float(np.percentile(np.concatenate(list(milliseconds.values())), 99))}
    yield Figure(
        "Latency: how often",
        histogram(milliseconds, "latency, ms", limit=limit, marks=marks),
        "From the frame in host memory to decoded detections, all cold starts after warm-up.",
    )
    lines = [Line(name, part["mono_ns"] / 1e9 - began_s, part["latency_us"] / 1e3) for name, part in parts.items()]
    yield Figure(
        "Latency: when",
        timeline(lines, "latency, ms", limit=limit, points=True),
        "One point a frame, thinned to the extremes of each stretch so that no peak is lost.",
    )


def _iou(table: Table, run: RunRecord) -> Iterator[Figure]:
    if not len(table["iou"]):
        return
    limit = _limit(run, "detection_iou")
    yield Figure(
        "Overlap with the reference",
        histogram({"reference detections": table["iou"].astype(float)}, "IoU (0 = missed)", limit=limit),
        "Every reference detection at or above the confidence threshold; a missed one counts 0.",
    )


def _difference(table: Table, run: RunRecord) -> Iterator[Figure]:
    verdict = next((item.verdict for item in run.requirements if item.kind == "output_difference"), None)
    everywhere = verdict is not None and verdict.details.get("scope") == "all_anchors"
    values = table["all_rms" if everywhere else "rms"].astype(float)
    if not np.isfinite(values).any():
        return
    over = "all anchors" if everywhere else "the anchors above the threshold"
    yield Figure(
        "Difference of the outputs",
        histogram({"samples": values}, f"RMS over {over}", limit=verdict.limit if verdict else None),
        "One value a sample: boxes divided by the input size, scores as they are.",
    )


def _telemetry(table: Table, run: RunRecord, began_s: float) -> Iterator[Figure]:
    time_s = table["mono_ns"] / 1e9 - began_s
    memory_mb = _limit_in(run, "memory_peak", {"B": 1e-6, "MB": 1.0})
    rows = (
        ("Memory of the engine's process", "MB", (("worker_rss_bytes", "resident", 1e6),), memory_mb),
        ("Processor", "% of one core", (("worker_cpu_percent", "engine", 1), ("own_cpu_percent", "Slipway", 1)), None),
        ("Frequency", "MHz", (("frequency_mhz", "mean of the cores", 1),), None),
        ("Temperature", "°C", (("temperature_c", "sensor", 1),), _limit(run, "temperature")),
        ("Power", "W", (("power_w", "machine", 1),), None),
    )
    for title, unit, columns, limit in rows:
        known = [(column, label, scale) for column, label, scale in columns if _any(table, column)]
        if known:
            lines = [Line(label, time_s, table[column].astype(float) / scale) for column, label, scale in known]
            yield Figure(
                title,
                timeline(lines, unit, limit=limit),
                "Sampled on the board during the run.",
            )


def _any(table: Table, column: str) -> bool:
    return column in table and bool(np.isfinite(table[column].astype(float)).any())


def _first_second(table: Table) -> float:
    return float(table["mono_ns"].min()) / 1e9


def _limit(run: RunRecord, kind: str) -> float | None:
    return next((item.verdict.limit for item in run.requirements if item.kind == kind), None)


def _limit_in(run: RunRecord, kind: str, scales: Mapping[str, float]) -> float | None:
    """The limit of a requirement in the plot's unit; None where there is none, or its unit is another."""
    found = next((item.verdict for item in run.requirements if item.kind == kind), None)
    scale = None if found is None else scales.get(found.unit)
    return None if found is None or found.limit is None or scale is None else found.limit * scale
