"""From a key in a document to its problems on the screen: typed in the window, checked in the reader's process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.example_project import make_project
from benchmarks.figure import report
from ui.main_window import MainWindow
from ui.pages.project.page import ProjectPage
from workbench.jobs.reader import ProcessReader
from workbench.session import PRELOAD, Session

KEYS = 60
LONGEST_S = 30.0
GOAL_MS = 200.0
"""Longer than that a message feels late."""


def main() -> None:
    """Measure and report."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        home, project = Path(folder) / "home", Path(folder) / "project"
        os.environ["SLIPWAY_HOME"] = str(home)
        home.mkdir()
        make_project(project)
        times_ms = _measure(home, project)
    report("document_check_median_ms", float(np.median(times_ms)), "ms", "<=", GOAL_MS)
    report("document_check_p95_ms", float(np.percentile(times_ms, 95)), "ms", "<=", GOAL_MS)


def _measure(home: Path, project: Path) -> list[float]:
    from ui.app import make_app

    app = make_app(["slipway"], "dark")
    with Session(home, reader=ProcessReader(home, PRELOAD)) as session:
        window = MainWindow(session)
        window.show()
        window.open_project(project)
        page = window.centre.page
        if not isinstance(page, ProjectPage):
            raise SystemExit("the window does not show the page Project")
        _wait(app, lambda: bool(page.editing.views) and not window.bridge.waits)
        times_ms = [_one_key(app, page, key) for key in "colour: grey  # not known " * 3][:KEYS]
        window.hide()
        window.deleteLater()
    return times_ms


def _one_key(app: QApplication, page: ProjectPage, key: str) -> float:
    """Milliseconds from a key to the check of the text that has it."""
    editor = page.documents.pane.editor
    told: list[float] = []
    connection = page.editing.checked.connect(lambda _views: told.append(time.perf_counter()))
    began = time.perf_counter()
    QTest.keyClicks(editor, key)
    _wait(app, lambda: bool(told))
    page.editing.checked.disconnect(connection)
    return (told[0] - began) * 1000


def _wait(app: QApplication, done: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not done():
        if time.monotonic() > end:
            raise SystemExit("the window gave no answer in time")
        app.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
