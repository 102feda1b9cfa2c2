"""What other programs took of the machine while a run measured: a time that was measured then says little."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.verify.evidence import Evidence

BUSY_PERCENT = 20.0
"""From here on a time that misses its limit may miss it for the others' work alone."""


def other_load_percent(evidence: Evidence) -> float | None:
    """The machine's mean load without the engine's and our own, over all samples; None where it was not measured."""
    import numpy as np

    table, cores = evidence.telemetry, evidence.board.cores
    names = ("cpu_percent", "worker_cpu_percent", "own_cpu_percent")
    if not cores or any(name not in table for name in names):
        return None
    whole, engine, own = (table[name].astype(np.float64) for name in names)
    outside = whole - (np.nan_to_num(engine) + np.nan_to_num(own)) / cores
    known = outside[np.isfinite(outside)]
    return max(0.0, float(known.mean())) if known.size else None
