"""Which changes of the test specification a run's measurements still answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from projects.project import Project
from projects.record_file import Author
from projects.runs import RunFolder
from targets.facts import BoardFacts
from tests.unit.workbench.results.kept_run import compare_sides, detect, draw_objects, keep_run
from workbench.pipeline.rejudge import why_measure
from workbench.results.run_record import RunRecord
from workbench.telemetry.recording import Recording
from workbench.verify.evidence import Evidence
from workbench.verify.run_plan import Effort, plan_phases
from workbench.verify.side_by_side import choose_criteria

Edit = Callable[..., None]
TESTS = "deployment_tests.yaml"


@pytest.fixture
def measured(project: Path) -> tuple[RunFolder, RunRecord]:
    """A whole run of the project as it is."""
    return measure(project)


def measure(project: Path, *, until_decided: bool = False) -> tuple[RunFolder, RunRecord]:
    opened = Project.open(project)
    phases = plan_phases(opened, Effort(frozenset(item.kind for item in opened.requirements)), 4)
    objects = draw_objects(4)
    compared = compare_sides(detect(objects, 0.1, 1), detect(objects, 0.2, 2))
    compared.criteria = choose_criteria(opened.requirements, opened.effective.confidence)
    evidence = Evidence(Recording({}, (), {}, ()), phases, False, until_decided, BoardFacts(), 1, compared=compared)
    folder = RunFolder.create(project / "runs", {}, Author("Ada"))
    run = keep_run(folder.path / "kept", compared, objects, evidence=evidence)
    for path in (folder.path / "kept").iterdir():
        path.rename(folder.path / path.name)
    return folder, replace(run, frames={**run.frames, "taken": 4})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("requirement: 50ms", "requirement: 60ms"),
        ("detection_iou: 0.90", "detection_iou: 0.80"),
        ("at_least: 0.80", "at_least: 0.70"),
        ("id: MLE-DEPLOY-1", "id: MLE-DEPLOY-2"),
        ("measurement: p99", "measurement: p95"),
        ("{metric: mAP50, at_least: 0.80}", "{metric: recall, at_least: 0.80}"),
    ],
)
def test_that_other_limits_and_figures_of_the_same_frames_are_judged(
    project: Path, measured: tuple[RunFolder, RunRecord], edit: Edit, old: str, new: str
) -> None:
    edit((old, new), name=TESTS)
    assert why_measure(Project.open(project), measured[1], measured[0], quick=False) == ""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("test_iterations: 300", "test_iterations: 400", "other phases"),
        ("test_samples: 4", "test_samples: 5", "another number of frames"),
        ("slipway:\n", "slipway:\n  detection_iou: {confidence: 0.4}\n", "other criteria"),
        ("slipway:\n", "slipway:\n  latency: {starts: 3}\n", "other phases"),
    ],
)
def test_that_what_was_not_measured_has_to_be(
    project: Path, measured: tuple[RunFolder, RunRecord], edit: Edit, old: str, new: str, why: str
) -> None:
    edit((old, new), name=TESTS)
    assert why in why_measure(Project.open(project), measured[1], measured[0], quick=False)


def test_that_what_was_not_kept_or_stopped_by_the_old_limit_has_to_be_measured(
    project: Path, measured: tuple[RunFolder, RunRecord]
) -> None:
    folder, run = measured
    opened = Project.open(project)
    assert "did not keep its evidence" in why_measure(opened, replace(run, files={}), folder, quick=False)
    (folder.path / "matches.parquet").unlink()
    assert "is not there" in why_measure(opened, run, folder, quick=False)
    other, decided = measure(project, until_decided=True)
    assert "until the old limit" in why_measure(opened, decided, other, quick=False)
