"""The step from a model to a candidate, and the ranking of what quantisation costs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from projects.records import CandidateRecord, Stored
from workbench.base.errors import UsageError
from workbench.base.events import RecordWritten, ResultPart
from workbench.optimise.calibration import calibrate
from workbench.optimise.candidate import Precision, optimiser_versions
from workbench.optimise.cleanup import clean
from workbench.optimise.rank import Ranking, rank_groups
from workbench.pipeline.candidates import WantedCandidate, find_candidate, make_wanted, want_candidate
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import model_inputs, open_calibration_set, open_test_set
from workbench.pipeline.kept_ranking import RankedFrom, keep_group, keep_ranking, write_ranking
from workbench.pipeline.overlap_score import OverlapScore
from workbench.verify.side_by_side import choose_criteria

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

RANKING_FRAMES = 24
"""Frames of the test set that a ranking is measured on; each of some forty candidates runs over all of them."""
DEFAULT_IOU_LIMIT = 0.95


@dataclass(frozen=True)
class OptimiseJob:
    """Make the candidate of a recipe; the documents' precision where none is named."""

    project: Path
    recipe: str | None = None
    keep: tuple[str, ...] | None = None
    """Nodes or patterns that stay in float; None takes what the documents say."""
    method: str | None = None
    """How INT8 ranges are measured, `minmax`, `percentile` or `entropy`; None takes what the documents say."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Optimise {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Stored[CandidateRecord]:
        """The candidate, made or found."""
        project = Project.open(self.project)
        detector = open_detector(project, context)
        wanted = want_candidate(project, detector, context, self.recipe, self.keep, self.method)
        return ensure_candidate(project, detector, wanted, context)


@dataclass(frozen=True)
class RankJob:
    """Measure what each group of layers costs in INT8, and propose the smallest keep-list that meets the limit.

    Each group is told as it is measured (`ResultPart`), and the ranking is kept, so that it need not be made again.
    """

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Rank the layers of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Ranking:
        """The ranking; no candidate is recorded, the proposal is a person's to take."""
        project = Project.open(self.project)
        detector = open_detector(project, context)
        if not project.settings.frames:
            raise UsageError(
                f"{project.layout.deployment} names no frames to rank on", "Name some: `slipway: frames:`."
            )
        context.step("rank", "Rank what INT8 costs")
        frames = open_test_set(project, detector, RANKING_FRAMES, context)
        calibration_frames = open_calibration_set(project, context)
        started_s = time.monotonic()
        criteria = choose_criteria(project.requirements, detector.thresholds.confidence)
        threads = worker_threads()
        cleaned = clean(detector.model, threads=threads, check=context.check)
        wanted = want_candidate(project, detector, context, Precision.INT8.value, ())
        calibration = calibrate(
            cleaned,
            model_inputs(calibration_frames, detector),
            method=wanted.recipe.method,
            threads=threads,
            expected_frames=len(calibration_frames.selection.names),
            progress=lambda share, text: context.progress(0.3 * share, text),
            check=context.check,
        )
        ranking = rank_groups(
            cleaned,
            calibration,
            list(model_inputs(frames, detector)),
            OverlapScore(detector.head, detector.thresholds._replace(confidence=criteria.iou_confidence)),
            limit=iou_limit(project),
            threads=threads,
            progress=lambda share, text: context.progress(0.3 + 0.7 * share, text),
            check=context.check,
            found=lambda loss: context.publish(ResultPart(context.job_id, "group", keep_group(loss))),
            whole_curve=True,
        )
        made_from = RankedFrom(
            detector.facts.sha256,
            wanted.frames_sha256 or "",
            frames.selection.sha256,
            wanted.recipe.method.value,
            dict(optimiser_versions()),
        )
        write_ranking(project.layout.cache, keep_ranking(ranking, made_from, time.monotonic() - started_s))
        context.end_step(f"{len(ranking.groups)} groups, {len(ranking.trials)} candidates made and measured")
        return ranking


def ensure_candidate(
    project: Project, detector: Detector, wanted: WantedCandidate, context: JobContext
) -> Stored[CandidateRecord]:
    """The wanted candidate: the one that is there, else a new one."""
    known, reason = find_candidate(project, wanted)
    context.step("optimise", f"Optimise: {wanted.name}", reason)
    if known is not None:
        context.end_step(f"unchanged: {known.record.sha256[:12]} of {known.created}", skipped=True)
        return known
    stored = make_wanted(project, detector, wanted, context.by, worker_threads(), context)
    record = stored.record
    path = project.layout.records / record.kind / f"{stored.id}.json"
    context.publish(RecordWritten(context.job_id, record.kind, str(path), record.name))
    context.end_step(f"{record.sha256[:12]}, {record.size_bytes / 1e6:.2f} MB{_error_text(record)}")
    return stored


def worker_threads() -> int:
    """How many threads work on the desktop may take."""
    return max(1, os.cpu_count() or 1)


def iou_limit(project: Project) -> float:
    """The least overlap that the test specification asks for."""
    limits = (item.limit for item in project.requirements if item.kind == "detection_iou")
    return next((limit for limit in limits if limit is not None), DEFAULT_IOU_LIMIT)


def _error_text(record: CandidateRecord) -> str:
    known = [(name, value) for name, value in sorted(record.error.items()) if name.endswith("_snr_db") and value]
    parts = ", ".join(f"{name.removesuffix('_snr_db')} {value:.1f} dB" for name, value in known)
    return f"; against its source: {parts}" if parts else ""
