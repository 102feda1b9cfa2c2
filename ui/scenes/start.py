"""Scenes of the first minutes: Welcome, a new project from a model, what it asks, its first overlay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QWidget

from ui.pages.model.page import ModelView
from ui.pages.new_project.dialog import NewProjectDialog
from ui.scenes.scene import PICTURE, NotHere, Scene, Setting, Step, plain
from workbench.orders.new_project import NewProject

EXAMPLE = Path("models", "road_users.onnx")
"""The example's model, in its project."""


def _model(setting: Setting) -> Path:
    return setting.project / EXAMPLE


def _dropping(setting: Setting) -> Iterator[Step]:
    page = setting.page(QWidget)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(_model(setting)))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    over = QPointF(page.rect().center()).toPoint()
    QApplication.sendEvent(page, QDragEnterEvent(over, Qt.DropAction.CopyAction, mime, left, none))
    yield PICTURE
    QApplication.sendEvent(page, QDragLeaveEvent())


def _open(setting: Setting, model: Path | None) -> NewProjectDialog:
    dialog = NewProjectDialog(setting.window.desk, model, setting.window)
    dialog.open()
    return dialog


def _new(setting: Setting) -> Iterator[Step]:
    _open(setting, None)
    yield PICTURE


def _new_dropped(setting: Setting) -> Iterator[Step]:
    dialog = _open(setting, _model(setting))
    yield dialog.make.isEnabled
    dialog.frames.set_path(setting.project / "data" / "test")
    yield PICTURE


def _new_asks(setting: Setting) -> Iterator[Step]:
    dialog = _open(setting, _open_model(setting))
    yield lambda: dialog.folder.path is not None
    dialog.folder.set_path(setting.folder / "asks")
    yield dialog.make.isEnabled
    dialog.make.click()
    yield lambda: dialog.making.answer_field is not None
    yield PICTURE
    dialog.making.stop()
    yield lambda: not dialog.making.runs


def _question(setting: Setting) -> Iterator[Step]:
    window = setting.window
    handle = window.bridge.start(NewProject(setting.folder / "question", _open_model(setting)))
    yield lambda: window.questions.dialog is not None
    yield PICTURE
    handle.cancel()
    yield lambda: handle.ended is not None


def _first_overlay(setting: Setting) -> Iterator[Step]:
    window, before = setting.window, setting.project
    folder = setting.folder / "street"
    if not folder.exists():
        dialog = _open(setting, _model(setting))
        yield dialog.make.isEnabled
        dialog.folder.set_path(folder)
        dialog.make.click()
        yield lambda: window.desk.project == folder
    else:
        window.desk.open_project(folder)
        window.show_page("model")
    page = setting.page(ModelView)
    yield lambda: page.trying.tried is not None and page.model is not None and not page.checking.runs
    yield PICTURE
    window.desk.open_project(before)


def _open_model(setting: Setting) -> Path:
    if setting.model is None:
        raise NotHere("name a model whose input has an open size with --model")
    return setting.model


SCENES = (
    Scene("welcome-first", "welcome", plain, fresh=True),
    Scene("welcome", "welcome", plain),
    Scene("welcome-drop", "welcome", _dropping),
    Scene("new-project", "welcome", _new),
    Scene("new-project-model", "welcome", _new_dropped),
    Scene("new-project-question", "welcome", _new_asks),
    Scene("question", "project", _question),
    Scene("new-project-overlay", "project", _first_overlay),
)
