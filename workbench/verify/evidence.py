"""What a run left behind for its verdicts: the recording, the comparison with the reference, and how it was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from targets.facts import BoardFacts
from workbench.base.errors import SlipwayError
from workbench.evaluate.detection_iou import DetectionIou
from workbench.evaluate.output_difference import OutputDifference
from workbench.telemetry.blocks import Table
from workbench.telemetry.recording import LONGEST_S, Recording, RunEvent
from workbench.verify.series import Floats, FrameSeries
from workbench.verify.side_by_side import Criteria
from workbench.verify.told import number_of, start_of

if TYPE_CHECKING:
    from workbench.evaluate.accuracy import Accuracy


class Compared(Protocol):
    """What a comparison of outputs came to."""

    @property
    def samples(self) -> Sized:
        """One a frame."""

    @property
    def criteria(self) -> Criteria:
        """By what it was compared."""

    @property
    def requested(self) -> int:
        """How many frames were to be compared."""

    @property
    def checked_scores(self) -> int:
        """Scores of any anchor of the device."""

    @property
    def bad_scores(self) -> int:
        """Those of them that are no numbers in the range that is asked for."""

    @property
    def difference(self) -> OutputDifference:
        """Of the outputs."""

    @property
    def iou(self) -> DetectionIou:
        """Of the detections."""


@dataclass(frozen=True)
class Evidence:
    """Everything that verdicts are made from; nothing here asks the board any more."""

    recording: Recording
    phases: Sequence[Mapping[str, Any]]
    quick: bool
    until_decided: bool
    board: BoardFacts
    threads: int
    """That the runtime was given."""
    streams: int = 1
    """Frames in flight that the documents ask for; the throughput alone is measured with more than one."""
    compared: Compared | None = None
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

    def of_starts(self, kind: str, phase: str) -> dict[int, RunEvent]:
        """Events of one kind in one phase by the number of their cold start, in its order."""
        told = {start_of(event.data): event for event in self.events(kind, phase)}
        return {start: told[start] for start in sorted(number for number in told if number is not None)}

    def starts_planned(self, phase: str) -> int:
        """How many cold starts a phase was to have; 0 where the plan names no number."""
        planned = self.phase(phase) or {}
        return 0 if planned.get("until_told") else int(planned.get("starts", 0))

    def starts_short(self, phase: str) -> int:
        """How many of the cold starts that a phase was to have did not end whole."""
        ended = self.of_starts("start_ended", phase).values()
        return max(0, self.starts_planned(phase) - sum(event.data.get("complete") is True for event in ended))

    def is_whole(self, phase: str) -> bool:
        """Whether a phase came to its own end."""
        ended = self.events("phase_ended", phase)
        return bool(ended) and ended[-1].data.get("state") == "done"

    def measured_s(self, phase: str) -> float | None:
        """How long a phase was really measured, from its first frame on; a stall at its end counts.

        One start that ended by itself tells it. After a crash it is the time until the phase ended, restarts and all;
        where the run ended before the phase did, the time until its last answered frame.

        Raises:
            SlipwayError: the board tells of a time that no run has.
        """
        span, began = self.series.span_ns(phase), self.events("start_began", phase)
        if span is None:
            return None
        told = [event.data.get("passes") for event in self.events("start_ended", phase)]
        elapsed_s = _sum_elapsed(told[0]) if len(began) == 1 and told else None
        if elapsed_s is None:
            over, done_s = self.events("phase_ended", phase), self.series.done_s(phase)
            ends = [(over[-1].mono_ns - span[0]) / 1e9] if over else done_s[np.isfinite(done_s)].tolist()
            elapsed_s = max(ends, default=None)
        if elapsed_s is not None and not 0 <= elapsed_s <= LONGEST_S:
            raise SlipwayError(f"the board says that the phase {phase} took {elapsed_s:.3g} s, which cannot be")
        return elapsed_s

    def sampled(self, column: str, span_ns: tuple[int, int] | None) -> Floats:
        """Telemetry of one column between two moments, what is not measured left out."""
        return self.moments_s(column, span_ns)[1]

    def moments_s(self, column: str, span_ns: tuple[int, int] | None) -> tuple[Floats, Floats]:
        """(seconds since the span began, values) of one column of telemetry, what is not measured left out."""
        if column not in self.telemetry or span_ns is None:
            return np.empty(0), np.empty(0)
        moments: NDArray[np.int64] = self.telemetry["mono_ns"]
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
    known = [part for part in map(number_of, parts) if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
