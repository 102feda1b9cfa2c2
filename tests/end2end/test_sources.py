"""Frames from a video, and labels as YOLO writes them: through the whole job as images and COCO labels go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from benchmarks.example_project import BOARD, change
from tests.end2end.bench import BY, Desk, Place, Story, check_nothing_half
from workbench.base.events import JobState
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.build import BuildJob
from workbench.pipeline.deploy import DeployJob
from workbench.pipeline.optimise import OptimiseJob
from workbench.pipeline.verify import VerifyJob
from workbench.results.run_record import RunRecord
from workbench.session import Session

KINDS = ("output_difference", "detection_iou", "accuracy")


def write_video(project: Path, names: list[str]) -> None:
    """The frames as a video of Motion JPEG, instead of their folder."""
    images = [cv2.imread(str(project / "data" / "test" / name)) for name in names]
    assert all(image is not None for image in images)
    height, width = images[0].shape[:2]  # type: ignore[union-attr]
    writer = cv2.VideoWriter(str(project / "data" / "test.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for image in images:
        writer.write(image)  # type: ignore[arg-type]
    writer.release()
    change(project / "deployment.yaml", ("slipway", "frames", "images"), "data/test.avi")


def write_yolo(project: Path, labels: dict[str, Any], stems: dict[str, str]) -> None:
    """The labels as a text file a frame, named by `stems`, instead of COCO JSON."""
    folder = project / "data" / "yolo"
    folder.mkdir()
    images = {image["id"]: image for image in labels["images"]}
    lines: dict[str, list[str]] = {stem: [] for stem in stems.values()}
    for row in labels["annotations"]:
        image = images[row["image_id"]]
        if image["file_name"] in stems:
            left, top, width, height = row["bbox"]
            box = (left + width / 2) / image["width"], (top + height / 2) / image["height"]
            size = width / image["width"], height / image["height"]
            numbers = " ".join(f"{number:.6f}" for number in (*box, *size))
            lines[stems[image["file_name"]]].append(f"{row['category_id'] - 1} {numbers}")
    for stem, text in lines.items():
        (folder / f"{stem}.txt").write_text("\n".join(text))
    change(project / "deployment.yaml", ("slipway", "frames", "labels"), "data/yolo")


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    """Somebody before a project with which nothing was done yet."""
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


def verify(desk: Desk) -> RunRecord:
    """All steps, and nothing measured that takes time."""
    project = desk.place.project
    checked = desk.session.check(project)
    assert checked.ok, [str(problem) for problem in checked.problems]
    for job in (OptimiseJob(project), BuildJob(project, BOARD), DeployJob(project, BOARD)):
        story = desk.do(job)
        assert story.state is JobState.SUCCEEDED, story.ended.error
    story = desk.do(VerifyJob(project, BOARD, KINDS))
    assert isinstance(story.ended.result, RunRecord), story.ended.error
    return story.ended.result


@pytest.mark.parametrize("source", ["images", "video"])
def test_that_yolo_labels_of_images_and_of_a_video_give_the_accuracy_of_coco_labels(
    desk: Desk, lean_first: tuple[Place, Story], source: str
):
    project = desk.place.project
    labels = json.loads((project / "data" / "test" / "labels.json").read_text())
    names = sorted(path.name for path in (project / "data" / "test").glob("*.jpg"))
    numbered = {name: f"frame{number:06d}" for number, name in enumerate(names)}
    write_yolo(project, labels, numbered if source == "video" else {name: Path(name).stem for name in names})
    if source == "video":
        write_video(project, names)
        shutil.rmtree(project / "data" / "test")
    record = verify(desk)
    assert record.frames["source"] == ("data/test.avi" if source == "video" else "data/test")
    assert record.frames["taken"] == len(names)
    assert record.frames["labels"] == "data/yolo"
    by_kind = {item.kind: item.verdict for item in record.requirements}
    assert set(by_kind) == set(KINDS)
    assert by_kind["detection_iou"].outcome is Outcome.PASS, by_kind["detection_iou"].reason
    coco = lean_first[1].outcome.record.figures["accuracy"]
    for side in ("reference", "device"):  # a video is encoded once more; text labels lose but their seventh digit
        tolerance = 0.05 if source == "video" else 1e-3
        assert record.figures["accuracy"][side]["map50"] == pytest.approx(coco[side]["map50"], abs=tolerance)
    check_nothing_half(desk.place)
