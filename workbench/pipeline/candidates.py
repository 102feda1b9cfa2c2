"""Candidates of a project: the one that is wanted, whether it is there, and making it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from projects.project import Project
from projects.record_file import Author
from projects.records import CalibrationRecord, CandidateCalibration, CandidateRecord, Stored
from workbench.base.atomic import encode_json
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes
from workbench.base.reporter import Reporter
from workbench.optimise.calibration import Method
from workbench.optimise.candidate import Candidate, Precision, Recipe, make_candidate, optimiser_versions
from workbench.pipeline.detector import Detector
from workbench.pipeline.frame_sets import FrameSet, model_inputs, open_calibration_set, open_test_set
from workbench.pipeline.trt_calibration import measures_itself

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHECK_FRAMES = 8
"""Frames on which a new candidate is compared with its source; verification compares it on all."""
_NO_METHOD = "Leave --method away, or take the recipe int8."
RECIPES = tuple(precision.value for precision in Precision)


@dataclass(frozen=True)
class WantedCandidate:
    """What a candidate must have been made with to be the wanted one."""

    recipe: Recipe
    parent_sha256: str
    frames_sha256: str | None
    """Of the choice of calibration frames and how they are fitted; None where none are needed."""
    calibration: FrameSet | None

    @property
    def name(self) -> str:
        """Such as `int8-k3`: the recipe and how many entries its keep-list has."""
        kept = f"-k{len(self.recipe.keep)}" if self.recipe.keep else ""
        return f"{self.recipe.precision.value}{kept}"


def want_candidate(
    project: Project,
    detector: Detector,
    reporter: Reporter,
    recipe: str | None = None,
    keep: tuple[str, ...] | None = None,
    method: str | None = None,
) -> WantedCandidate:
    """The candidate that the documents ask for, or the one of a named recipe.

    Raises:
        UsageError: an unknown recipe or method, or one that needs calibration frames that are not there.
    """
    usual = project.deployment.model_format.precision
    if measures_itself(project.deployment, project.settings):
        usual = "fp32"  # TensorRT measures the INT8 ranges itself, on the board
    chosen = (recipe or usual).lower()
    if chosen not in RECIPES:
        raise UsageError(f"there is no recipe {chosen!r}", f"Use one of {', '.join(RECIPES)}.")
    precision = Precision(chosen)
    kept = _kept(project, precision, keep)
    chosen_method = _method(project, precision, method)
    if precision is not Precision.INT8:
        return WantedCandidate(Recipe(precision, kept), detector.facts.sha256, None, None)
    frames = open_calibration_set(project, reporter)
    identity = [frames.selection.sha256, asdict(detector.fitting), detector.preprocess]
    frames_sha256 = sha256_bytes(json.dumps(identity, sort_keys=True).encode())
    return WantedCandidate(Recipe(precision, kept, chosen_method), detector.facts.sha256, frames_sha256, frames)


def _kept(project: Project, precision: Precision, keep: tuple[str, ...] | None) -> tuple[str, ...]:
    """The keep-list of a recipe: the given one, else the documents'; in float32 there is nothing to keep."""
    if precision is not Precision.FP32:
        return project.effective.keep if keep is None else keep
    if keep:
        raise UsageError(
            f"the recipe fp32 keeps every node in float already, so --keep {','.join(keep)} says nothing",
            "Leave --keep away, or take the recipe int8 or fp16.",
        )
    return ()


def _method(project: Project, precision: Precision, method: str | None) -> Method:
    """The given way to measure ranges, else the documents'."""
    if method is not None and precision is not Precision.INT8:
        raise UsageError(
            f"the recipe {precision.value} measures no ranges, so --method {method} says nothing", _NO_METHOD
        )
    known = {item.value for item in Method}
    if method is not None and method.lower() not in known:
        raise UsageError(f"there is no method {method!r}", f"Use one of {', '.join(sorted(known))}.")
    return Method((method or project.effective.calibration_method).lower())


def find_candidate(project: Project, wanted: WantedCandidate) -> tuple[Stored[CandidateRecord] | None, str]:
    """The newest candidate made just so whose bytes are here; else None and why it has to be made (again)."""
    reason = ""
    for stored in reversed(project.records.all(CandidateRecord)):
        record = stored.record
        if record.recipe != wanted.recipe.precision.value or record.keep != wanted.recipe.keep:
            continue
        why = why_changed(record, wanted)
        why = why or project.blobs.problem_of(record.sha256)
        if not why:
            return stored, ""
        reason = reason or why
    return None, reason


def make_wanted(
    project: Project, detector: Detector, wanted: WantedCandidate, by: Author, threads: int, reporter: Reporter
) -> Stored[CandidateRecord]:
    """Make the candidate and record it.

    Raises:
        UsageError: model, recipe or frames cannot be taken.
        SlipwayError: a tool failed, or the candidate breaks a rule.
    """
    frames = wanted.calibration
    count = 0 if frames is None else len(frames.selection.names)
    candidate = make_candidate(
        detector.model,
        wanted.recipe,
        frames=() if frames is None else model_inputs(frames, detector),
        check_frames=() if frames is None else list(model_inputs(frames, detector, range(min(CHECK_FRAMES, count)))),
        compare_frames=_frames_to_compare(project, detector, reporter) if frames is None else (),
        expected_frames=count,
        threads=threads,
        progress=reporter.progress,
        check=reporter.check,
    )
    project.blobs.add_bytes(candidate.content)
    calibration = _record_calibration(project, wanted, candidate, by)
    return project.records.write(_record(wanted, candidate, calibration), by)


def _frames_to_compare(project: Project, detector: Detector, reporter: Reporter) -> list[NDArray[np.float32]]:
    """A few frames that say how far a candidate is from its source where none are needed to make it."""
    try:
        if project.settings.calibration is not None:
            frames = open_calibration_set(project, reporter)
        elif project.settings.frames is not None:
            frames = open_test_set(project, detector, CHECK_FRAMES, reporter)
        else:
            return []
        count = min(CHECK_FRAMES, len(frames.selection.names))
        return list(model_inputs(frames, detector, range(count)))
    except UsageError:
        return []


def why_changed(record: CandidateRecord, wanted: WantedCandidate) -> str:
    """Why a candidate of the same recipe is not the wanted one, in words; empty where it is."""
    if record.parent_sha256 != wanted.parent_sha256:
        return "the model changed"
    calibration = record.calibration
    if (calibration.frames_sha256 if calibration else None) != wanted.frames_sha256:
        return "the calibration frames or the preprocessing changed"
    if calibration is not None and calibration.method != wanted.recipe.method.value:
        return "the calibration method changed"
    known = dict(optimiser_versions())
    tools = [
        f"{name} {record.tools.get(name)} → {known[name]}" for name in known if record.tools.get(name) != known[name]
    ]
    return f"tools changed: {', '.join(tools)}" if tools else ""


def _record_calibration(
    project: Project, wanted: WantedCandidate, candidate: Candidate, by: Author
) -> CandidateCalibration | None:
    found, frames = candidate.calibration, wanted.calibration
    if found is None or frames is None or wanted.frames_sha256 is None:
        return None
    ranges = encode_json({"limits": dict(found.limits), "method": found.method.value, "percentile": found.percentile})
    sha256 = project.blobs.add_bytes(ranges)
    if not project.records.made_as(CalibrationRecord, sha256):
        record = CalibrationRecord(
            sha256=sha256,
            model_sha256=found.model_sha256,
            frames_sha256=found.frames_sha256,
            frame_names=frames.selection.names,
            source=frames.selection.source,
            count=found.frame_count,
            seed=frames.selection.seed,
            method=found.method.value,
            percentile=found.percentile,
            tools=dict(candidate.tools),
        )
        project.records.write(record, by)
    return CandidateCalibration(
        sha256=sha256,
        frames_sha256=wanted.frames_sha256,
        count=found.frame_count,
        seed=frames.selection.seed,
        method=found.method.value,
    )


def _record(wanted: WantedCandidate, candidate: Candidate, calibration: CandidateCalibration | None) -> CandidateRecord:
    error: dict[str, float | None] = {}
    for part in candidate.error:
        error[f"{part.part}_snr_db"] = part.snr_db
        error[f"{part.part}_max_abs"] = part.max_abs
    return CandidateRecord(
        name=wanted.name,
        recipe=wanted.recipe.precision.value,
        precision=wanted.recipe.precision.value,
        parent_sha256=candidate.parent_sha256,
        sha256=candidate.sha256,
        size_bytes=candidate.size_bytes,
        keep=wanted.recipe.keep,
        kept_nodes=candidate.kept,
        calibration=calibration,
        tools=dict(candidate.tools),
        error=error,
        opset=candidate.opset,
        ir_version=candidate.ir_version,
        notes=candidate.notes,
    )
