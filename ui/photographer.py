"""Takes the pictures: plays each scene in a window, waits until it stands still, and paints what a person would see."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from ui.main_window import MainWindow
from ui.scenes.all import SCENES
from ui.scenes.scene import NotHere, NotShown, Setting
from ui.theme.apply import apply_theme, choose_tokens
from workbench.base.cancel import Deadline
from workbench.session import Session

if TYPE_CHECKING:
    from ui.scenes.scene import Scene
    from ui.screenshots import Asked

LONGEST_S = 90.0
"""So long a scene may take to come up."""
SETTLE_S, STILL_S = 30.0, 0.4
"""So long it is waited for answers, and so long nothing may be asked any more, before a picture is taken."""
TURN_MS = 10
SHADE = "#80000000"
"""Over the window behind a dialog, so that the dialog is what one looks at."""


class Photographer:
    """Belongs to the UI thread."""

    def __init__(self, app: QApplication, asked: Asked, folder: Path) -> None:
        self._app, self._asked, self._folder = app, asked, folder
        self.made, self.failed = 0, 0
        """Pictures that are there, and scenes that could not be shown."""

    def work(self, session: Session, project: Path | None) -> None:
        """Play all scenes that are wanted."""
        patterns = self._asked.only or ("*",)
        wanted = [scene for scene in SCENES if any(fnmatchcase(scene.name, pattern) for pattern in patterns)]
        for pattern in patterns:
            if not any(fnmatchcase(scene.name, pattern) for scene in SCENES):
                raise SystemExit(f"error: no scene is called {pattern}")
        self._play_all(session, project, [scene for scene in wanted if not scene.fresh])
        fresh = [scene for scene in wanted if scene.fresh]
        if fresh:
            with Session.for_window(self._folder / "nobody") as nobody:
                self._play_all(nobody, None, fresh)

    def _play_all(self, session: Session, project: Path | None, scenes: list[Scene]) -> None:
        window = MainWindow(session)
        window.desk.open_project(project)
        window.show()
        setting = Setting(window, self._folder, self._asked.host, self._asked.model)
        try:
            for scene in scenes:
                try:
                    self._play(scene, setting)
                except NotHere as reason:
                    sys.stdout.write(f"left out: {scene.name}: {reason}\n")
                except NotShown as reason:
                    self.failed += 1
                    sys.stderr.write(f"could not be made: {scene.name}: {reason}\n")
                self._put_away(window, project)
        finally:
            window.hide()
            session.close()
            window.desk.jobs.close()
            window.deleteLater()

    def _play(self, scene: Scene, setting: Setting) -> None:
        setting.window.resize(*self._asked.sizes[0])
        setting.window.reset_layout()
        setting.window.show_page(scene.stage)
        self._settle(setting.window)
        for step in scene.play(setting):
            if step is not None:
                self._wait(step)
                continue
            self._settle(setting.window)
            for path in self._take_all(scene, setting.window):
                self.made += 1
                sys.stdout.write(f"{path}\n")

    def _take_all(self, scene: Scene, window: MainWindow) -> Iterator[Path]:
        for size in self._asked.sizes:
            window.resize(*size)
            for theme in self._asked.themes:
                apply_theme(self._app, choose_tokens(theme))
                self._settle(window)
                path = self._asked.file(scene.name, theme, size)
                _paint(window).save(str(path))
                yield path

    def _put_away(self, window: MainWindow, project: Path | None) -> None:
        """Close what a scene left open, so that the next one begins as the first did."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
            elif isinstance(widget, QMenu):
                widget.close()
        for handle in window.bridge.running:
            handle.cancel()
        window.notice.hide()
        window.desk.open_project(project)
        self._settle(window)

    def _wait(self, condition: Callable[[], object]) -> None:
        deadline = Deadline(LONGEST_S)
        while not condition():
            if deadline.expired:
                raise NotShown(f"it did not come up within {LONGEST_S:.0f} s")
            _turn()

    def _settle(self, window: MainWindow) -> None:
        """Wait until all questions are answered and nothing new was asked for a while."""
        deadline, still_since = Deadline(SETTLE_S), time.monotonic()
        while time.monotonic() - still_since < STILL_S and not deadline.expired:
            _turn()
            if window.bridge.waits:
                still_since = time.monotonic()


def _turn() -> None:
    """Let the window work for a moment."""
    loop = QEventLoop()
    QTimer.singleShot(TURN_MS, loop.quit)
    loop.exec()


def _paint(window: MainWindow) -> QPixmap:
    """The window with what lies over it: a dialog in its middle, a menu where it was opened."""
    picture = window.grab()
    for over in QApplication.topLevelWidgets():
        if over.isVisible() and isinstance(over, QDialog | QMenu):
            _paint_over(picture, window, over)
    return picture


def _paint_over(picture: QPixmap, window: MainWindow, over: QWidget) -> None:
    painter = QPainter(picture)
    at = window.mapFromGlobal(over.pos())
    if isinstance(over, QDialog):
        at = window.rect().center() - over.rect().center()
        painter.fillRect(window.rect(), SHADE)
    painter.drawPixmap(at, over.grab())
    painter.end()
