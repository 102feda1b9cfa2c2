"""Which frames of a verification its requirements are judged on, so that a figure beside a limit is of these alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.live import Tile
from workbench.results.run_record import RequirementResult, RunRecord
from workbench.telemetry.blocks import Table
from workbench.verify.run_plan import LATENCY, THROUGHPUT

ALL_PHASES = "all phases in sight"
COLUMNS = ("phase", "pass", "error", "execute_us")
"""What tells them apart, besides their latency."""
_LATENCIES = ("latency_p50", "latency_p99")


@dataclass(frozen=True, eq=False)
class Judged:
    """The frames in sight that requirements are judged on; None where none of them is in sight."""

    latency_ms: NDArray[np.float64] | None
    latency_text: str
    """Of which pass they are: `paced`."""
    moments: NDArray[Any] | None
    """Of the phase that measures the throughput."""

    def mark(self, tiles: Sequence[Tile]) -> tuple[Tile, ...]:
        """Tiles that say what they are of; one that is of all phases has no limit."""
        return tuple(self._mark(tile) for tile in tiles)

    def _mark(self, tile: Tile) -> Tile:
        if tile.key not in (*_LATENCIES, "throughput"):
            return tile
        if (self.moments if tile.key == "throughput" else self.latency_ms) is None:
            return replace(tile, limit_text=ALL_PHASES, fraction=None, state="none")
        words = self.latency_text if tile.key in _LATENCIES else ""
        return replace(tile, limit_text=", ".join(part for part in (tile.limit_text, words) if part))


def find_judged(record: RunRecord, frames: Table) -> Judged | None:
    """Those of some frames of a run; None for a try, in which nothing is judged and all frames are alike.

    Args:
        record: of the run.
        frames: columns of its `frames`: `mono_ns`, `latency_us` and `COLUMNS`, as far as it has them.
    """
    phases: Sequence[Mapping[str, Any]] = record.figures.get("phases") or ()
    if record.is_try or "phase" not in frames or not phases:
        return None
    places = {str(phase.get("kind")): place for place, phase in enumerate(phases)}
    moments = frames["mono_ns"][frames["phase"] == places.get(THROUGHPUT, -1)]
    latency_ms, words = _latencies(record, frames, phases, places.get(LATENCY, -1))
    return Judged(latency_ms if latency_ms.size else None, words, moments if len(moments) > 1 else None)


def _latencies(
    record: RunRecord, frames: Table, phases: Sequence[Mapping[str, Any]], place: int
) -> tuple[NDArray[np.float64], str]:
    item = next((item for item in record.requirements if item.kind == "latency"), None)
    column = "execute_us" if item is not None and item.parameters.get("span") == "engine" else "latency_us"
    if column not in frames:
        return np.empty(0), ""
    rows = frames["phase"] == place
    passed = _judged_pass(item)
    passes = list(phases[place].get("passes", ())) if place >= 0 else []
    if passed in passes and "pass" in frames:
        rows &= frames["pass"] == passes.index(passed)
    if "error" in frames:
        rows &= frames["error"] == 0
    values = frames[column][rows].astype(np.float64) / 1e3
    return values[np.isfinite(values)], passed.replace("_", " ") if passed in passes else ""


def _judged_pass(item: RequirementResult | None) -> str:
    return "" if item is None else str(item.verdict.details.get("judged") or "")
