"""One frame tried on a model: what the network gets, what is found, and what another preprocessing would find."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.model.opened import open_document, open_model
from workbench.model.sessions import warm_model
from workbench.session import Session
from workbench.views.model import TryAsked, read_model, try_frame, try_others

Write = Callable[[str, str], None]


@pytest.fixture
def first(session: Session, project: Path) -> str:
    """The first frame of the test set."""
    return read_model(session, project).frames[0].id


def test_that_a_frame_is_decoded_from_a_low_threshold_up(session: Session, project: Path, first: str) -> None:
    tried = try_frame(session, TryAsked(project, first))
    assert tried.problem == ""
    assert list(tried.scores) == sorted(tried.scores, reverse=True)
    assert tried.scores[-1] >= tried.least
    assert tried.boxes_fitted.shape == tried.boxes_camera.shape == (len(tried.scores), 4)
    assert tried.fitted.shape == (384, 640, 3)
    assert tried.confidence == 0.25


def test_that_a_slider_counts_as_the_head_would(session: Session, project: Path, first: str) -> None:
    """Suppression at a low threshold and a cut above it give what suppression at that threshold gives."""
    low = try_frame(session, TryAsked(project, first))
    for confidence in ("0.3", "0.6", "0.9"):
        again = try_frame(session, TryAsked(project, first, (("slipway.thresholds.confidence", confidence),)))
        assert low.count(float(confidence)) == again.count(float(confidence))
        assert sum(score >= float(confidence) for score in low.scores) == low.count(float(confidence))


def test_that_the_summary_says_what_is_on_the_picture(session: Session, project: Path, first: str) -> None:
    tried = try_frame(session, TryAsked(project, first))
    shown = tried.count(0.25)
    assert shown > 1
    before = sum(score >= 0.25 for score in tried.rising)
    assert tried.summary(0.25) == f"{shown} boxes at confidence ≥ 0.25, {before} before suppression"
    assert before > shown
    assert tried.summary(0.999).startswith("0 boxes at confidence ≥ 1.00; highest score 0.9")


def test_that_bands_of_a_letterbox_have_the_pad_value(session: Session, project: Path, tmp_path: Path) -> None:
    square = tmp_path / "square.png"
    cv2.imwrite(str(square), np.full((400, 400, 3), 200, np.uint8))
    tried = try_frame(session, TryAsked(project, f"file:{square}", (("slipway.preprocessing.pad", "30"),)))
    assert (tried.fitted[:, 0] == 30).all()
    assert (tried.fitted[:, 320] == 200).all()
    assert tried.fitted_text.endswith("from 400 × 400, letterbox pad 128 px left and right, value 30")


def test_that_boxes_lie_at_the_same_places_of_both_pictures(session: Session, project: Path, tmp_path: Path) -> None:
    first = read_model(session, project).frames[0]
    frame = try_frame(session, TryAsked(project, first.id)).camera
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), cv2.resize(frame, (2560, 1536)))
    tried = try_frame(session, TryAsked(project, f"file:{large}"))
    assert tried.camera.shape == (768, 1280, 3)
    assert len(tried.scores) > 1
    inside = (tried.boxes_fitted[:, :2] > 0).all(axis=1) & (tried.boxes_fitted[:, 2] < 640)
    np.testing.assert_allclose(tried.boxes_camera[inside] / 2, tried.boxes_fitted[inside], atol=1.0)


def test_that_a_wrong_preprocessing_is_tried_before_it_is_saved(session: Session, project: Path, first: str) -> None:
    right = try_frame(session, TryAsked(project, first))
    wrong = try_frame(session, TryAsked(project, first, (("slipway.preprocessing.scale", "1"),)))
    assert wrong.scores != right.scores
    assert "scale: 1/255" in (project / "deployment.yaml").read_text()


def test_that_other_ways_are_tried_on_the_same_frame(session: Session, project: Path, first: str) -> None:
    ways = try_others(session, TryAsked(project, first))
    assert [way.label for way in ways][:2] == ["RGB, 0 … 1", "BGR, 0 … 1"]
    assert [way.current for way in ways] == [True, False, False, False]
    shown = try_frame(session, TryAsked(project, first))
    assert ways[0].boxes == shown.count(0.25)
    assert ways[1].changes == (("slipway.preprocessing.color", "bgr"),)
    taken = try_others(session, TryAsked(project, first, ways[3].changes))
    assert taken[0].boxes == ways[3].boxes


def test_that_a_model_that_nothing_decodes_shows_its_raw_outputs(
    session: Session, project: Path, write_document: Write, first: str
) -> None:
    write_document("head: yolov8", "head: nanodet")
    tried = try_frame(session, TryAsked(project, first))
    assert tried.problem
    assert [(one.name, one.shape) for one in tried.outputs] == [("output0", "1 × 10 × 5040")]
    assert tried.outputs[0].bad == "0 of 50,400"
    assert try_others(session, TryAsked(project, first)) == ()


def test_that_a_dead_model_says_its_highest_score(
    session: Session, project: Path, shared_data: Path, first: str
) -> None:
    broken = shared_data / "models" / "bdd100k_yolo11n_int8_qdq_broken_head.onnx"
    shutil.copyfile(broken, project / "models" / "model.onnx")
    tried = try_frame(session, TryAsked(project, first))
    assert tried.summary(0.25) == "0 boxes at confidence ≥ 0.25; every score is 0"


@pytest.mark.parametrize("frame", ["frame:none.png", "file:/nowhere.png", "frame:../model.onnx", "scene:x"])
def test_that_a_frame_that_is_not_there_is_refused(session: Session, project: Path, frame: str) -> None:
    with pytest.raises(UsageError):
        try_frame(session, TryAsked(project, frame))


def test_that_a_model_stays_warm_and_a_new_file_is_read_anew(
    session: Session, project: Path, shared_data: Path
) -> None:
    warm = warm_model(open_model(open_document(project)))
    assert warm_model(open_model(open_document(project))) is warm
    shutil.copyfile(shared_data / "models" / "coco_fastestdet_352_fp32.onnx", project / "models" / "model.onnx")
    assert warm_model(open_model(open_document(project))) is not warm


def test_that_one_wrong_value_leaves_the_others_in_force(session: Session, project: Path, first: str) -> None:
    right = try_frame(session, TryAsked(project, first, (("slipway.preprocessing.color", "bgr"),)))
    changes = (("slipway.preprocessing.color", "bgr"), ("slipway.preprocessing.scale", "fast"))
    assert try_frame(session, TryAsked(project, first, changes)).scores == right.scores
