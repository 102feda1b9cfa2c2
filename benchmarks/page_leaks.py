"""How much the window's process grows each time that a page is built, shown and taken down, and a project reopened."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from benchmarks.figure import report
from benchmarks.scenery import load_text, wait_for
from ui.main_window import MainWindow
from ui.pages.register import MAKERS, preload
from workbench.session import Session

SIZE = (1680, 1000)
GOAL_KB = 10.0
WARM, CYCLES, LOOKS = 20, 40, 20
"""Caches (glyphs, icons, the allocator's own) are full after the warm-up."""
REOPENED = 20
ANSWER_S = 60.0
PAGE_KB = 4.0


def build_and_take_down(window: MainWindow, name: str, wait: Callable[[], object]) -> None:
    """Build a page as the centre does, show it, wait for its answers, and take all of it down."""
    page = MAKERS[name](window.desk)
    parts = [part for part in (page, *page.tools, page.inspector) if part is not None]
    for part in parts:
        part.setParent(window)
    page.setGeometry(window.centre.geometry())
    page.show()
    page.refresh()
    wait()
    page.hide()
    for part in parts:
        if shiboken6.isValid(part):
            part.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def resident_kb() -> float:
    """What this process holds in memory after all that can go has gone."""
    for _ in range(2):
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)  # what is free and kept by the allocator is no leak
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_KB


def growth_kb(cycle: Callable[[], object], cycles: int) -> float:
    """The median of the slopes between any two looks, kB a cycle: one look that is off moves it little."""
    for _ in range(WARM):
        cycle()
    looks = []
    for at in range(cycles):
        cycle()
        if at % max(1, cycles // LOOKS) == 0:
            looks.append((at, resident_kb()))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for at, a in enumerate(looks) for b in looks[at + 1 :]]
    return float(np.median(slopes))


def main() -> None:
    """Open, take down and report; names of pages as arguments measure these alone."""
    from benchmarks.example_project import BOARD, make_board, make_project
    from ui.app import make_app
    from workbench.pipeline.run import RunJob

    names = sys.argv[1:] or sorted(MAKERS)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_project(folder / "project")
        make_board(folder / "board", folder / "lock")
        app = make_app(["slipway"], "dark")
        preload()
        with Session.for_window(folder / "home") as session:
            ended = session.start(RunJob(folder / "project", BOARD)).wait()
            if ended.error is not None:
                sys.exit(ended.error.summary)
            _measure(app, MainWindow(session), folder / "project", names)


def _measure(app: QApplication, window: MainWindow, project: Path, names: Sequence[str]) -> None:
    def settle() -> None:
        wait_for(lambda: not window.bridge.waits and not window.bridge.running, ANSWER_S, "a query had no answer")

    def reopen() -> None:
        window.desk.open_project(None)
        settle()
        window.open_project(project)
        for page in MAKERS:
            window.show_page(page)
            settle()

    window.resize(*SIZE)
    window.show()
    window.open_project(project)
    settle()
    for page in names:
        kb = growth_kb(partial(build_and_take_down, window, page, settle), CYCLES)
        report(f"page_leak_{page}", kb, "kB", "<=", GOAL_KB)
    report("project_reopen_leak", growth_kb(reopen, REOPENED), "kB", "<=", GOAL_KB)
    print(load_text())
    window.desk.leave()
    window.desk.jobs.close()
    window.hide()
    app.processEvents()


if __name__ == "__main__":
    main()
