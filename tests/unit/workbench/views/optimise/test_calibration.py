"""The calibration set: what it shows, against the test set, and what it shows too little of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench.jobs.context import JobContext
from workbench.pipeline.object_counts import count_objects
from workbench.session import Session
from workbench.views.optimise.calibration import read_calibration, read_thumbnails

Labels = Callable[..., Path]


def label(project: Path, where: str, boxes: dict[str, list[str]], **facts: dict[str, str]) -> None:
    """Write COCO labels: classes of each image by its name, and what else is said of it."""
    names = ("car", "lorry", "sign")
    images = [{"id": number, "file_name": name, **facts.get(name[:3], {})} for number, name in enumerate(boxes)]
    annotations = [
        {"image_id": number, "category_id": names.index(kind), "bbox": [1, 1, 8, 8]}
        for number, kinds in enumerate(boxes.values())
        for kind in kinds
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(names)]
    text = json.dumps({"images": images, "annotations": annotations, "categories": categories})
    (project / where).write_text(text)


def test_that_labels_among_the_frames_are_counted_against_those_of_the_test_set(
    session: Session, project: Path
) -> None:
    label(project, "data/calibration/labels.json", {"000.png": ["car"] * 9, "001.png": ["sign"]})
    label(project, "data/labels.json", {"000.png": ["car"] * 2, "001.png": ["sign", "lorry"]})
    found = read_calibration(session, project)
    assert (found.frames, found.objects, found.counted_by, found.against) == (3, 10, "labels", "test set, by labels")
    assert [(share.name, share.count, share.share_text, share.other_text) for share in found.classes] == [
        ("car", 9, "90.0 %", "50.0 %"),
        ("sign", 1, "10.0 %", "25.0 %"),
        ("lorry", 0, "0.0 %", "25.0 %"),
    ]
    assert [share.is_under for share in found.classes] == [False, True, True]
    assert found.warnings == ("Sign and lorry are half as frequent here as in the test set, or less.",)


def test_that_what_labels_say_of_images_is_shown_as_shares(session: Session, project: Path) -> None:
    night, day = {"light": "night", "license": "1"}, {"light": "day"}
    here = {"000.png": ["car"], "001.png": ["car"], "002.png": ["car"]}
    label(project, "data/calibration/labels.json", here, **{"000": day, "001": day, "002": day})
    label(project, "data/labels.json", {"000.png": ["car"], "001.png": ["car"]}, **{"000": day, "001": night})
    found = read_calibration(session, project)
    (scenes,) = found.scenes
    assert (scenes.name, [(share.name, share.share_text, share.is_under) for share in scenes.shares]) == (
        "light",
        [("day", "100.0 %", False), ("night", "0.0 %", True)],
    )
    assert "Night" in found.warnings[0]


def test_that_frames_without_labels_are_counted_by_detections_once_asked_for(
    session: Session, project: Path, context: JobContext
) -> None:
    before = read_calibration(session, project)
    assert (before.objects, before.counted_by, before.classes) == (None, "", ())
    assert before.why.startswith("Nobody labelled these frames")
    counts = count_objects(project, context)
    assert counts.frames == 3
    after = read_calibration(session, project)
    assert (after.objects, after.counted_by, after.why) == (sum(counts.objects.values()), "detections", "")


def test_that_counts_of_other_frames_do_not_count(session: Session, project: Path, context: JobContext) -> None:
    count_objects(project, context)
    (project / "data" / "calibration" / "000.png").unlink()
    assert read_calibration(session, project).objects is None


def test_that_no_calibration_set_says_what_is_needed(
    session: Session, project: Path, edit: Callable[..., None]
) -> None:
    edit(("  calibration:\n    images: data/calibration\n", ""))
    found = read_calibration(session, project)
    assert (found.state, found.why[:19]) == ("none", "No calibration set.")


def test_that_frames_that_are_gone_are_said(session: Session, project: Path) -> None:
    (project / "data" / "calibration").rename(project / "data" / "elsewhere")
    found = read_calibration(session, project)
    assert found.state == "unreadable"
    assert "is not there" in found.why


def test_that_labels_that_cannot_be_read_do_not_hide_the_set(session: Session, project: Path) -> None:
    (project / "data" / "calibration" / "labels.json").write_text("{}")
    found = read_calibration(session, project)
    assert (found.state, found.frames, found.objects) == ("here", 3, None)


def test_that_thumbnails_are_small_and_spread_over_the_set(session: Session, project: Path) -> None:
    found = read_thumbnails(session, project, -1, 2, 18)
    assert [item.name for item in found] == ["000.png", "002.png"]
    assert found[0].image.shape == (12, 18, 3)
    assert found[0].image.dtype == np.uint8
    assert [item.name for item in read_thumbnails(session, project, 1, 5, 18)] == ["001.png", "002.png"]


def test_that_a_thumbnail_says_which_rare_scene_it_shows(session: Session, project: Path) -> None:
    night, day = {"light": "night"}, {"light": "day"}
    here: dict[str, list[str]] = {"000.png": [], "001.png": [], "002.png": []}
    label(project, "data/calibration/labels.json", here, **{"000": night, "001": day, "002": day})
    label(project, "data/labels.json", {"000.png": [], "001.png": []}, **{"000": night, "001": night})
    assert [item.note for item in read_thumbnails(session, project, 0, 3, 18)] == ["night", "", ""]


def test_that_labels_of_a_frame_that_is_gone_are_said_to_be_so(session: Session, project: Path) -> None:
    label(project, "data/calibration/labels.json", {"000.png": ["car"], "999.png": ["car"]})
    found = read_calibration(session, project)
    assert found.objects is None
    assert "999.png" in found.why
    assert "Nobody labelled" not in found.why
