"""A host over SSH in the window: made known by its fingerprint and verified on; and lost while Live plays on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from targets.inventory import find_board, save_board
from tests.end2end.bench import Place, Story, check_nothing_half, running_on, wait_until
from tests.end2end.test_live import pids_of
from tests.end2end.test_window_runs import STEPS
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.server import SshServer
from tests.window_lab.fixtures import nothing_of_qt_left, qapp, settle
from tests.window_lab.hands import CTRL
from tests.window_lab.runs import LONG_MS, Person, person_before
from ui.pages.boards.contact_panel import ContactPanel
from ui.pages.boards.page import BoardsView
from ui.pages.live.page import LivePage
from ui.pages.live.playing import Playing
from ui.pages.live.recorded import Recorded
from ui.pages.verify.page import VerifyStagePage
from ui.widgets.error_card import ErrorCard
from workbench.base.events import JobState
from workbench.evaluate.verdict import Outcome

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("qapp", "nothing_of_qt_left"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),  # of lists below fields, offscreen
]
__all__ = ["nothing_of_qt_left", "qapp"]

HOST = "rig"


@pytest.fixture
def stranger(sshd: SshServer) -> SshServer:
    """A server that the user's SSH configuration names and whose key nobody has seen yet."""
    sshd.forget()
    words = f"Host {HOST}\n  HostName {sshd.host}\n  Port {sshd.port}\n  User {sshd.user}\n"
    words += f"  IdentityFile {sshd.keys.plain}\n"
    (sshd.home / ".ssh" / "config").write_text(words)
    return sshd


def test_that_a_new_host_is_trusted_by_its_fingerprint_and_verified_on(
    place: Place, stranger: SshServer, qtbot: QtBot, tmp_path: Path
) -> None:
    with person_before(place, qtbot) as person:
        hands, window = person.hands, person.window
        settle(qtbot, window)
        person.press(Qt.Key.Key_4, CTRL)
        page = window.centre.page
        assert isinstance(page, BoardsView)
        settle(qtbot, window)
        add_host(person, page, tmp_path / "far-root")
        trust(person, page, stranger)
        qtbot.waitUntil(lambda: page.dialog is None and page.list.current == HOST, timeout=LONG_MS)
        # Whatever else runs on this machine holds its lock; the host gets one of its own.
        save_board(replace(find_board(HOST), id="far-board", lock=str(tmp_path / "far-lock")))

        hands.click(page.list.table.viewport(), row_of(page, HOST))
        person.press(Qt.Key.Key_U)
        assert window.desk.board == HOST
        qtbot.waitUntil(lambda: HOST in window.top.pill.text(), timeout=LONG_MS)
        hands.click(window.top.run)
        person.press(Qt.Key.Key_5, CTRL)
        ended = person.wait_for_end()
        assert ended.state is JobState.SUCCEEDED, ended.error
        assert [step for step in person.steps if step in STEPS] == list(STEPS)
        settle(qtbot, window)
        assert isinstance(window.centre.page, VerifyStagePage)
        check_verdicts(window.centre.page)
    record = place.record()
    assert record["board"]["name"] == HOST
    assert record["state"] == "finished"
    assert (tmp_path / "far-root" / "releases" / record["chain"]["release"]["name"]).is_dir()
    check_nothing_half(place)


def add_host(person: Person, page: BoardsView, root: Path) -> None:
    """Open the dialog by its key, and fill it in."""
    hands = person.hands
    hands.press(Qt.Key.Key_A)
    dialog = page.dialog
    assert dialog is not None
    settle(person.qtbot, person.window)
    hands.click(dialog.host.field)
    hands.type(HOST[:2])
    completer = dialog.host.field.completer()
    assert completer is not None
    offered = completer.popup()
    assert offered is not None
    person.qtbot.waitUntil(offered.isVisible, timeout=LONG_MS)
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    assert dialog.name.text() == HOST
    hands.tab_to("Python there")
    hands.type(sys.executable)
    hands.tab_to("Folder there")
    hands.type(str(root))
    hands.click(dialog.add)


def trust(person: Person, page: BoardsView, server: SshServer) -> None:
    """Compare what the host shows with what stands on its own screen, and say yes."""

    def panel() -> ContactPanel | None:
        return None if page.dialog is None else page.dialog.findChild(ContactPanel)

    person.qtbot.waitUntil(lambda: panel() is not None, timeout=LONG_MS)
    asked = panel()
    assert asked is not None
    assert not asked.trust.isEnabled()
    words = ["ssh-keygen", "-lf", str(server.host_key.with_suffix(".pub"))]
    screen = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]
    person.hands.click(asked.field)
    person.hands.type(screen)
    person.qtbot.waitUntil(asked.trust.isEnabled, timeout=LONG_MS)
    assert not server.known_hosts.read_text()
    person.hands.click(asked.trust)


def row_of(page: BoardsView, name: str) -> QPoint:
    """Where the row of a board is, in px of the table."""
    table = page.list.table
    at = next(number for number, item in enumerate(table.rows.rows) if item.row.name == name)
    return table.visualRect(table.rows.index(at, 0)).center()


def check_verdicts(page: VerifyStagePage) -> None:
    """Every requirement is judged by a run on the host, and the table says so."""
    shown = page._page
    assert shown is not None
    assert shown.board == HOST
    table = page.requirements.table
    assert len(table.rows.rows) == len(shown.rows) > 0
    assert {row.outcome for row in table.rows.rows} <= {Outcome.PASS.value, Outcome.FAIL.value}
    assert Outcome.PASS.value in {row.outcome for row in table.rows.rows}
    assert not any(row.stale for row in table.rows.rows)


@pytest.fixture
def far(lean_first: tuple[Place, Story], sshd: SshServer, tmp_path: Path) -> Place:
    """A project that was verified once, and its board reached over SSH."""
    place = lean_first[0].move(tmp_path)
    add_board(sshd, place.root, "far", id="bench-board")
    return place


def kill_agent(_server: SshServer, root: Path) -> None:
    """Kill the agent on the board; the server goes on."""
    for pid in pids_of(root, "serve"):
        os.kill(pid, signal.SIGKILL)


def kill_server(server: SshServer, _root: Path) -> None:
    """Kill the server and all its sessions."""
    server.kill()


@pytest.mark.parametrize("kill", [kill_server, kill_agent], ids=["server", "agent"])
def test_that_a_board_lost_while_live_plays_is_said_and_played_on_again(
    far: Place, sshd: SshServer, qtbot: QtBot, kill: Callable[[SshServer, Path], None]
) -> None:
    with person_before(far, qtbot, "far") as person:
        page = play(person)
        played = page.shown
        assert isinstance(played, Playing)
        shown: Playing = played
        qtbot.waitUntil(lambda: shown.frame is not None and shown.intake.now_s > 2.5, timeout=LONG_MS)
        lost_run = shown.run
        kill(sshd, far.root)
        ended = person.wait_for_end()
        assert ended.state is JobState.LOST
        assert ended.result is None
        check_lost(person, page, shown)
        wait_until(lambda: running_on(far.root) == [], "nothing runs on the board")

        if kill is kill_server:
            sshd.start()
        person.events.clear()
        play_again(person, page)
        person.hands.click(page.setup.stop)
        qtbot.waitUntil(lambda: isinstance(page.shown, Recorded), timeout=LONG_MS)
        again = page.shown
        assert isinstance(again, Recorded)
        assert again.run.run != lost_run
        settle(qtbot, person.window)
    check_nothing_half(far)


def play(person: Person) -> LivePage:
    """Go to Live and press Play; the board is the one that was chosen for Run."""
    settle(person.qtbot, person.window)
    person.press(Qt.Key.Key_6, CTRL)
    settle(person.qtbot, person.window)
    page = person.window.centre.page
    assert isinstance(page, LivePage)
    assert page.setup.board.value == "far"
    person.hands.click(page.setup.play)
    return page


def play_again(person: Person, page: LivePage) -> Playing:
    """Do what the page says: Play once more. That closes the run before."""
    person.hands.click(page.setup.play)
    shown = page.shown
    assert isinstance(shown, Playing)
    person.qtbot.waitUntil(lambda: shown.frame is not None or not shown.working, timeout=LONG_MS)
    assert shown.working, shown.intake.handle.ended
    return shown


def check_lost(person: Person, page: LivePage, shown: Playing) -> None:
    """The page says what happened and what to do; nothing on it looks like a success, and the gap is seen."""
    person.qtbot.waitUntil(lambda: page.findChild(ErrorCard) is not None, timeout=LONG_MS)
    card = page.findChild(ErrorCard)
    assert card is not None
    assert "link" in card.accessibleName().lower()
    assert person.ends[-1].error is not None
    assert person.ends[-1].error.hint
    assert shown.state == ("lost", "Lost")
    assert page.toolset.chip.text == "Lost"
    assert "frames/s" not in page.video.status.text()
    assert person.window.desk.jobs.rows(0.0)[0].state == "lost"
    assert page.axis.marks[-1].words == "Link lost"
    assert page.axis.marks[-1].state == "err"
    source = page.wall.plots["latency"].source
    assert source is not None
    silent_s = page.axis.now_s - shown.intake.feed.t_s
    if silent_s > 1.5:  # a loss that is known at once leaves no gap
        assert source.gaps(*page.axis.range)[-1].end_s == page.axis.now_s
