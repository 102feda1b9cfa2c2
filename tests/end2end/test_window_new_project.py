"""A new project from a public model that is dropped on the window, up to what it finds on the first frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.window_lab.fixtures import no_stalls, nothing_of_qt_left, qapp, settle, shown
from tests.window_lab.runs import LONG_MS, Person, session_in_processes
from ui.pages.model.page import ModelView
from ui.pages.new_project.dialog import NewProjectDialog
from ui.pages.welcome.page import WelcomePage
from ui.stall_watch import StallWatch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["no_stalls", "nothing_of_qt_left", "qapp"]

MODEL = "coco_yolo11n_320_int8_dynamic.onnx"
NO, LEFT, COPY = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction


def drag(over: QWidget, path: Path) -> None:
    """Drag a file to a place of the window, as the window system tells it, and let it go there.

    The window finds by itself who takes it.
    """
    window = over.window()
    handle = window.windowHandle()
    assert handle is not None
    place = over.mapTo(window, over.rect().center())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(place, COPY, data, LEFT, NO)
    QApplication.sendEvent(handle, enter)
    move = QDragMoveEvent(place, COPY, data, LEFT, NO)
    move.setAccepted(enter.isAccepted())  # as Qt does, for whom an answer holds until there is another
    QApplication.sendEvent(handle, move)
    assert move.isAccepted(), "nobody takes it there"
    drop = QDropEvent(QPointF(place), COPY, data, LEFT, NO, QEvent.Type.Drop)
    QApplication.sendEvent(handle, drop)
    assert drop.isAccepted()


def test_that_a_model_dropped_on_the_window_leads_to_its_first_overlay(
    slipway_home: Path, tmp_path: Path, shared_data: Path, qtbot: QtBot, no_stalls: StallWatch
) -> None:
    folder = tmp_path / "street"
    with session_in_processes(slipway_home) as session, shown(session) as window:
        person = Person(window, qtbot)
        window.show_page("welcome")
        settle(qtbot, window)
        no_stalls.start()
        welcome = window.centre.page
        assert isinstance(welcome, WelcomePage)
        drag(welcome.example, shared_data / "models" / MODEL)
        dialog = opened(window)
        qtbot.waitUntil(lambda: dialog.folder.path is not None, timeout=LONG_MS)
        drag(dialog.frames, shared_data / "images" / "samples")
        person.hands.write(dialog.folder.field, str(folder))
        qtbot.waitUntil(dialog.make.isEnabled, timeout=LONG_MS)
        person.hands.click(dialog.make)

        qtbot.waitUntil(lambda: window.desk.project == folder, timeout=LONG_MS)
        qtbot.waitUntil(lambda: isinstance(window.centre.page, ModelView), timeout=LONG_MS)
        page = window.centre.page
        assert isinstance(page, ModelView)
        qtbot.waitUntil(lambda: page.trying.tried is not None and bool(page.trial.view.boxes), timeout=LONG_MS)
        assert page.trying.tried is not None
        assert page.trying.tried.label == "bus.jpg"
        assert {"bus", "person"} <= {box.label for box in page.trial.view.boxes}
        qtbot.waitUntil(lambda: is_checked(page), timeout=LONG_MS)
        settle(qtbot, window)
        no_stalls.stop()
    assert (folder / "deployment.yaml").is_file()
    assert (folder / "deployment_tests.yaml").is_file()


def opened(window: QWidget) -> NewProjectDialog:
    """The dialog that is open over a window."""
    dialog = window.findChild(NewProjectDialog)
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def is_checked(page: ModelView) -> bool:
    """Whether the checks of the model are done, and shown."""
    return page.model is not None and bool(page.model.checks.rows) and not page.checking.runs
