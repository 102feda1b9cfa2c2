"""Renders every page and dialog from a real finished run: `python -m ui.screenshots OUT [--project DIR] [--only NAME]`.

Without a project it makes the example and runs it first. Dark and light, at 1366x768, 1680x1000 and 1920x1080; with
`--ratio 2` the second at twice the resolution. The README's pictures are among them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.cancel import Deadline

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ui.main_window import MainWindow
    from ui.scenes import Scene
    from workbench.session import Session

SIZES = ((1366, 768), (1680, 1000), (1920, 1080))
USUAL = (1680, 1000)
THEMES = ("dark", "light")
LONGEST_S = 30.0
STILL_S = 0.4
"""So long nothing may be asked any more before a picture is taken."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    out: Path
    project: Path | None
    only: tuple[str, ...]
    usual: bool
    """One size only."""
    ratio: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Render; 0 once all pictures are there."""
    asked = _parse(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(asked.ratio)
    asked.out.mkdir(parents=True, exist_ok=True)
    from ui.app import make_app
    from workbench.session import Session

    app = make_app(["slipway"], "dark")
    with Session.for_window() as session:
        project = asked.project or _make_example(session, asked.out / "example")
        for path in _render(app, session, project, asked):
            sys.stdout.write(f"{path}\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> Asked:
    parser = argparse.ArgumentParser(prog="python -m ui.screenshots", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--project", type=Path, help="a project with a finished run; else the example is made and run")
    parser.add_argument("--only", action="append", default=[], help="a scene or page by name; may be repeated")
    parser.add_argument("--usual", action="store_true", help="1680x1000 alone")
    parser.add_argument("--ratio", type=int, default=1, help="pixels for each pixel: 2 for screens of high resolution")
    read = parser.parse_args(arguments)
    project = None if read.project is None else read.project.absolute()
    return Asked(read.out, project, tuple(read.only), read.usual or read.ratio != 1, read.ratio)


def _make_example(session: Session, folder: Path) -> Path:
    from workbench.orders.example import RunExample

    sys.stderr.write("making and running the example (about two minutes)\n")
    ended = session.start(RunExample(folder.absolute(), "this-machine")).wait()
    if ended.error is not None:
        raise SystemExit(f"error: {ended.error.summary}\n{ended.error.hint}")
    return folder.absolute()


def _render(app: QApplication, session: Session, project: Path, asked: Asked) -> Iterator[Path]:
    from ui.main_window import MainWindow
    from ui.scenes import SCENES

    window = MainWindow(session)
    window.desk.open_project(project)
    window.show()
    try:
        for scene in SCENES:
            if not asked.only or scene.name in asked.only or scene.stage in asked.only:
                yield from _render_scene(app, window, scene, asked)
    finally:
        window.hide()
        window.desk.jobs.close()


def _render_scene(app: QApplication, window: MainWindow, scene: Scene, asked: Asked) -> Iterator[Path]:
    from ui.theme.apply import apply_theme, choose_tokens

    for width, height in (USUAL,) if asked.usual else SIZES:
        window.resize(width, height)
        for theme in THEMES:
            apply_theme(app, choose_tokens(theme))
            scene.show(window)
            _settle(app, window)
            yield _take(window, asked.out / f"{scene.name}-{theme}-{width}x{height}{_suffix(asked.ratio)}.png")
            _close_dialogs(app)


def _suffix(ratio: int) -> str:
    return "" if ratio == 1 else f"@{ratio}x"


def _settle(app: QApplication, window: MainWindow) -> None:
    """Wait until all questions are answered and nothing new was asked for a while."""
    deadline, still_since = Deadline(LONGEST_S), time.monotonic()
    while time.monotonic() - still_since < STILL_S and not deadline.expired:
        app.processEvents()
        if window.bridge.waits:
            still_since = time.monotonic()


def _take(window: MainWindow, path: Path) -> Path:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QApplication, QDialog

    picture = window.grab()
    for dialog in QApplication.topLevelWidgets():
        if isinstance(dialog, QDialog) and dialog.isVisible():
            painter = QPainter(picture)
            at = window.rect().center() - dialog.rect().center()
            painter.fillRect(window.rect(), "#80000000")
            painter.drawPixmap(at, dialog.grab())
            painter.end()
    picture.save(str(path))
    return path


def _close_dialogs(app: QApplication) -> None:
    from PySide6.QtWidgets import QDialog

    for dialog in app.topLevelWidgets():
        if isinstance(dialog, QDialog) and dialog.isVisible():
            dialog.reject()
    app.processEvents()


if __name__ == "__main__":
    sys.exit(main())
