"""The Model page as a person uses it: with clicks, keys and drops."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.unit.ui.pages.model.conftest import checked, wait
from tests.window_lab.fixtures import settle, unnamed
from ui.pages.model.add_frames import AddFramesDialog
from ui.pages.model.ways_bar import WayButton
from ui.pages.new_project.dialog import NewProjectDialog
from ui.widgets.controls import Button
from ui.widgets.error_card import ErrorCard

COLOR, SCALE, CONFIDENCE = (
    "slipway.preprocessing.color",
    "slipway.preprocessing.scale",
    "slipway.thresholds.confidence",
)


def drop(widget, *paths):
    """Drag files over a widget and let them go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    middle = QPoint(widget.width() // 2, widget.height() // 2)
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(middle, Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, data, left, none)
        QApplication.sendEvent(widget, event)
    return enter.isAccepted()


def choose(qtbot, row, value):
    """Choose a value of a line of the form with the keyboard."""
    box = row.editor
    box.setFocus()
    at = box.findData(value)
    key = Qt.Key.Key_Down if at > box.currentIndex() else Qt.Key.Key_Up
    while box.currentIndex() != at:
        qtbot.keyClick(box, key)


def dialog(window, kind):
    return next((item for item in window.findChildren(kind) if item.isVisible()), None)


def test_that_the_page_shows_a_sound_model(page):
    assert page.model.title == "model"
    assert page.tabs[0].title == "model"
    assert page.form.row_of("slipway.head").editor.value == "yolov8"
    assert page.trial.view.boxes
    assert len(page.checks.table.rows.rows) == 15
    assert page.checks.table.rows.rows[0].title == "Preprocessing confirmed"
    assert len(page.layers.table.rows.rows) == 57


def test_that_every_control_has_a_name(page, window):
    assert unnamed(window) == []


def test_that_a_change_is_tried_at_once_and_saved_on_demand(page, window, qtbot, project):
    before = page.trying.tried
    choose(qtbot, page.form.row_of(COLOR), "bgr")
    wait(qtbot, lambda: page.trying.tried is not before and page.form.row_of(COLOR).editor.value == "bgr")
    assert page.trying.tried.scores != before.scores
    assert "color: rgb" in (project / "deployment.yaml").read_text()
    assert page.trying.unsaved
    page.trial.view.setFocus()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(qtbot, lambda: "color: bgr" in (project / "deployment.yaml").read_text())
    settle(qtbot, window)
    assert not page.trying.unsaved


def test_that_a_wrong_value_says_so_at_its_line_and_cannot_be_saved(page, window, qtbot, project):
    field = page.form.row_of(CONFIDENCE).editor
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    wait(qtbot, lambda: field.property("state") == "err")
    page.trial.view.setFocus()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(qtbot, page.form.problem.isVisible)
    assert "confidence: 0.25" in (project / "deployment.yaml").read_text()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait(qtbot, lambda: field.property("state") == "")
    assert field.text() == "0.25"


def test_that_a_form_that_cannot_be_saved_says_so_in_the_form_until_it_is(page, window, qtbot, project):
    choose(qtbot, page.form.row_of(COLOR), "bgr")
    settle(qtbot, window)
    document = project / "deployment.yaml"
    kept = document.read_bytes()
    document.unlink()
    document.mkdir()
    page.trying.save()
    wait(qtbot, page.form.problem.isVisible)
    (card,) = page.form.problem.findChildren(ErrorCard)
    assert str(document) in card.accessibleName()
    assert window.notice.isHidden()
    assert page.trying.unsaved
    document.rmdir()
    document.write_bytes(kept)
    page.trying.save()
    wait(qtbot, lambda: not page.trying.unsaved)
    assert not page.form.problem.isVisible()
    settle(qtbot, window)


def test_that_the_wheel_over_the_form_changes_nothing(page, window, qtbot):
    box = page.form.row_of(COLOR).editor
    none = Qt.KeyboardModifier.NoModifier
    turned = QWheelEvent(
        QPointF(5, 5),
        box.mapToGlobal(QPointF(5, 5)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        none,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turned)
    assert box.value == "rgb"
    assert not page.trying.unsaved


def test_that_changes_outlive_the_window(page, window, qtbot, project):
    choose(qtbot, page.form.row_of(COLOR), "bgr")
    settle(qtbot, window)
    wait(qtbot, (project / ".slipway" / "cache" / "model_draft.json").is_file)
    page.trying.begin(project)
    page.refresh()
    wait(qtbot, lambda: page.trying.unsaved and page.trying.tried is not None)
    assert page.form.row_of(COLOR).editor.value == "bgr"


def test_that_the_slider_hides_boxes_without_asking_again(page, window, qtbot):
    tried, before = page.trying.tried, len(page.trial.view.boxes)
    page.trial.slider.setValue(93)
    assert len(page.trial.view.boxes) < before
    assert page.trying.tried is tried
    assert not window.bridge.waits


def test_that_keys_step_frames_turn_the_picture_and_move_the_confidence(page, window, qtbot):
    first = page.trying.frame
    qtbot.keyClick(page.trial.view, Qt.Key.Key_N)
    wait(qtbot, lambda: page.trying.tried is not None and page.trying.tried.frame != first)
    qtbot.keyClick(page.trial.view, Qt.Key.Key_I)
    assert page.trial.side.value == "camera"
    value = page.trial.slider.value()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_Minus)
    assert page.trial.slider.value() == value - 5
    qtbot.keyClick(page.trial.view, Qt.Key.Key_F)
    assert page.form.isHidden()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_F)
    assert not page.form.isHidden()
    settle(qtbot, window)


def test_that_another_preprocessing_is_taken_by_a_click(page, window, qtbot):
    wanted = next(one for one in page.trial.ways.findChildren(WayButton) if one.way.label == "BGR, 0 … 1")
    qtbot.mouseClick(wanted, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: page.form.row_of(COLOR).editor.value == "bgr")
    settle(qtbot, window)
    assert page.trying.unsaved


def test_that_layers_are_filtered_by_words(page, window, qtbot):
    qtbot.keyClick(page.trial.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.layers.field.hasFocus()
    qtbot.keyClicks(page.layers.field, "op:conv macs>40M")
    wait(qtbot, lambda: len(page.layers.table.rows.rows) == 2)
    qtbot.keyClicks(page.layers.field, " macs>x")
    wait(qtbot, lambda: page.layers.field.property("state") == "warn")
    page.layers.field.clear()
    wait(qtbot, lambda: len(page.layers.table.rows.rows) == 57)


def test_that_a_dropped_picture_is_tried(page, window, qtbot, shared_data):
    assert drop(page, shared_data / "images" / "samples" / "bus.jpg")
    wait(qtbot, lambda: page.trying.tried is not None and page.trying.tried.frame.startswith("file:"))
    settle(qtbot, window)
    assert page.trial.frames.currentText() == "bus.jpg"


def test_that_other_files_are_not_taken(page, tmp_path):
    (tmp_path / "notes.txt").write_text("no model")
    assert not drop(page, tmp_path / "notes.txt")


def test_that_a_dropped_model_can_replace_the_model(page, window, qtbot, project, shared_data):
    assert drop(page, shared_data / "models" / "coco_fastestdet_352_fp32.onnx")
    asked = dialog(window, NewProjectDialog)
    wait(qtbot, asked.replace.isEnabled)
    qtbot.mouseClick(asked.replace, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: page.model is not None and page.model.file == "models/coco_fastestdet_352_fp32.onnx")
    wait(qtbot, lambda: checked(page) and not page.model.checks.stale)
    settle(qtbot, window)
    assert page.form.row_of("slipway.head").editor.value == "yolov8"


def test_that_a_model_that_is_gone_offers_another(page, window, qtbot, project):
    (project / "models" / "model.onnx").unlink()
    page.refresh()
    settle(qtbot, window)
    assert page.model.problem
    assert not page.form.isVisible()
    assert [one.text().strip() for one in page.findChildren(Button) if one.isVisible()] == ["Choose an ONNX file"]


def test_that_a_head_that_is_not_understood_shows_raw_outputs(page, window, qtbot, project):
    text = (project / "deployment.yaml").read_text()
    (project / "deployment.yaml").write_text(text.replace("head: yolov8", "head: nanodet"))
    page.refresh()
    wait(qtbot, page.trial._outputs.isVisible)
    settle(qtbot, window)
    assert len(page.trial._outputs.table.rows.rows) == 1


def test_that_checks_are_run_again_by_a_key_and_fill_in(page, window, qtbot):
    seen = []
    page.checks.table.rows.modelReset.connect(lambda: seen.append(len(page.checks.table.rows.rows)))
    qtbot.keyClick(page.trial.view, Qt.Key.Key_R)
    wait(qtbot, lambda: page.checking.runs)
    wait(qtbot, lambda: checked(page))
    assert len(page.checks.table.rows.rows) == 15
    settle(qtbot, window)
    assert 1 in seen


@pytest.mark.slow
def test_that_labelled_frames_confirm_the_preprocessing(page, window, qtbot, scenes):
    qtbot.keyClick(page.trial.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    asked = dialog(window, AddFramesDialog)
    assert not asked.add.isEnabled()
    drop(asked.labels, scenes / "labels.json")
    assert asked.add.isEnabled()
    qtbot.mouseClick(asked.add, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: page.model is not None and page.model.labelled)
    with qtbot.waitActive(window):
        window.activateWindow()
    page.trial.view.setFocus()
    qtbot.keyClick(page.trial.view, Qt.Key.Key_R)
    wait(qtbot, lambda: page.checking.runs)
    wait(qtbot, lambda: checked(page) and not page.model.checks.stale)
    settle(qtbot, window)
    assert page.model.form.preprocessing.level == "ok"


def test_that_a_candidate_is_opened_where_candidates_are_shown(page, window, qtbot):
    asked = []
    window.desk.went.disconnect(window.show_page)
    window.desk.went.connect(lambda stage, target: asked.append((stage, target)))
    page.facts.followed.emit("candidate:abc")
    assert asked == [("optimise", "abc")]
