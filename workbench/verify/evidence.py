"""What a run left behind for its verdicts: the recording, the comparison with the reference, and how it was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from targets.facts import BoardFacts
from workbench.telemetry.blocks import Table
from workbench.telemetry.recording import Recording, RunEvent
from workbench.verify.series import Floats, FrameSeries
from workbench.verify.side_by_side import SideBySide

if TYPE_CHECKING:
    from workbench.evaluate.accuracy import Accuracy


@dataclass(frozen=True)
class Evidence:
    """Everything that verdicts are made from; nothing here asks the board any more."""

    recording: Recording
    phases: Sequence[Mapping[str, Any]]
    quick: bool
    until_decided: bool
    board: BoardFacts
    threads: int
    input_size: tuple[int, int]
    compared: SideBySide | None = None
    """None where no outputs were compared."""
    accuracy: Mapping[str, Accuracy] | None = None
    """`reference` and `device`; None without labels."""
    accuracy_missing: str = "the frames have no labels"

    @cached_property
    def series(self) -> FrameSeries:
        """Every measured frame."""
        return FrameSeries(self.recording.frames_table(), self.phases)

    @cached_property
    def telemetry(self) -> Table:
        """Every sample of the machine; NaN is not measured."""
        return self.recording.telemetry_table()

    def phase(self, name: str) -> Mapping[str, Any] | None:
        """A phase of the plan; None where it is not in it."""
        return next((phase for phase in self.phases if phase["id"] == name), None)

    def passes(self, name: str) -> list[str]:
        """Names of the passes of a phase."""
        return [str(one["name"]) for one in (self.phase(name) or {}).get("passes", [])]

    def events(self, kind: str, phase: str) -> list[RunEvent]:
        """Events of one kind in one phase."""
        return [event for event in self.recording.events_of(kind) if event.data.get("phase") == phase]

    def measured_s(self, phase: str) -> float | None:
        """How long a phase was really measured, from its first frame on; a stall at its end counts.

        One start that ended by itself tells it. After a crash it is the time until the phase ended, restarts and all;
        where the run ended before the phase did, the time until its last answered frame.
        """
        span, began = self.series.span_ns(phase), self.events("start_began", phase)
        if span is None:
            return None
        told = [event.data.get("passes") for event in self.events("start_ended", phase)]
        elapsed_s = _sum_elapsed(told[0]) if len(began) == 1 and told else None
        if elapsed_s is not None:
            return elapsed_s
        over = self.events("phase_ended", phase)
        if over:
            return (over[-1].mono_ns - span[0]) / 1e9
        done_s = self.series.done_s(phase)
        return float(done_s.max()) if done_s.size else None

    def sampled(self, column: str, span_ns: tuple[int, int] | None) -> Floats:
        """Telemetry of one column between two moments, what is not measured left out."""
        moments = self.telemetry["mono_ns"]
        if column not in self.telemetry or span_ns is None:
            return np.empty(0)
        inside = (moments >= span_ns[0]) & (moments <= span_ns[1])
        values = self.telemetry[column][inside].astype(np.float64)
        return np.asarray(values[np.isfinite(values)], np.float64)

    def moments_s(self, column: str, span_ns: tuple[int, int]) -> tuple[Floats, Floats]:
        """(seconds since the span began, values) of one column of telemetry."""
        moments: NDArray[np.int64] = self.telemetry["mono_ns"]
        if column not in self.telemetry:
            return np.empty(0), np.empty(0)
        inside = (moments >= span_ns[0]) & (moments <= span_ns[1])
        values = self.telemetry[column][inside].astype(np.float64)
        known = np.isfinite(values)
        return (moments[inside][known] - span_ns[0]) / 1e9, values[known]

    def why_not(self, phase: str) -> str:
        """Why a phase has no figures, in words."""
        if self.phase(phase) is None:
            return f"the phase {phase} was not part of this run"
        ended = self.events("phase_ended", phase)
        if not ended:
            return f"the run ended before the phase {phase} did"
        text = str(ended[-1].data.get("text") or "")
        state = str(ended[-1].data.get("state") or "")
        return f"the phase {phase} ended as {state}: {text}" if text else f"the phase {phase} gave no figures ({state})"


def _sum_elapsed(passes: object) -> float | None:
    """Seconds that the passes of a start took; None where the board told something else than numbers."""
    parts = [one.get("elapsed_s") for one in passes if isinstance(one, dict)] if isinstance(passes, list) else []
    known = [float(part) for part in parts if isinstance(part, (int, float))]
    return sum(known) if known and len(known) == len(parts) else None
