"""A new project from a dropped public model, with clicks and keys, up to its first overlay."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.unit.ui.pages.model.test_model_page import drop
from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from ui.pages.model.page import ModelView
from ui.pages.new_project.dialog import NewProjectDialog


@pytest.fixture
def dialog(window, qtbot):
    opened = NewProjectDialog(window.desk, None, window)
    opened.open()
    return opened


def wait(qtbot, condition):
    qtbot.waitUntil(condition, timeout=LEAST_MS)


def write(qtbot, field, text):
    """Type into a field instead of what stands there."""
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


def bring(qtbot, dialog, model: Path, folder: Path):
    assert drop(dialog, model)
    wait(qtbot, lambda: dialog.folder.path is not None)
    write(qtbot, dialog.folder.field, str(folder))
    wait(qtbot, dialog.make.isEnabled)


def test_that_a_dropped_public_model_becomes_a_project_with_its_first_overlay(
    dialog, window, qtbot, tmp_path, shared_data
):
    folder = tmp_path / "street"
    bring(qtbot, dialog, shared_data / "models" / "coco_yolo11n_320_int8_dynamic.onnx", folder)
    assert drop(dialog.frames, shared_data / "images" / "samples")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: window.desk.project == folder)
    wait(qtbot, lambda: isinstance(window.centre.page, ModelView) and window.centre.page.trying.tried is not None)
    page = window.centre.page
    assert page.trying.tried.label == "bus.jpg"
    assert {"bus", "person"} <= {box.label for box in page.trial.view.boxes}
    wait(qtbot, lambda: page.model is not None and bool(page.model.checks.rows) and not page.checking.runs)
    settle(qtbot, window)
    assert (folder / "deployment.yaml").is_file()


def test_that_the_dialog_is_done_by_keyboard_alone(dialog, window, qtbot, tmp_path, repository):
    write(qtbot, dialog.model.field, str(repository / "resources" / "example" / "model.onnx"))
    wait(qtbot, lambda: dialog.folder.path is not None)
    write(qtbot, dialog.folder.field, str(tmp_path / "mine"))
    wait(qtbot, dialog.make.isEnabled)
    dialog.make.setFocus()
    qtbot.keyClick(dialog.make, Qt.Key.Key_Space)
    wait(qtbot, lambda: window.desk.project == tmp_path / "mine")
    wait(qtbot, lambda: isinstance(window.centre.page, ModelView) and bool(window.centre.page.trial.view.boxes))
    page = window.centre.page
    wait(qtbot, lambda: page.model is not None and bool(page.model.checks.rows) and not page.checking.runs)
    settle(qtbot, window)
    assert page.trying.tried.label == "rendered scene 3"


def test_that_every_control_of_the_dialog_has_a_name(dialog, window, qtbot, repository):
    drop(dialog, repository / "resources" / "example" / "model.onnx")
    settle(qtbot, window)
    assert unnamed(dialog) == []


def test_that_a_model_that_is_no_detector_says_why_and_cannot_be_made(dialog, window, qtbot, shared_data):
    drop(dialog, shared_data / "models" / "gtsrb_bnn_48_nhwc_fp32.onnx")
    wait(qtbot, lambda: "This is a classifier" in dialog.about.accessibleName())
    settle(qtbot, window)
    assert not dialog.make.isEnabled()
    assert dialog.make.toolTip() == "Choose an ONNX file that can be taken."


def test_that_a_precision_that_cannot_be_made_is_not_offered(dialog, window, qtbot, shared_data):
    drop(dialog, shared_data / "models" / "coco_yolov8n_int8_qdq.onnx")
    wait(qtbot, lambda: dialog.precision.count() == 1)
    settle(qtbot, window)
    assert dialog.precision.currentText() == "FP32"


def test_that_an_open_size_is_asked_for_in_place(dialog, window, qtbot, tmp_path, shared_data):
    import onnx

    model = onnx.load(shared_data / "models" / "bdd100k_yolov8n_int8_qoperator_dynamic.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "open.onnx")
    bring(qtbot, dialog, tmp_path / "open.onnx", tmp_path / "made")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: dialog.making.answer_field is not None)
    qtbot.keyClicks(dialog.making.answer_field, "320x320")
    qtbot.keyClick(dialog.making.answer_field, Qt.Key.Key_Return)
    wait(qtbot, lambda: window.desk.project == tmp_path / "made")
    wait(qtbot, lambda: isinstance(window.centre.page, ModelView) and window.centre.page.trying.tried is not None)
    page = window.centre.page
    wait(qtbot, lambda: page.model is not None and bool(page.model.checks.rows) and not page.checking.runs)
    settle(qtbot, window)
    assert page.trying.tried.fitted.shape == (320, 320, 3)


def test_that_a_folder_that_is_a_project_is_refused_in_the_dialog(dialog, window, qtbot, tmp_path, repository):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "deployment.yaml").write_text("deployment: {}\n")
    bring(qtbot, dialog, repository / "resources" / "example" / "model.onnx", tmp_path / "taken")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: not dialog.making.runs and dialog.make.isEnabled())
    settle(qtbot, window)
    assert dialog.isVisible()
    assert window.desk.project is None


def test_that_stopping_leaves_nothing(dialog, window, qtbot, tmp_path, repository):
    bring(qtbot, dialog, repository / "resources" / "example" / "model.onnx", tmp_path / "never")
    dialog.make.click()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    wait(qtbot, lambda: not dialog.making.runs)
    settle(qtbot, window)
    assert dialog.isVisible()
    assert not (tmp_path / "never").exists()
