"""Takes the pictures: one window before the frozen project, each scene in each theme, once it stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTextEdit

from tests.unit.ui.goldens.comparison import Picture
from tests.unit.ui.goldens.scenes import SCENES, Scene
from tests.window_lab.fixtures import flush, shown
from tests.window_lab.frozen import BOARD, PROJECT, frozen_session
from ui.main_window import MainWindow
from ui.theme.apply import apply_theme
from ui.theme.tokens import DARK, LIGHT, Tokens
from workbench.base.cancel import Deadline

KEPT = Path(__file__).resolve().parent / "pictures"
SIZE = (1680, 1000)
THEMES = (DARK, LIGHT)
NAMES = tuple(f"{scene.name}-{theme.name}" for scene in SCENES for theme in THEMES)
STILL_S = 20.0
STILL_MS = 100
"""Two looks so far apart are the same once nothing moves any more."""


def take_all(app: QApplication, base: Path) -> Iterator[tuple[str, Picture]]:
    """Every picture by its name.

    Args:
        app: as the product makes it.
        base: an empty folder for the project and the user's state.
    """
    with still_window(app, base) as window:
        for scene in SCENES:
            show(window, scene)
            for theme in THEMES:
                yield f"{scene.name}-{theme.name}", take(app, window, theme)
            _close_dialogs()


@contextmanager
def still_window(app: QApplication, base: Path) -> Iterator[MainWindow]:
    """A window before the frozen project, in which nothing moves by itself."""
    with _without_cursor(app), frozen_session(base) as session, shown(session, SIZE) as window:
        window.desk.open_project(base / PROJECT)
        window.desk.choose_board(BOARD)
        yield window


@contextmanager
def _without_cursor(app: QApplication) -> Iterator[None]:
    """No cursor blinks meanwhile."""
    before = app.cursorFlashTime()
    app.setCursorFlashTime(0)
    try:
        yield
    finally:
        app.setCursorFlashTime(before)


def show(window: MainWindow, scene: Scene) -> None:
    """Bring the window to a scene."""
    window.show_page(scene.stage)
    _settle(window)
    if scene.prepare is not None:
        scene.prepare(window)


def take(app: QApplication, window: MainWindow, theme: Tokens) -> Picture:
    """The window with its dialogs in a theme, once two looks at it are the same."""
    apply_theme(app, theme)
    _settle(window)
    before, deadline = _grab(window), Deadline(STILL_S)
    while not deadline.expired:
        QTest.qWait(STILL_MS)
        _settle(window)
        now = _grab(window)
        if np.array_equal(now, before):
            return now
        before = now
    raise AssertionError(f"{window.windowTitle()} does not stand still")


def _settle(window: MainWindow) -> None:
    """Wait until all that was asked is answered."""
    deadline = Deadline(STILL_S)
    while _is_busy(window) and not deadline.expired:
        QTest.qWait(5)
    assert not _is_busy(window), "a question is not answered, or something is put off without end"
    flush()
    for text in window.findChildren(QTextEdit):
        text.document().pageCount()  # lays out the rest of a long document, which Qt does by and by


def _is_busy(window: MainWindow) -> bool:
    """Whether an answer is on its way, or something was put off for a moment."""
    put_off = any(timer.isActive() and timer.isSingleShot() for timer in window.findChildren(QTimer))
    return window.bridge.waits or put_off


def _grab(window: MainWindow) -> Picture:
    picture = window.grab()
    for dialog in _dialogs():
        painter = QPainter(picture)
        painter.fillRect(window.rect(), "#80000000")
        painter.drawPixmap(window.rect().center() - dialog.rect().center(), dialog.grab())
        painter.end()
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)[:, :, ::-1])


def _close_dialogs() -> None:
    for dialog in _dialogs():
        dialog.reject()
    flush()


def _dialogs() -> list[QDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
