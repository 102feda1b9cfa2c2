"""The whole job with keys alone; every control that has the focus on the way is in sight and has a name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import finished, no_stalls, nothing_of_qt_left, qapp, settle, shown
from tests.window_lab.hands import CTRL, NoPointer, name_of
from tests.window_lab.runs import LONG_MS, Person, person_before, session_in_processes
from ui.main_window import MainWindow
from ui.pages.register import MAKERS
from ui.pages.report.page import ReportView
from ui.pages.verify.page import VerifyStagePage
from ui.stall_watch import StallWatch
from workbench.base.events import JobState

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("qapp", "nothing_of_qt_left"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),  # of menus, offscreen
]
__all__ = ["finished", "no_stalls", "nothing_of_qt_left", "qapp"]


@pytest.fixture
def person(place: Place, qtbot: QtBot, no_stalls: StallWatch) -> Iterator[Person]:
    """Somebody before Welcome who knows no project yet."""
    with session_in_processes(place.home) as session, shown(session) as window:
        window.show_page("welcome")
        settle(qtbot, window)
        no_stalls.start()
        yield Person(window, qtbot)
        no_stalls.stop()


def test_that_the_whole_job_is_done_by_keys_alone(person: Person, place: Place, qtbot: QtBot) -> None:
    hands, pointer, window = person.hands, NoPointer(), person.window
    hands.press(Qt.Key.Key_O, CTRL)
    hands.type(str(place.project))
    hands.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.desk.overview is not None, timeout=LONG_MS)
    assert window.desk.project == place.project

    choose_board(person, "bench")
    hands.press(Qt.Key.Key_F5)
    ended = person.wait_for_end()
    assert ended.state is JobState.SUCCEEDED, ended.error
    settle(qtbot, window)

    hands.press(Qt.Key.Key_5, CTRL)
    settle(qtbot, window)
    walk_verdicts(person)
    walk_frames(person)
    open_report(person, place)
    assert pointer.events == 0


def choose_board(person: Person, name: str) -> None:
    """Open the list of boards by its key, and go down to one."""
    hands, window = person.hands, person.window
    settle(person.qtbot, window)
    hands.press(Qt.Key.Key_R, CTRL | Qt.KeyboardModifier.AltModifier)
    menu = window.board_pill.menu
    assert menu is not None
    person.qtbot.waitUntil(menu.isVisible, timeout=LONG_MS)
    for _ in menu.actions():
        chosen = menu.activeAction()
        if chosen.text().split()[0] == name:
            break
        hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    assert window.desk.board == name
    person.qtbot.waitUntil(lambda: window.board_pill.menu is None, timeout=LONG_MS)


def walk_verdicts(person: Person) -> None:
    """Go down the table of requirements: each row has its verdict, and the inspector follows."""
    page = person.window.centre.page
    assert isinstance(page, VerifyStagePage)
    table = person.hands.tab_to("Requirements")
    assert table is page.requirements.table
    person.hands.press(Qt.Key.Key_Home, CTRL)
    seen = []
    for row in page.requirements.table.rows.rows:
        settle(person.qtbot, person.window)
        current = page.requirements.table.current
        assert current is not None
        assert current.id == row.id
        assert row.outcome in {"PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED"}
        seen.append(row.outcome)
        person.qtbot.waitUntil(partial(tells, person.window.inspector, row.short_id), timeout=LONG_MS)
        person.hands.press(Qt.Key.Key_Down)
    assert "PASS" in seen


def walk_frames(person: Person) -> None:
    """Go through the worst frames: another picture each time."""
    page = person.window.centre.page
    assert isinstance(page, VerifyStagePage)
    frames = page.requirements.frames
    person.hands.tab_to("Latency")  # with the jobs below there is no room for all evidence: it is behind tabs
    person.hands.press(Qt.Key.Key_Right)
    assert person.hands.tab_to("Worst frames, lowest overlap first") is frames.strip
    shown = set()
    for _ in frames.strip.thumbnails[:3]:
        settle(person.qtbot, person.window)
        assert frames._pair is not None
        shown.add(frames._pair.name)
        person.hands.press(Qt.Key.Key_Down)
    assert len(shown) == 3


def open_report(person: Person, place: Place) -> None:
    """Go to the report of the run, and read it to its end."""
    person.hands.press(Qt.Key.Key_7, CTRL)
    settle(person.qtbot, person.window)
    page = person.window.centre.page
    assert isinstance(page, ReportView)
    assert place.runs()[-1].id in page.paper.toPlainText()
    person.hands.tab_to("The report")
    before = page.paper.verticalScrollBar().value()
    person.hands.press(Qt.Key.Key_PageDown)
    assert page.paper.verticalScrollBar().value() > before


def tells(widget: QWidget, words: str) -> bool:
    """Whether words can be read on a part of the window."""
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


@pytest.fixture
def looker(finished: Place, tmp_path: Path, qtbot: QtBot) -> Iterator[Person]:
    """Somebody before a copy of the finished project."""
    with person_before(finished.move(tmp_path), qtbot) as made:
        settle(qtbot, made.window)
        yield made


def test_that_tab_reaches_every_control_of_each_page_and_comes_round(looker: Person, qtbot: QtBot) -> None:
    window, left_out = looker.window, []
    for name in sorted(MAKERS):
        window.show_page(name)
        settle(qtbot, window)
        before, reached = wanted(window), walk_round(looker)
        left_out += [
            f"{name}: {type(widget).__name__} {name_of(widget)!r}"
            for widget in before
            if widget not in reached and widget in wanted(window)
        ]
    assert left_out == []


def walk_round(person: Person) -> list[QWidget]:
    """Press Tab until it comes to a control again."""
    reached: list[QWidget] = []
    while (widget := person.hands.focused()) not in reached[1:]:
        reached.append(widget)
        person.hands.press(Qt.Key.Key_Tab)
    return reached


def wanted(window: MainWindow) -> list[QWidget]:
    """What Tab should reach: what can have the focus by it, and is in use."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.isVisible()
        and widget.isEnabled()
        and not widget.visibleRegion().isEmpty()
    ]
