"""New projects of the window: what is said of a dropped file, and the questions on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbench.base.events import JobEnded, Question
from workbench.model.brought import free_folder
from workbench.orders.new_project import NewProject, ProjectMade
from workbench.session import Session
from workbench.settings import save_settings
from workbench.views.model import TryAsked, read_model, try_frame
from workbench.views.new_project import read_brought, read_brought_frames


def make(session: Session, order: NewProject, *answers: str) -> tuple[JobEnded, list[Question]]:
    """The end of the order, and the questions that it asked."""
    waiting, asked = list(answers), []
    handle = session.start(order, interactive=True)
    for event in handle.events():
        if isinstance(event, Question):
            asked.append(event)
            session.answer(event.question_id, waiting.pop(0))
    return handle.wait(), asked


def test_that_a_dropped_model_says_what_it_is(session: Session, shared_data: Path) -> None:
    brought = read_brought(session, shared_data / "models" / "coco_yolov8n_fp32_derived.onnx")
    assert brought.problem == ""
    assert brought.about.startswith("12.8 MB, 3,193,934 parameters, 4.37 G MACs, opset 20")
    assert brought.head == "YOLOv8, 11, 80 classes"
    assert brought.classes.startswith("80: person, bicycle, car")
    assert brought.folder.name == "coco_yolov8n_fp32_derived"
    assert not brought.folder.exists()


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("imagenet_mobilenetv2_int8_dynamic", "this is a classifier"),
        ("adas_road_segmentation_512x896_nhwc_fp32", "this is a segmentation model"),
    ],
)
def test_that_a_model_that_is_no_detector_says_why(
    session: Session, shared_data: Path, model: str, problem: str
) -> None:
    brought = read_brought(session, shared_data / "models" / f"{model}.onnx")
    assert problem in brought.problem
    assert brought.hint


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\x80\x02pickle", "a Python pickle"), (b"<html>", "XML or HTML"), (b"", "model.onnx"), (None, "not there")],
)
def test_that_a_wrong_file_says_why(session: Session, tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "model.onnx"
    if content is not None:
        file.write_bytes(content)
    assert problem in read_brought(session, file).problem


def test_that_precisions_that_cannot_be_made_say_why(session: Session, shared_data: Path) -> None:
    brought = read_brought(session, shared_data / "models" / "coco_yolov8n_int8_qdq.onnx")
    found = dict(brought.precisions)
    assert found["FP32"] == ""
    assert "quantised already" in found["INT8"]


def test_that_frames_are_counted_or_refused(session: Session, shared_data: Path, tmp_path: Path) -> None:
    assert read_brought_frames(session, shared_data / "images" / "road").about == "6 frames"
    assert "holds no image" in read_brought_frames(session, tmp_path).problem


def test_that_a_folder_that_is_taken_is_never_proposed(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert free_folder(tmp_path, Path("Model.onnx")) == tmp_path / "model-2"


def test_that_a_public_model_becomes_a_project_whose_page_finds_objects(
    session: Session, tmp_path: Path, shared_data: Path
) -> None:
    model = shared_data / "models" / "coco_yolo11n_320_int8_dynamic.onnx"
    ended, asked = make(session, NewProject(tmp_path / "new", model, frames=shared_data / "images" / "samples"))
    assert isinstance(ended.result, ProjectMade), ended.error
    assert asked == []
    page = read_model(session, tmp_path / "new")
    tried = try_frame(session, TryAsked(tmp_path / "new", "frame:bus.jpg"))
    assert [choice.id for choice in page.frames[:2]] == ["frame:bus.jpg", "frame:zidane.jpg"]
    assert {"bus", "person"} <= set(tried.classes[: tried.count(0.25)])


def test_that_an_open_size_is_asked_for(session: Session, tmp_path: Path, shared_data: Path) -> None:
    import onnx

    file = tmp_path / "open.onnx"
    model = onnx.load(shared_data / "models" / "bdd100k_yolov8n_int8_qoperator_dynamic.onnx")
    del model.metadata_props[:]
    onnx.save(model, file)
    ended, asked = make(session, NewProject(tmp_path / "new", file), "320x320")
    assert [question.kind for question in asked] == ["text"]
    assert ended.error is None, ended.error
    page = read_model(session, tmp_path / "new")
    assert page.facts[0].facts[0].value == "1 × 3 × 320 × 320"


def test_that_names_that_do_not_fit_are_asked_for_again(
    session: Session, tmp_path: Path, repository: Path, scenes: Path
) -> None:
    model = repository / "resources" / "example" / "model.onnx"
    order = NewProject(tmp_path / "new", model, frames=scenes / "frames", classes="car,lorry,a,b,c,sign")
    ended, asked = make(session, order)
    assert ended.error is None, ended.error
    assert asked == []


def test_that_a_project_is_never_written_over(session: Session, project: Path, repository: Path) -> None:
    ended, _ = make(session, NewProject(project, repository / "resources" / "example" / "model.onnx"))
    assert ended.error is not None
    assert "is a project already" in ended.error.summary


def test_that_nothing_is_left_of_a_project_that_could_not_be_made(
    session: Session, tmp_path: Path, shared_data: Path
) -> None:
    shutil.copyfile(shared_data / "models" / "helper_nms_yolov8_hyuto.onnx", tmp_path / "nms.onnx")
    ended, _ = make(session, NewProject(tmp_path / "new", tmp_path / "nms.onnx"))
    assert ended.error is not None
    assert not (tmp_path / "new").exists()


def test_that_a_project_is_proposed_where_the_settings_say(session, shared_data, tmp_path):
    file = shared_data / "models" / "coco_yolov8n_int8_qdq.onnx"
    assert read_brought(session, file).folder.parent == Path.home()
    save_settings(session.home, {"projects_folder": str(tmp_path)})
    assert read_brought(session, file).folder == tmp_path / "coco_yolov8n_int8_qdq"
