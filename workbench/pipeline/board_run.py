"""One run on a board, followed from its start to its end while the reference runs beside it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from projects.requirements import Requirement
from projects.runs import RunFolder
from targets.fetch import fetch_run
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost, SlipwayError
from workbench.base.events import Level, LiveValues
from workbench.evaluate.sequential import SequentialExceedance
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.on_board import end_run
from workbench.pipeline.optimise import worker_threads
from workbench.reference import Reference
from workbench.telemetry.recording import Recording, read_recording
from workbench.verify.judge_speed import latency_column
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import LATENCY, OUTPUTS, pass_names
from workbench.verify.side_by_side import Outputs, ReferenceAhead, SideBySide, choose_criteria
from workbench.verify.watcher import RunWatcher

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.pipeline.run_files import RunInputs

LOG_BYTES = 4000
TOLD_EVERY = 10
"""Frames compared between two tellings of how the comparison stands."""


@dataclass
class Tally:
    """The comparison with the reference so far; no verdict."""

    frames: int = 0
    overlaps: int = 0
    total: float = 0.0
    largest: float | None = None

    def add(self, ious: NDArray[np.float64], difference: float) -> None:
        """Count one frame: the overlap of each reference detection, and the difference of its outputs."""
        self.frames += 1
        self.overlaps += ious.size
        self.total += float(ious.sum())
        if np.isfinite(difference):
            self.largest = difference if self.largest is None else max(self.largest, difference)

    def values(self) -> dict[str, float | None]:
        """As live values have it."""
        mean = self.total / self.overlaps if self.overlaps else None
        return {"frames": float(self.frames), "detection_iou": mean, "output_difference": self.largest}


class BoardRun:
    """Starts a run, follows it, and fetches what it recorded."""

    def __init__(self, inputs: RunInputs, plan: Mapping[str, Any], folder: RunFolder, context: JobContext) -> None:
        self._inputs, self._plan, self._folder, self._context = inputs, plan, folder, context
        self._phases = list(plan["phases"])
        self.compared: SideBySide | None = self._side_by_side() if self._phase(OUTPUTS) else None
        self._sequential = self._decisions()
        self._tally = Tally()
        self._told_s = 0.0
        """The board's clock, as the last live values had it."""
        self._end_by = Deadline(inputs.asked.at_most_s)
        self._told = False
        """Whether the run was told to end its latency phase."""

    def follow(self) -> None:
        """Run to the end.

        Raises:
            Cancelled: the run was stopped on the board too.
            LinkLost: the outcome is unknown.
            SlipwayError: the run died or failed.
        """
        client, name = self._inputs.held.client, self._folder.id
        with self._reference() as ahead:
            watcher = RunWatcher(
                self._phases, self, lambda at, got: self._compare(ahead, at, got), self._on_start, self._column()
            )
            client.start_run(name, self._plan)
            try:
                end = client.follow(name, watcher.take)
            except (Cancelled, SlipwayError) as error:
                if not isinstance(error, LinkLost):
                    end_run(self._inputs.held, name, self._context)
                raise
        if watcher.died or end.state != "done":
            raise BoardError(
                f"the run {name} on {self._inputs.held.name} ended as {end.state}",
                "See the run's log below; what it measured until then is kept.",
                "\n".join(text for text in (watcher.died, *watcher.failures) if text),
            )

    def collect(self) -> tuple[Recording, str]:
        """What the run recorded, and the last lines that it printed; the board keeps it until `forget`."""
        part = self._inputs.project.layout.cache / f"fetch-{self._folder.id}"
        try:
            fetch_run(self._inputs.held.client.board, self._folder.id, part, CancelToken(), outputs=False)
            recording = read_recording(part / "live.sqlite")
            last_lines = _last_lines(part / "run.log")
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return recording, last_lines

    def forget(self) -> None:
        """Remove the run from the board; only once its record is written, so that a crash loses nothing."""
        self._inputs.held.client.remove_run(self._folder.id, CancelToken())

    def progress(self, fraction: float | None, text: str) -> None:
        """From the watcher."""
        self._context.progress(fraction, text)

    def log(self, level: Level, text: str) -> None:
        """From the watcher."""
        self._context.log(level, text)

    def live(self, stream: str, mono_s: float, values: Mapping[str, float | None]) -> None:
        """From the watcher, and of the comparison here."""
        self._told_s = mono_s
        self._context.publish(LiveValues(self._context.job_id, stream, mono_s, dict(values)))

    def _side_by_side(self) -> SideBySide:
        detector, project = self._inputs.detector, self._inputs.project
        equivalence = project.acceptance.functional_equivalence
        requested = self._inputs.pack.count if equivalence is None else int(equivalence.test_samples)
        return SideBySide(
            detector.head,
            detector.thresholds,
            (detector.fitting.width, detector.fitting.height),
            requested,
            choose_criteria(project.requirements, detector.thresholds.confidence),
            labelled=self._inputs.frames.labels is not None,
        )

    @contextlib.contextmanager
    def _reference(self) -> Iterator[ReferenceAhead | None]:
        phase = self._phase(OUTPUTS)
        if phase is None:
            yield None
            return
        detector, pack = self._inputs.detector, self._inputs.pack
        with (
            Reference(detector.model, worker_threads()) as model,
            ReferenceAhead(model, pack, detector.preprocess, phase["frames"]) as ahead,
        ):
            yield ahead

    def _compare(self, ahead: ReferenceAhead | None, position: int, outputs: Outputs) -> None:
        if ahead is None or self.compared is None:
            return
        reference = ahead.of(position)
        if reference is not None:
            sample = self.compared.add(position, reference, outputs)
            self._tally.add(sample.overlap.ious, self.compared.difference.figure(sample.difference))
            if self._tally.frames % TOLD_EVERY == 0:
                self.live("overlap", self._told_s, self._tally.values())

    def _decisions(self) -> dict[str, SequentialExceedance]:
        """One for each pass of frames that is judged; none where the run is not to go on until it is decided."""
        wanted = self._latency()
        if not self._inputs.asked.until_decided or wanted is None:
            return {}
        statistic, limit_us = str(wanted.parameters["statistic"]), limit_of(wanted, 1e6)
        pacing, names = str(wanted.parameters["pacing"]), pass_names(self._phases, LATENCY)
        judged = [pacing] if pacing in names else names
        return {name: SequentialExceedance(statistic, limit_us) for name in judged}

    def _latency(self) -> Requirement | None:
        return next((item for item in self._inputs.requirements if item.kind == LATENCY), None)

    def _column(self) -> str:
        """The times of a frame that the verdict on latency is about."""
        wanted = self._latency()
        return latency_column(wanted) if wanted is not None else "latency_us"

    def _on_start(self, passes: Mapping[str, NDArray[np.float64]]) -> None:
        """Look once after each cold start, by the sequential rule; go on until all passes are decided or time is up."""
        if not self._sequential or self._told:
            return
        for name, decision in self._sequential.items():
            values = passes.get(name, np.empty(0))
            if not np.isfinite(values).all():
                raise SlipwayError(f"the board sent latencies ({name.replace('_', ' ')}) that are no numbers")
            decision.add(values)
        decided = all(item.decision is not Outcome.INCONCLUSIVE for item in self._sequential.values())
        if decided or self._end_by.expired:
            self._told = True
            self.log(Level.INFO, "latency is decided" if decided else "time is up; latency is not decided")
            self._inputs.held.client.advance(self._folder.id, LATENCY)

    def _phase(self, name: str) -> Mapping[str, Any] | None:
        return next((phase for phase in self._phases if phase["id"] == name), None)


def _last_lines(path: Path) -> str:
    """The end of what a run's process printed; empty where it printed nothing."""
    return path.read_bytes()[-LOG_BYTES:].decode("utf-8", "replace").strip() if path.is_file() else ""
