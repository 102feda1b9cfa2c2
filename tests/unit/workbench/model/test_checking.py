"""The checks of a model: told one by one, kept, and stale once something that they speak of changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.base.events import JobState, ResultPart
from workbench.model.checks import CHECKS
from workbench.orders.model import AddFrames, CheckModel, ReplaceModel
from workbench.session import Session
from workbench.views.model import CheckRow, ModelChecks, read_model, save_choice

Write = Callable[[str, str], None]


def check(session: Session, project: Path) -> ModelChecks:
    ended = session.start(CheckModel(project)).wait()
    assert ended.error is None, ended.error
    assert isinstance(ended.result, ModelChecks)
    return ended.result


def by_name(checks: ModelChecks) -> dict[str, CheckRow]:
    return {row.name: row for row in checks.rows}


def test_that_every_check_is_told_as_it_ends(session: Session, project: Path) -> None:
    handle = session.start(CheckModel(project))
    told = [event.value for event in handle.events() if isinstance(event, ResultPart)]
    assert [row.name for row in told if isinstance(row, CheckRow)] == [one.name for one in CHECKS]


def test_that_a_sound_model_lacks_outside_data_only(session: Session, project: Path) -> None:
    checks = check(session, project)
    assert [row.name for row in checks.rows if row.level != "ok"] == ["preprocessing"]
    assert checks.rows[0].text == "no outside data"
    assert (checks.chip.text, checks.chip.level) == ("14 of 15 hold", "warn")
    found = by_name(checks)
    assert found["shapes"].text == "0 of 182 nodes open"
    assert found["openvino"].text == "takes all of 182 nodes"
    assert found["repeats"].text == "3 of 3 runs"


def test_that_the_checks_are_kept_until_something_changes(session: Session, project: Path) -> None:
    assert read_model(session, project).checks.rows == ()
    made = check(session, project)
    page = read_model(session, project)
    assert page.checks == made
    assert page.checks.when.startswith("today ")
    assert [finding.title for finding in page.findings] == ["Preprocessing confirmed"]
    save_choice(session, project, (("slipway.preprocessing.color", "bgr"),))
    assert read_model(session, project).checks.stale == "head, preprocessing or labels have changed since"


def test_that_damaged_checks_are_run_again_rather_than_shown(session: Session, project: Path) -> None:
    check(session, project)
    file = project / ".slipway" / "cache" / "model_checks.json"
    body = json.loads(file.read_text())
    body["rows"][0]["level"] = "splendid"
    file.write_text(json.dumps(body))
    assert read_model(session, project).checks.rows == ()


@pytest.mark.slow
def test_that_labels_confirm_the_preprocessing(session: Session, project: Path, scenes: Path) -> None:
    added = session.start(AddFrames(project, labels=scenes / "labels.json")).wait()
    assert added.error is None, added.error
    checks = check(session, project)
    assert by_name(checks)["preprocessing"].level == "ok"
    form = read_model(session, project).form
    assert form is not None
    assert form.preprocessing.level == "ok"
    assert form.preprocessing.text.startswith("Confirmed, labels of 5 frames, agreement 0.")
    assert not any(field.amber for field in form.fields)


@pytest.mark.slow
def test_that_labels_tell_a_wrong_preprocessing(
    session: Session, project: Path, scenes: Path, write_document: Write
) -> None:
    session.start(AddFrames(project, labels=scenes / "labels.json")).wait()
    write_document("scale: 1/255", "scale: 1")
    row = by_name(check(session, project))["preprocessing"]
    assert row.level == "err"
    assert row.text.startswith("RGB, 0 to 1, letterbox agrees better with the labels: 0.")


@pytest.mark.parametrize(
    ("model", "name", "level", "text"),
    [
        ("bdd100k_yolo11n_int8_qdq_broken_head", "alive", "err", "every score is 0"),
        ("bdd100k_yolov8n_int8_qoperator_dynamic", "openvino", "err", "63 QLinearConv with one scale a channel"),
        ("coco_yolov5n_fp16", "shapes", "warn", "of 299 nodes open"),
        ("coco_yolo26n_int8_end2end", "tensorrt", "idle", "none of them takes 194 of 986 nodes"),
        ("coco_yolov8n_int8_qdq_nms_derived", "suppression", "ok", "in the model (NonMaxSuppression)"),
    ],
)
def test_that_public_models_show_what_is_wrong_with_them(
    session: Session,
    project: Path,
    shared_data: Path,
    write_document: Write,
    model: str,
    name: str,
    level: str,
    text: str,
) -> None:
    shutil.copyfile(shared_data / "models" / f"{model}.onnx", project / "models" / "model.onnx")
    write_document("  head: yolov8\n", "")
    write_document("    - slipway.head\n", "")
    row = by_name(check(session, project))[name]
    assert row.level == level
    assert text in row.text


def test_that_a_check_that_cannot_be_made_says_why_and_the_others_go_on(
    session: Session, project: Path, write_document: Write
) -> None:
    write_document("head: yolov8", "head: nanodet")
    found = by_name(check(session, project))
    assert found["head"].level == "err"
    assert found["alive"].level == "idle"
    assert found["repeats"].level == "ok"


def test_that_a_stopped_check_keeps_nothing(session: Session, project: Path) -> None:
    handle = session.start(CheckModel(project))
    for event in handle.events():
        if isinstance(event, ResultPart):
            handle.cancel()
            break
    assert handle.wait().state is JobState.CANCELLED
    assert read_model(session, project).checks.rows == ()


def test_that_a_replaced_model_makes_the_checks_stale(session: Session, project: Path, shared_data: Path) -> None:
    check(session, project)
    other = shared_data / "models" / "coco_fastestdet_352_fp32.onnx"
    ended = session.start(ReplaceModel(project, other)).wait()
    assert ended.error is None, ended.error
    page = read_model(session, project)
    assert page.file == "models/coco_fastestdet_352_fp32.onnx"
    assert page.checks.stale == "the model is another file now"
    assert (project / "models" / "model.onnx").is_file()


def test_that_no_detector_replaces_the_model(session: Session, project: Path, shared_data: Path) -> None:
    before = (project / "deployment.yaml").read_text()
    ended = session.start(ReplaceModel(project, shared_data / "models" / "helper_nms_yolov8_hyuto.onnx")).wait()
    assert ended.error is not None
    assert ended.error.hint
    assert (project / "deployment.yaml").read_text() == before
    assert sorted(path.name for path in (project / "models").iterdir()) == ["model.onnx"]


def test_that_frames_are_copied_and_named(session: Session, project: Path, scenes: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    order = CheckModel(bare)
    from workbench.orders.new_project import NewProject

    assert session.start(NewProject(bare, project / "models" / "model.onnx")).wait().error is None
    ended = session.start(AddFrames(order.project, scenes / "frames", scenes / "labels.json")).wait()
    assert ended.error is None, ended.error
    page = read_model(session, bare)
    assert page.labelled
    assert page.frames[0].id.startswith("frame:scene")
    assert (bare / "data" / "labels.json").is_file()


def test_that_labels_of_other_classes_are_refused_and_nothing_is_copied(
    session: Session, project: Path, shared_data: Path
) -> None:
    before = (project / "deployment.yaml").read_text()
    coco = shared_data / "images" / "coco_val100"
    ended = session.start(AddFrames(project, labels=coco / "instances_val100.json")).wait()
    assert ended.error is not None
    assert (project / "deployment.yaml").read_text() == before
