"""Whether anything from outside confirms the preprocessing, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from projects.project import Project
from workbench.base.reporter import Silent
from workbench.evaluate.matching import make_detections
from workbench.frames.resize import Fit
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import open_test_set
from workbench.pipeline.outside_findings import outside_findings

HALF = Fit(0.5, 0.5, 0.0, 0.0, 36, 24)
"""The reference finds boxes of half the size in the model's pixels."""

Told = Callable[[], list[str]]


def results(folder: Path, boxes: list[list[float]], category: int = 1, image: str = "000") -> None:
    rows = [{"image_id": image, "category_id": category, "bbox": box, "score": 0.9} for box in boxes]
    (folder / "data" / "results.json").write_text(json.dumps(rows))
    path = folder / "deployment.yaml"
    path.write_text(path.read_text().replace("    labels: data/labels.json\n", "    detections: data/results.json\n"))


@pytest.fixture
def told(project: Path) -> Told:
    def tell() -> list[str]:
        opened = Project.open(project)
        frames = open_test_set(opened, open_detector(opened), 4, Silent())
        samples = [
            SimpleNamespace(
                position=at, reference=make_detections([[1, 1, 5, 5]] if not at else [], [0.8][at:], [1][at:])
            )
            for at in range(2)
        ]
        compared: Any = SimpleNamespace(samples=samples)
        return outside_findings(opened, ("car", "lorry", "sign"), frames, compared, [HALF] * 4)

    return tell


def test_that_nothing_is_said_where_labels_tell(told: Told) -> None:
    assert told() == []


def test_that_without_labels_and_detections_nothing_confirms_the_preprocessing(project: Path, told: Told) -> None:
    path = project / "deployment.yaml"
    path.write_text(path.read_text().replace("    labels: data/labels.json\n", ""))
    assert told() == ["No labels, no exported detections: preprocessing not confirmed by outside data."]


def test_that_exported_detections_that_are_found_confirm_it(project: Path, told: Told) -> None:
    results(project, [[2, 2, 8, 8]])
    (text,) = told()
    assert text == (
        "The reference finds 1 of 1 detections of data/results.json (category ids taken as the model numbers them) on "
        "1 frames: the preprocessing is confirmed by outside data."
    )


def test_that_exported_detections_that_are_missed_do_not(project: Path, told: Told) -> None:
    results(project, [[2, 2, 8, 8], [20, 10, 8, 8]])
    (text,) = told()
    assert text.startswith("The reference finds 1 of 2 detections")
    assert "fewer than 90%: preprocessing not confirmed by outside data" in text


@pytest.mark.parametrize(
    ("boxes", "image", "said"),
    [
        ([[20.0, 10, 8, 8]], "000", "The reference finds nothing of what data/results.json has on these frames"),
        ([[2.0, 2, 8, 8]], "nowhere", "The exported detections cannot be used"),
    ],
)
def test_that_detections_of_other_things_are_said_to_tell_nothing(
    project: Path, told: Told, boxes: list[list[float]], image: str, said: str
) -> None:
    results(project, boxes, image=image)
    (text,) = told()
    assert text.startswith(said)
    assert text.endswith("preprocessing not confirmed by outside data.")
