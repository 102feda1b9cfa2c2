"""Small steps of the Optimise page: which candidate the documents ask for, and how long the first ones will take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.values import MODEL_KEY, Estimates, Selected
from workbench.views.optimise.words import seconds_text
from workbench.words import say_count

if TYPE_CHECKING:
    from projects.keys import Keys
    from projects.project import Project
    from projects.records import CandidateRecord
    from workbench.session import Session

_PRECISION: Keys = ("deployment", "model_format", "precision")
_KEEP: Keys = ("slipway", "optimise", "keep")
_METHOD: Keys = ("slipway", "optimise", "calibration")
_MAKE_S_A_MB = 0.06
"""Writing and opening one quantised model costs about this for each megabyte."""
_START_S = 2.0


def select_candidate(_session: Session, project: Path, key: str) -> Selected:
    """Make the documents ask for a candidate: precision, keep-list and method in deployment.yaml.

    Raises:
        DocumentProblems: the documents have problems.
        UsageError: there is no such candidate, or the document was changed meanwhile.
    """
    from projects.project import Project
    from projects.yaml_edit import remove_value, set_value

    opened = Project.open(project)
    record = _record(opened, key)
    file = opened.deployment_file
    changed = []
    for keys, value, words in _wanted(opened, record):
        before = file
        if value is None:
            file = remove_value(file, keys) if keys in file.places else file
        else:
            file = set_value(file, keys, value)
        if file.text != before.text:
            changed.append(words)
    Project.from_files(opened.layout, file, opened.acceptance_file)
    if file is not opened.deployment_file:
        file.save()
    name = "fp32" if record is None else record.name
    text = f"deployment.yaml asks for {name} now: {', '.join(changed)}." if changed else f"It asks for {name} already."
    return Selected(name, text)


def read_estimates(_session: Session, project: Path) -> Estimates:
    """How long candidates and a ranking take, from one frame through the model.

    Raises:
        DocumentProblems, UsageError: the project, its model or its frames cannot be read.
    """
    from projects.project import Project
    from workbench.base.reporter import Silent
    from workbench.optimise.cleanup import clean
    from workbench.optimise.groups import group_nodes
    from workbench.pipeline.detector import open_detector
    from workbench.pipeline.frame_sets import open_calibration_set
    from workbench.pipeline.optimise import RANKING_FRAMES, worker_threads

    opened = Project.open(project)
    detector = open_detector(opened)
    frames = open_calibration_set(opened, Silent())
    one_s, count = _one_frame_s(opened, worker_threads()), len(frames.selection.names)
    made_s = _START_S + _MAKE_S_A_MB * detector.facts.size_bytes / 1e6
    groups = len(group_nodes(clean(detector.model, threads=worker_threads()).model()))
    trials = 2 * groups
    calibrate_s = 1.3 * count * one_s
    rank_s = _START_S + calibrate_s + trials * (1.3 * RANKING_FRAMES * one_s + made_s - _START_S)
    return Estimates(seconds_text(2 * made_s + calibrate_s), seconds_text(rank_s))


def _one_frame_s(project: Project, threads: int) -> float:
    """The quickest of three frames through the model."""
    from workbench.optimise.cleanup import noise_frame
    from workbench.pipeline.detector import open_model
    from workbench.reference import Reference

    took = []
    with Reference(open_model(project), threads) as reference:
        pixels = noise_frame(reference.facts)
        for _ in range(3):
            before = time.perf_counter()
            reference.infer(pixels)
            took.append(time.perf_counter() - before)
    return min(took)


def _record(project: Project, key: str) -> CandidateRecord | None:
    from projects.records import CandidateRecord

    return None if key == MODEL_KEY else project.records.read(CandidateRecord, key).record


def _wanted(project: Project, record: CandidateRecord | None) -> Iterator[tuple[Keys, object, str]]:
    """(where, value or None to take it out, in words) of what has to stand in the document."""
    recipe = "fp32" if record is None else record.recipe
    if project.deployment.model_format.precision.lower() != recipe:
        yield _PRECISION, recipe.upper(), f"precision {recipe.upper()}"
    keep = () if record is None else record.keep
    if tuple(project.effective.keep) != keep and recipe != "fp32":
        words = f"{say_count(len(keep), 'entry')} kept in float" if keep else "nothing kept in float"
        yield _KEEP, list(keep) or None, words
    if record is not None and record.calibration is not None:
        method = record.calibration.method
        if method != project.effective.calibration_method:
            yield _METHOD, method, f"calibration {method}"
