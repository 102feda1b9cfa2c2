"""Summaries of a run for tables, plots and comparisons: `figures` of its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.evaluate.latency_summary import LatencySummary, summarise
from workbench.evaluate.wording import number
from workbench.verify.evidence import Evidence
from workbench.verify.run_plan import LATENCY
from workbench.verify.series import STAGES, Floats
from workbench.verify.told import count_of, number_of

if TYPE_CHECKING:
    from workbench.evaluate.accuracy import Accuracy

Table = dict[str, Any]
"""`title`, `text`, `columns` and `lines`, as the report prints them; None is an em dash there."""


def summarise_run(evidence: Evidence) -> dict[str, Any]:
    """The `figures` of a run's record; JSON values only."""
    passes = {name: _summary(evidence.series.starts(LATENCY, name)) for name in evidence.passes(LATENCY)}
    known = {name: asdict(summary) for name, summary in passes.items() if summary is not None}
    return {
        "phases": [_plain_phase(phase) for phase in evidence.phases],
        "latency": known.get("back_to_back", {}),
        "latency_paced": known.get("paced", {}),
        "accuracy": {side: _metrics(value) for side, value in (evidence.accuracy or {}).items()},
        "frames_measured": evidence.series.count(),
        "problems": list(evidence.recording.problems),
        "tables": list(_tables(evidence, passes)),
    }


def _summary(starts: Sequence[Floats]) -> LatencySummary | None:
    """None also where the samples are damaged: JSON has no NaN, and the verdict says what is wrong."""
    return summarise(starts) if all(np.isfinite(start).all() for start in starts) else None


def _plain_phase(phase: Mapping[str, Any]) -> dict[str, Any]:
    """A phase for the record: passes by name, a list of frames as its length."""
    plain = {key: value for key, value in phase.items() if key not in {"passes", "frames"}}
    plain["passes"] = [str(one["name"]) for one in phase.get("passes", [])]
    if "frames" in phase:
        plain["frames"] = len(phase["frames"])
    return plain


def _metrics(accuracy: Accuracy) -> dict[str, Any]:
    from workbench.evaluate.accuracy import bounds_of

    values = {name: figure.value for name, figure in accuracy.overall.items()}
    intervals = {name: list(bounds_of(accuracy, figure)[0]) for name, figure in accuracy.overall.items()}
    classes = {
        kind: {name: figure.value for name, figure in figures.items()} for kind, figures in accuracy.classes.items()
    }
    counts = {"images": accuracy.images, "objects": accuracy.objects}
    return {**values, **counts, "intervals": intervals, "classes": classes}


def _tables(evidence: Evidence, passes: Mapping[str, LatencySummary | None]) -> Iterator[Table]:
    known = {name: summary for name, summary in passes.items() if summary is not None}
    if known:
        yield _latency_table(known)
        yield _stage_table(evidence)
        yield _start_table(evidence)
    if evidence.accuracy:
        yield _accuracy_table(evidence.accuracy)


def _latency_table(passes: Mapping[str, LatencySummary]) -> Table:
    lines = [
        [
            name.replace("_", " "),
            summary.samples,
            number(summary.inflation, 3),
            *(
                _ms(value)
                for value in (summary.mean_us, summary.p50_us, summary.p95_us, summary.p99_us, summary.max_us)
            ),
        ]
        for name, summary in passes.items()
    ]
    columns = ["Latency", "frames", "inflation v", "mean, ms", "p50, ms", "p95, ms", "p99, ms", "max, ms"]
    return {
        "title": "Latency, back to back and paced",
        "text": "All cold starts after warm-up.",
        "columns": columns,
        "lines": lines,
    }


def _stage_table(evidence: Evidence) -> Table:
    lines = []
    for stage in STAGES:
        values = np.concatenate(evidence.series.starts(LATENCY, "back_to_back", f"{stage}_us") or [np.empty(0)])
        values = values[np.isfinite(values)]
        shown = [_ms(float(np.quantile(values, share))) for share in (0.5, 0.95, 0.99)] if values.size else [None] * 3
        lines.append([stage.replace("_", " "), *shown])
    return {
        "title": "Stages of a frame",
        "text": "Back to back; the stages follow each other and add up to the latency.",
        "columns": ["Stage", "p50, ms", "p95, ms", "p99, ms"],
        "lines": lines,
    }


def _start_table(evidence: Evidence) -> Table:
    ended, loaded = (evidence.of_starts(kind, LATENCY) for kind in ("start_ended", "start_loaded"))
    lines = []
    for start, event in ended.items():
        first, last = loaded[start].data if start in loaded else {}, event.data
        cells = [_mb(first.get("floor_rss_bytes")), _mb(last.get("rss_bytes")), _mb(last.get("hwm_bytes"))]
        lines.append([f"start {start + 1}", _one(first.get("load_ms")), *cells, count_of(last, "errors")])
    columns = ["Cold start", "load, ms", "runtime alone, MB", "resident at the end, MB", "peak, MB", "errors"]
    text = "Runtime alone is the engine's process before it loads the engine: the floor below which no engine comes."
    return {"title": "Cold starts", "text": text, "columns": columns, "lines": lines}


def _accuracy_table(accuracy: Mapping[str, Accuracy]) -> Table:
    reference, device = accuracy["reference"], accuracy["device"]
    lines = [["all classes", *_pair(reference.overall, device.overall)]]
    lines += [[name, *_pair(reference.classes[name], device.classes[name])] for name in device.classes]
    columns = ["Class"]
    for metric in ("mAP50", "mAP50-95", "recall", "precision"):
        columns += [f"{metric}, reference", "device"]
    text = (
        f"{device.objects} labelled objects in {device.images} frames; recall and precision at a confidence of "
        f"{device.confidence:g} and an IoU of 0.5."
    )
    return {"title": "Accuracy on the labels", "text": text, "columns": columns, "lines": lines}


def _pair(reference: Mapping[str, Any], device: Mapping[str, Any]) -> Iterator[str | None]:
    for metric in ("map50", "map50_95", "recall", "precision"):
        for side in (reference, device):
            value = side[metric].value
            yield None if value is None else f"{value:.3f}"


def _ms(value_us: float) -> str:
    return number(value_us / 1e3)


def _one(value: object) -> str | None:
    known = number_of(value)
    return None if known is None else number(known)


def _mb(value: object) -> str | None:
    known = number_of(value)
    return None if known is None else f"{known / 1e6:.1f}"
