"""What a reviewer is told of test set and calibration set."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from projects.project import Project
from workbench.base.reporter import Silent
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import frame_findings, open_calibration_set, open_test_set


def told(folder: Path, count: int) -> list[str]:
    project = Project.open(folder)
    test = open_test_set(project, open_detector(project), count, Silent())
    return [text for text in frame_findings(test, open_calibration_set(project, Silent())) if "calibration" in text]


def test_that_nothing_is_said_of_sets_that_share_nothing(project: Path) -> None:
    assert told(project, 4) == []


@pytest.mark.parametrize("name", ["000.png", "001.png", "002.png", "003.png"])
def test_that_a_shared_frame_is_found_whichever_frames_are_chosen(project: Path, name: str) -> None:
    shutil.copy(project / "data" / "test" / name, project / "data" / "calibration" / "zzz.png")
    (whole,) = told(project, 4)
    assert whole == (
        f"A frame of the test set is in the calibration set too ({name}), 1 of them among the 4 that were chosen: "
        "the engine may have been tuned on what it is tested with."
    )
    (part,) = told(project, 1)
    assert "of them among the 1 that were chosen" in part


def test_that_a_chosen_frame_is_told_from_one_that_was_not_chosen(project: Path) -> None:
    opened = Project.open(project)
    (chosen,) = open_test_set(opened, open_detector(opened), 1, Silent()).selection.names
    (other, *_) = sorted({path.name for path in (project / "data" / "test").iterdir()} - {chosen})
    shutil.copy(project / "data" / "test" / other, project / "data" / "calibration" / "zzz.png")
    assert told(project, 1) == [
        f"A frame of the test set is in the calibration set too ({other}), 0 of them among the 1 that were chosen."
    ]
