"""Which plots a run's report shows, from the tables in its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from workbench.reports.plots import Line, histogram, timeline
from workbench.results.run_record import RequirementResult, RunRecord
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import read_parquet

Figure = dict[str, str]


def draw_figures(folder: Path, run: RunRecord) -> Iterator[Figure]:
    """The plots for which the run has data, as {title, svg, caption}."""
    sources: tuple[tuple[str, Callable[[Table, RunRecord], Iterator[Figure]]], ...] = (
        ("frames.parquet", _latency),
        ("matches.parquet", _iou),
        ("equivalence.parquet", _difference),
        ("telemetry.parquet", _telemetry),
    )
    for name, draw in sources:
        if name in run.files:
            yield from draw(read_parquet(folder / name), run)


def _latency(table: Table, run: RunRecord) -> Iterator[Figure]:
    phases, start_s = run.figures.get("phases", []), _first_second(table)
    parts: dict[str, Table] = {}
    for number, phase in enumerate(phases):
        for index, name in enumerate(phase.get("passes", [])):
            chosen = (table["phase"] == number) & (table["pass"] == index) & (table["error"] == 0)
            if phase["kind"] == "latency" and chosen.any():
                parts[str(name).replace("_", " ")] = {key: column[chosen] for key, column in table.items()}
    if not parts:
        return
    limit = _limit_ms(run, "latency")
    milliseconds = {name: part["latency_us"] / 1e3 for name, part in parts.items()}
    marks = {"p99, all": float(np.percentile(np.concatenate(list(milliseconds.values())), 99))}
    yield {
        "title": "Latency: how often",
        "svg": histogram(milliseconds, "latency, ms", limit=limit, marks=marks),
        "caption": "From the frame in host memory to decoded detections, all cold starts after warm-up.",
    }
    lines = [Line(name, part["mono_ns"] / 1e9 - start_s, part["latency_us"] / 1e3) for name, part in parts.items()]
    yield {
        "title": "Latency: when",
        "svg": timeline(lines, "latency, ms", limit=limit, points=True),
        "caption": "One point a frame, thinned to the extremes of each stretch so that no peak is lost.",
    }


def _iou(table: Table, run: RunRecord) -> Iterator[Figure]:
    if not len(table["iou"]):
        return
    limit = next((item.verdict.limit for item in run.requirements if item.kind == "detection_iou"), None)
    yield {
        "title": "Overlap with the reference",
        "svg": histogram({"reference detections": table["iou"].astype(float)}, "IoU (0 = missed)", limit=limit),
        "caption": "Every reference detection at or above the confidence threshold; a missed one counts 0.",
    }


def _difference(table: Table, run: RunRecord) -> Iterator[Figure]:
    verdict = next((item.verdict for item in run.requirements if item.kind == "output_difference"), None)
    everywhere = verdict is not None and verdict.details.get("scope") == "all_anchors"
    values = table["all_rms" if everywhere else "rms"].astype(float)
    if not np.isfinite(values).any():
        return
    over = "all anchors" if everywhere else "the anchors above the threshold"
    yield {
        "title": "Difference of the outputs",
        "svg": histogram({"samples": values}, f"RMS over {over}", limit=verdict.limit if verdict else None),
        "caption": "One value a sample: boxes divided by the input size, scores as they are.",
    }


def _telemetry(table: Table, run: RunRecord) -> Iterator[Figure]:
    time_s = table["mono_ns"] / 1e9 - _first_second(table)
    rows = (
        ("Memory of the engine's process", "MB", (("worker_rss_bytes", "resident", 1e6),), _memory_limit(run)),
        ("Processor", "% of one core", (("worker_cpu_percent", "engine", 1), ("own_cpu_percent", "Slipway", 1)), None),
        ("Frequency", "MHz", (("frequency_mhz", "mean of the cores", 1),), None),
        ("Temperature", "°C", (("temperature_c", "hottest", 1),), _limit(run, "temperature")),
        ("Power", "W", (("power_w", "machine", 1),), None),
    )
    for title, unit, columns, limit in rows:
        known = [(column, label, scale) for column, label, scale in columns if _any(table, column)]
        if known:
            lines = [Line(label, time_s, table[column].astype(float) / scale) for column, label, scale in known]
            yield {
                "title": title,
                "svg": timeline(lines, unit, limit=limit),
                "caption": "Sampled on the board during the run.",
            }


def _any(table: Table, column: str) -> bool:
    return column in table and bool(np.isfinite(table[column].astype(float)).any())


def _first_second(table: Table) -> float:
    return float(table["mono_ns"].min()) / 1e9 if len(table["mono_ns"]) else 0.0


def _limit(run: RunRecord, kind: str) -> float | None:
    return next((item.verdict.limit for item in run.requirements if item.kind == kind), None)


def _limit_ms(run: RunRecord, kind: str) -> float | None:
    found: RequirementResult | None = next((item for item in run.requirements if item.kind == kind), None)
    if found is None or found.verdict.limit is None:
        return None
    return found.verdict.limit * {"s": 1e3, "us": 1e-3}.get(found.verdict.unit, 1.0)


def _memory_limit(run: RunRecord) -> float | None:
    found = next((item.verdict for item in run.requirements if item.kind == "memory_peak"), None)
    if found is None or found.limit is None:
        return None
    return found.limit / {"B": 1e6, "MB": 1.0}[found.unit]
