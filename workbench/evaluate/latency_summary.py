"""Figures and counts of latencies for tables and plots: no verdict in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.evaluate import intervals
from workbench.evaluate.intervals import Floats

SHARES = (0.5, 0.9, 0.95, 0.99, 0.999)
BINS = 120


@dataclass(frozen=True)
class LatencySummary:
    """Latencies of all starts together, in microseconds; `inflation` is v, `effective` is samples / v."""

    samples: int
    starts: int
    mean_us: float
    sd_us: float
    min_us: float
    p50_us: float
    p90_us: float
    p95_us: float
    p99_us: float
    p99_9_us: float
    max_us: float
    inflation: float
    effective: float


@dataclass(frozen=True)
class Histogram:
    """Counts between edges [bins + 1] in microseconds; `above` counts those beyond the last edge (up to `max_us`)."""

    edges_us: Floats
    counts: Floats
    above: int
    max_us: float


def summarise(starts: Sequence[Floats]) -> LatencySummary | None:
    """The figures of all starts together; None where there is no sample."""
    starts = [np.asarray(start, dtype=np.float64) for start in starts if len(start)]
    if not starts:
        return None
    values = np.concatenate(starts)
    shares = [float(value) for value in np.quantile(values, SHARES)]
    inflation = intervals.variance_inflation(starts)
    return LatencySummary(
        samples=values.size,
        starts=len(starts),
        mean_us=float(values.mean()),
        sd_us=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        min_us=float(values.min()),
        p50_us=shares[0],
        p90_us=shares[1],
        p95_us=shares[2],
        p99_us=shares[3],
        p99_9_us=shares[4],
        max_us=float(values.max()),
        inflation=inflation,
        effective=values.size / inflation,
    )


def histogram(starts: Sequence[Floats], limit_us: float | None = None) -> Histogram | None:
    """Counts for a plot, up to the 99.9th percentile (or the limit where that is further, up to twice as far)."""
    values = np.concatenate([np.asarray(start, dtype=np.float64) for start in starts]) if starts else np.empty(0)
    if not values.size:
        return None
    end = float(np.quantile(values, 0.999))
    if limit_us is not None and end < limit_us <= 2 * end:
        end = limit_us
    start = float(values.min())
    counts, edges = np.histogram(values, bins=BINS, range=(start, max(end, start + 1.0)))
    above = int((values > edges[-1]).sum())
    return Histogram(edges, counts.astype(np.float64), above, float(values.max()))
