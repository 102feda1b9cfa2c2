"""The frames of a run's recording, cut into starts and passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STAGES = ("preprocess", "copy_in", "execute", "copy_out", "decode")


class FrameSeries:
    """Columns of every measured frame, by phase, pass and cold start.

    Args:
        columns: the recording's `frames` columns, each [n]; errors are rows with `error` 1 and no times.
        phases: the plan's phases in order: {id, kind, passes: [{name, ...}], ...}.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]], phases: Sequence[Mapping[str, Any]]) -> None:
        self._columns = columns
        self._phases = phases

    def starts(self, phase: str, passed: str | None = None, column: str = "latency_us") -> list[Floats]:
        """One array a cold start, in the order of time, of the frames that were answered."""
        rows = self.rows(phase, passed) & (self._columns["error"] == 0)
        numbers = self._columns["start"][rows]
        values = self._columns[column][rows].astype(np.float64)
        return [values[numbers == number] for number in np.unique(numbers)]

    def rows(self, phase: str, passed: str | None = None) -> NDArray[np.bool_]:
        """Which frames belong to a phase, or to one pass of it; all False where the phase is not in the plan."""
        rows = np.zeros(len(self._columns["phase"]), bool)
        for number, value in enumerate(self._phases):
            if value["id"] != phase:
                continue
            rows = self._columns["phase"] == number
            if passed is not None:
                names = [item["name"] for item in value["passes"]]
                rows &= self._columns["pass"] == (names.index(passed) if passed in names else -1)
        return rows

    def errors(self, phase: str) -> int:
        """How many frames of a phase ended in an error."""
        return int((self.rows(phase) & (self._columns["error"] != 0)).sum())

    def count(self, phase: str | None = None, *, but: str | None = None) -> int:
        """How many frames were answered, in one phase or in all (but one)."""
        return int(self._answered(phase, but).sum())

    def total(self, column: str, *, but: str | None = None) -> int:
        """The sum of a counting column (`bad_boxes`, `bad_scores`, `detections`) over all answered frames.

        Args:
            column: its name.
            but: a phase whose frames are left out.
        """
        return int(self._columns[column][self._answered(None, but)].sum(dtype=np.int64))

    def _answered(self, phase: str | None, but: str | None) -> NDArray[np.bool_]:
        rows: NDArray[np.bool_] = self._columns["error"] == 0
        if phase is not None:
            rows = rows & self.rows(phase)
        return rows if but is None else rows & ~self.rows(but)

    def done_s(self, phase: str) -> Floats:
        """When each answered frame of a phase was done, in seconds since the first of all its frames arrived."""
        rows, span = self.rows(phase), self.span_ns(phase)
        if span is None:
            return np.empty(0)
        rows &= self._columns["error"] == 0
        arrived_s = (self._columns["mono_ns"][rows].astype(np.int64) - span[0]) / 1e9
        done_s: Floats = arrived_s + self._columns["latency_us"][rows].astype(np.float64) / 1e6
        return done_s

    def span_ns(self, phase: str, start: int | None = None) -> tuple[int, int] | None:
        """Arrival of the first and the last frame of a phase or of one start of it, on the board's clock."""
        rows = self.rows(phase)
        if start is not None:
            rows = rows & (self._columns["start"] == start)
        moments = self._columns["mono_ns"][rows]
        return (int(moments.min()), int(moments.max())) if moments.size else None
