"""The Boards page in a real window: states as they are kept, keys, and what is asked before anything changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from targets.inventory import THIS_MACHINE, BoardEntry, list_boards, save_board
from targets.kept_facts import keep_failure, keep_probe
from targets.road import Road, ShownKey, Stage, Standing, Stop
from tests.unit.workbench.views.test_boards import JETSON
from tests.window_lab.fixtures import LEAST_MS, flush, settle, shown, unnamed
from ui.main_window import MainWindow
from ui.pages.boards.contact_panel import ChangedKeyPanel
from ui.pages.boards.health_card import Series, span_of
from ui.pages.boards.page import BoardsView
from ui.pages.boards.road_card import RoadCard
from ui.pages.boards.table import FEW, TraceCell
from ui.theme.apply import apply_theme
from ui.theme.tokens import LIGHT
from ui.widgets.text import Text
from workbench.base.errors import BoardError
from workbench.jobs.context import JobContext
from workbench.session import Session

W = TypeVar("W", bound=QWidget)


def fail(home: Path, name: str, stage: Stage, key: ShownKey | None = None) -> None:
    """A board could not be reached."""
    road = Road()
    road.begin((Stop("gate", 22, "me"), Stop("10.0.0.2", 22, "nvidia")))
    road.enter(1, stage)
    if key is not None:
        road.show(key)
    keep_failure(home, name, BoardError("no answer", "Look at it."), road)


@pytest.fixture
def kept(session: Session) -> Path:
    """A home that knows boards in several states; none of them is ever asked by the page alone."""
    home = session.home
    save_board(BoardEntry(THIS_MACHINE, "local", lock=str(home / "lock")))  # nobody else's work is seen here
    keep_probe(home, THIS_MACHINE, replace(JETSON, l4t=None, power_mode=None, read_utc=time.time()))
    for name in ("gone", "other-key"):
        save_board(BoardEntry(name, "ssh", host="127.0.0.1", port=9))
    facts = replace(JETSON, read_utc=time.time() - 3 * 86400, numpy=None, python_path="/usr/bin/python3")
    keep_probe(home, "gone", facts)
    fail(home, "gone", Stage.CONNECT)
    known = ("ED25519", "SHA256:" + "b" * 43, "/home/ada/.ssh/known_hosts:3", "/home/ada/.ssh/known_hosts")
    fail(
        home,
        "other-key",
        Stage.HOST_KEY,
        ShownKey("x", "ED25519", "AAAA", "SHA256:" + "a" * 43, Standing.CHANGED, *known),
    )
    return home


@pytest.fixture
def page(kept: Path, window: MainWindow, qtbot: QtBot) -> Iterator[BoardsView]:
    """The page over those boards, without a project."""
    window.show_page("boards")
    settle(qtbot, window)
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, BoardsView)
    yield page
    page.watching.stop()


def found(widget: QWidget, kind: type[W]) -> W:
    """The widget of this kind below another one."""
    child = widget.findChild(kind)
    assert child is not None
    return child


def press(
    qtbot: QtBot, page: BoardsView, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Press a key on the table of boards."""
    window = page.window()
    with qtbot.waitActive(window):
        window.activateWindow()
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, key, modifier)


def choose(qtbot: QtBot, page: BoardsView, name: str) -> None:
    """Select a board and wait until it is shown."""
    assert page.list.choose(name)
    qtbot.waitUntil(
        lambda: page.facts.findChild(QWidget) is not None and page._detail is not None and page._detail.name == name,
        timeout=LEAST_MS,
    )


def test_that_every_board_has_its_row_and_every_control_a_name(page: BoardsView) -> None:
    assert page.list.names == (THIS_MACHINE, "gone", "other-key")
    states = [page.list.table.rows.index(at, 1).data() for at in range(3)]
    assert states[0].startswith("Ready")
    assert states[1].startswith("Unreachable since")
    assert states[2].startswith("Key changed since")
    assert unnamed(page) == []


@dataclass(frozen=True)
class Measure:
    """A job that works on this machine until it is let go."""

    done: threading.Event
    title: str = "Run demo"
    board: str | None = THIS_MACHINE

    def run(self, _context: JobContext) -> None:
        self.done.wait(LEAST_MS / 1000)


def test_that_a_board_is_busy_while_a_job_of_this_window_works_there(page: BoardsView, qtbot: QtBot) -> None:
    window = page.window()
    assert isinstance(window, MainWindow)
    choose(qtbot, page, THIS_MACHINE)
    done = threading.Event()
    window.bridge.start(Measure(done))

    def row() -> tuple[str, str]:
        table = page.list.table.rows
        return table.index(0, 1).data(), table.index(0, 8).data()

    try:
        qtbot.waitUntil(lambda: row() == ("Busy Run demo", "you Run demo"), timeout=LEAST_MS)
        settle(qtbot, window)
        texts = [text.text() for text in page.facts.findChildren(Text)]
        assert "you: Run demo" in texts
        assert "nobody" not in texts
        assert "Busy: Run demo, you" in window.top.pill.toolTip()
    finally:
        done.set()
    qtbot.waitUntil(lambda: row()[0].startswith("Ready"), timeout=LEAST_MS)
    assert "Busy" not in window.top.pill.toolTip()
    settle(qtbot, window)


def test_that_a_board_that_is_not_watched_says_why(page: BoardsView, qtbot: QtBot) -> None:
    choose(qtbot, page, "other-key")
    assert "read" in page.health._why.text()
    choose(qtbot, page, THIS_MACHINE)
    page.watching.watch(("gone",))
    page._show_health()
    assert page.health._why.text() == "At most 8 boards are watched at once."
    page.watching.watch((THIS_MACHINE,))
    page._show_health()
    assert page.health._why.text().startswith("The first figures come a few seconds after it began.")


def test_that_an_unreachable_board_keeps_its_old_values_and_shows_its_road(page: BoardsView, qtbot: QtBot) -> None:
    choose(qtbot, page, "gone")
    assert found(page, RoadCard).accessibleName() == "gone cannot be reached"
    assert page.works.first_command is not None
    press(qtbot, page, Qt.Key.Key_C)
    assert QGuiApplication.clipboard().text() == "slipway boards prepare gone --runtime tensorrt"
    press(qtbot, page, Qt.Key.Key_T)
    assert QGuiApplication.clipboard().text() == "ssh -p 9 127.0.0.1"


def test_that_a_changed_key_offers_no_way_to_trust_it(page: BoardsView, qtbot: QtBot) -> None:
    choose(qtbot, page, "other-key")
    panel = found(page, ChangedKeyPanel)
    assert [button.text() for button in panel.findChildren(QPushButton)] == []
    assert page.findChild(RoadCard) is None


def test_that_a_filter_hides_boards_and_says_so_where_none_is_left(page: BoardsView, qtbot: QtBot) -> None:
    press(qtbot, page, Qt.Key.Key_Slash)
    assert page.list.field.hasFocus()
    qtbot.keyClicks(page.list.field, "jetpack")
    assert page.list.table.rows.rowCount() == 1
    assert page.list.current == "gone"
    qtbot.keyClicks(page.list.field, " no such")
    assert page.list.table.rows.rowCount() == 0
    page.list.field.clear()
    assert page.list.current == THIS_MACHINE


def test_that_a_board_is_forgotten_only_after_a_yes_that_names_it(page: BoardsView, qtbot: QtBot) -> None:
    choose(qtbot, page, "gone")
    press(qtbot, page, Qt.Key.Key_Delete)
    dialog = page.deeds.dialog
    assert dialog is not None
    assert (dialog.yes.text(), dialog.focusWidget()) == ("Forget gone", dialog.no)
    qtbot.mouseClick(dialog.no, Qt.MouseButton.LeftButton)
    assert "gone" in [entry.name for entry in list_boards()]
    press(qtbot, page, Qt.Key.Key_Delete)
    assert page.deeds.dialog is not None
    qtbot.mouseClick(page.deeds.dialog.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.list.names == (THIS_MACHINE, "other-key"), timeout=LEAST_MS)
    assert "gone" not in [entry.name for entry in list_boards()]
    flush()


def test_that_this_machine_cannot_be_forgotten_and_says_why(page: BoardsView) -> None:
    assert page.list.current == THIS_MACHINE
    assert not page.forget_action.isEnabled()
    assert page.forget_action.toolTip() == "This machine is always there"
    assert page.use_action.toolTip() == "Run works on it already"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_that_the_board_of_run_is_chosen_by_key_and_shown_in_the_pill(page: BoardsView, qtbot: QtBot) -> None:
    window = page.window()
    assert isinstance(window, MainWindow)
    choose(qtbot, page, "gone")
    press(qtbot, page, Qt.Key.Key_U)
    assert window.desk.board == "gone"
    qtbot.waitUntil(lambda: window.top.pill.text().strip().startswith("gone 25W"), timeout=LEAST_MS)
    window.board_pill.open()
    menu = window.board_pill.menu
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    assert [word.split()[0] for word in words] == [THIS_MACHINE, "gone", "other-key", "All"]
    menu.actions()[0].trigger()
    assert window.desk.board == THIS_MACHINE
    menu.close()
    flush()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_that_nothing_is_clipped_in_a_small_window_nor_with_large_type(
    kept: Path, session: Session, qtbot: QtBot, qapp: QApplication, scale: float
) -> None:
    apply_theme(qapp, LIGHT, scale)
    with shown(session, (1366, 768)) as window:
        window.show_page("boards", "gone")
        settle(qtbot, window)
        settle(qtbot, window)
        assert window.centre.page is not None
        area = found(window.centre.page, QScrollArea)
        inner = area.widget()
        assert inner is not None
        assert inner.minimumSizeHint().width() <= area.viewport().width()


@pytest.mark.slow
def test_that_this_machine_is_read_by_itself_the_first_time(window: MainWindow, session: Session, qtbot: QtBot) -> None:
    save_board(BoardEntry(THIS_MACHINE, "local", lock=str(session.home / "lock")))
    window.show_page("boards")
    page = window.centre.page
    assert isinstance(page, BoardsView)
    qtbot.waitUntil(lambda: page.list.table.rows.rowCount() == 1, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: page.list.table.rows.index(0, 1).data().startswith("Ready"), timeout=LEAST_MS)
    assert window.bridge.running == ()
    page.watching.stop()
    flush()


@pytest.mark.slow
def test_that_this_machine_is_read_by_one_key_and_then_watched(page: BoardsView, qtbot: QtBot) -> None:
    press(qtbot, page, Qt.Key.Key_R)
    assert page.list.table.rows.index(0, 1).data().startswith("Reading")
    qtbot.waitUntil(lambda: page.list.table.rows.index(0, 1).data().startswith("Ready"), timeout=LEAST_MS)
    qtbot.waitUntil(lambda: bool(page.watching.series(THIS_MACHINE).readings), timeout=LEAST_MS)
    window = page.window()
    assert isinstance(window, MainWindow)
    assert window.bridge.running == ()
    page.watching.stop()


@pytest.mark.slow
def test_that_preparing_says_first_what_it_would_do(page: BoardsView, qtbot: QtBot) -> None:
    press(qtbot, page, Qt.Key.Key_P)
    dialog = page.deeds.dialog
    assert dialog is not None
    assert not dialog.yes.isEnabled()
    qtbot.waitUntil(lambda: dialog.yes.toolTip() == "Nothing is to be done", timeout=LEAST_MS)
    assert [text.text() for text in dialog.findChildren(Text) if "missing" in text.text()] == [
        "Nothing is missing there: nothing would be done."
    ]
    qtbot.mouseClick(dialog.no, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.deeds.busy, timeout=LEAST_MS)
    page.watching.stop()
    flush()


@pytest.mark.slow
def test_that_the_only_board_leaves_no_huge_empty_plots(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("boards")
    page = window.centre.page
    assert isinstance(page, BoardsView)

    def watched() -> bool:
        rows = page.list.table.rows.rows
        return page.health.isVisible() and bool(rows) and len(rows[0].live) >= FEW

    qtbot.waitUntil(watched, timeout=LEAST_MS)
    flush()
    assert page.add_card.isVisible()
    assert page.health.height() <= 2 * page.list.height() + page.works.sizeHint().height()
    assert page.works.geometry().height() == page.health.geometry().height()
    cell = page.list.table.rows.columns[-1].cell(page.list.table.rows.rows[0])
    assert isinstance(cell, TraceCell)
    assert "last minutes" in cell.tip
    settle(qtbot, window)


def test_that_a_second_board_takes_the_place_of_how_to_add_one(page: BoardsView) -> None:
    assert not page.add_card.isVisible()


def test_that_a_plot_spans_what_came_and_no_more() -> None:
    series = Series()
    assert span_of(series, 0.0) == 60.0
    for at_s in range(0, 200, 10):
        series.add(float(at_s), {"cpu_percent": at_s / 2})
    assert span_of(series, 50.0) == 60.0
    assert span_of(series, 190.0) == 300.0
    assert span_of(series, 5000.0) == 600.0
    assert series.thinned("cpu_percent", 5) == (15.0, 35.0, 55.0, 75.0, 95.0)
    assert series.thinned("power_w") == ()
