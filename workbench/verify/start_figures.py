"""One figure a cold start: how long it took to load, and what memory its process had; None where a start gave none."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.evaluate.memory import steady_bytes
from workbench.verify.evidence import Evidence
from workbench.verify.run_plan import LATENCY
from workbench.verify.told import number_of

Figures = list[float | None]


def load_times_ms(evidence: Evidence) -> Figures:
    """From the start of the engine's process until its engine is loaded."""
    began, loaded = (evidence.of_starts(kind, LATENCY) for kind in ("start_began", "start_loaded"))
    spans_ms = [(loaded[start].mono_ns - event.mono_ns) / 1e6 for start, event in began.items() if start in loaded]
    load_ms: Figures = [span_ms if span_ms >= 0 else None for span_ms in spans_ms]
    return load_ms + [None] * max(0, evidence.starts_planned(LATENCY) - len(load_ms))


def peaks_bytes(evidence: Evidence, counts: object) -> Figures:
    """VmHWM of the engine's process; with `above_floor`, what it has beyond the runtime without an engine."""
    told = evidence.of_starts("start_ended", LATENCY).values()
    return _counted(evidence, counts, [number_of(event.data.get("hwm_bytes")) for event in told])


def settled_bytes(evidence: Evidence, counts: object) -> Figures:
    """Median VmRSS over the last half of the frames, likewise."""
    steady: Figures = []
    for start, event in evidence.of_starts("start_ended", LATENCY).items():
        sizes = evidence.sampled("worker_rss_bytes", evidence.series.span_ns(LATENCY, start))
        steady.append(steady_bytes(sizes) if sizes.size else number_of(event.data.get("rss_bytes")))
    return _counted(evidence, counts, steady)


def _counted(evidence: Evidence, counts: object, sizes: Sequence[float | None]) -> Figures:
    """Sizes of the starts that ended, as the requirement counts them; None for each start that should have been."""
    counted = list(sizes)
    if counts == "above_floor":
        loaded, ended = (evidence.of_starts(kind, LATENCY) for kind in ("start_loaded", "start_ended"))
        floors = [number_of(loaded[start].data.get("floor_rss_bytes")) if start in loaded else None for start in ended]
        counted = [_above(size, floor) for size, floor in zip(sizes, floors, strict=True)]
    return [*counted, *[None] * evidence.starts_short(LATENCY)]


def _above(size: float | None, floor: float | None) -> float | None:
    return None if size is None or floor is None else size - floor
