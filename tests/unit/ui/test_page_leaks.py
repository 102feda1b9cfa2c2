"""Pages that are built, shown and taken down, and a project closed and opened, over and over: no object stays.

What the memory does is measured in `benchmarks/page_leaks.py`.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from benchmarks.page_leaks import build_and_take_down
from tests.end2end.bench import Place
from tests.window_lab.fixtures import LEAST_MS, flush, settle, shown
from tests.window_lab.runs import session_in_processes
from ui.main_window import MainWindow
from ui.pages.register import MAKERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WARM, CYCLES = 2, 3
BOUNDED = {"ui.pages.boards.health_card.Reading"}
"""Figures of a board that is watched are kept for ten minutes."""
LOOKS, LOOK_MS = 10, 1000
"""How often it is looked for what stayed: a job of a page that was taken down ends a little later."""


@pytest.fixture
def opened(qtbot: QtBot, place: Place) -> Iterator[MainWindow]:
    """A window before a finished project; queries are answered in another process, whose objects are not counted."""
    with session_in_processes(place.home) as session, shown(session) as made:
        made.open_project(place.project)
        made.desk.choose_board("bench")
        settle(qtbot, made)
        yield made


def rest(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until all is answered, and a job that a page began by itself has ended: the next would begin another."""
    settle(qtbot, window)
    qtbot.waitUntil(lambda: not window.bridge.running and not window.bridge.waits, timeout=LEAST_MS)


def held() -> Counter[str]:
    """The objects of Python and the wrappers of Qt that are there, by type."""
    flush()
    gc.collect()
    flush()
    gc.collect()
    kinds = Counter(f"{kind.__module__}.{kind.__qualname__}" for kind in map(type, gc.get_objects()))
    return kinds + Counter(f"wrapper of {type(kept).__name__}" for kept in shiboken6.getAllValidWrappers())


def leaks_of(cycle: Callable[[], object], qtbot: QtBot) -> dict[str, int]:
    """How many objects more there are after some cycles, of the types of which at least one a cycle stayed.

    A type that grew less is a cache that fills, or a job that had not ended in time: none stays for each cycle.
    """
    for _ in range(WARM):
        cycle()
    before = held()
    for _ in range(CYCLES):
        cycle()
    for _ in range(LOOKS):
        left = {kind: more for kind, more in (held() - before).items() if more >= CYCLES and kind not in BOUNDED}
        if not left:
            break
        qtbot.wait(LOOK_MS)
    return left


def test_that_no_page_leaves_anything_behind(opened: MainWindow, qtbot: QtBot) -> None:
    def all_pages() -> None:
        for name in MAKERS:
            build_and_take_down(opened, name, partial(rest, opened, qtbot))

    assert leaks_of(all_pages, qtbot) == {}


def test_that_a_project_closed_and_opened_leaves_nothing_behind(opened: MainWindow, place: Place, qtbot: QtBot) -> None:
    def close_open_and_visit() -> None:
        opened.desk.open_project(None)
        settle(qtbot, opened)
        opened.open_project(place.project)
        for name in MAKERS:
            opened.show_page(name)
            rest(opened, qtbot)

    assert leaks_of(close_open_and_visit, qtbot) == {}


def test_that_what_a_lambda_keeps_is_found(opened: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.ui.test_page_leaks.LOOKS", 1)

    def take_down_what_is_kept() -> None:
        kept = QWidget()
        opened.desk.jobs_changed.connect(lambda: kept.setEnabled(True))
        kept.deleteLater()

    assert leaks_of(take_down_what_is_kept, qtbot)["PySide6.QtWidgets.QWidget"] == CYCLES
