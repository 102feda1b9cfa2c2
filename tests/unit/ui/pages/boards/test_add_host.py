"""The journey of a new SSH host: found in the configuration, its key compared, added, ready."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from targets.inventory import find_board, list_boards
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.fixtures import ssh_keys, sshd
from tests.ssh_lab.server import PASSPHRASE, SshServer
from tests.window_lab.fixtures import LEAST_MS, flush, settle, unnamed
from ui.main_window import MainWindow
from ui.pages.boards.add_dialog import AddBoardDialog
from ui.pages.boards.contact_panel import ContactPanel
from ui.pages.boards.page import BoardsView
from ui.pages.boards.road_card import RoadCard
from ui.widgets.error_card import ErrorCard
from workbench.orders.boards import ReadBoard

pytestmark = pytest.mark.slow
__all__ = ["ssh_keys", "sshd"]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> SshServer:
    """A real server that the user does not know, but that their SSH configuration names."""
    server: SshServer = request.getfixturevalue("sshd")
    server.forget()
    words = f"Host rig\n  HostName {server.host}\n  Port {server.port}\n  User {server.user}\n"
    (server.home / ".ssh" / "config").write_text(words)
    return server


def screen(server: SshServer) -> str:
    """What the board's own screen prints."""
    words = ["ssh-keygen", "-lf", str(server.host_key.with_suffix(".pub"))]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def contact(widget: QWidget) -> ContactPanel:
    """The question about a host's key."""
    panel = widget.findChild(ContactPanel)
    assert panel is not None
    return panel


def open_dialog(window: MainWindow, qtbot: QtBot) -> tuple[BoardsView, AddBoardDialog]:
    """Go to Boards and press A."""
    with qtbot.waitActive(window):
        window.activateWindow()
    window.show_page("boards")
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, BoardsView)
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_A)
    assert page.dialog is not None
    return page, page.dialog


def fill(dialog: AddBoardDialog, qtbot: QtBot, server: SshServer, root: Path, key: Path) -> None:
    """Type a host, and what a test's board needs besides."""
    qtbot.keyClicks(dialog.host.field, "rig")
    completer = dialog.host.field.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    popup.hide()
    qtbot.keyClicks(dialog.root, str(root))
    qtbot.keyClicks(dialog.python, sys.executable)
    dialog.key.set_path(key)


def test_that_a_new_host_is_added_once_its_fingerprint_is_equal(
    server: SshServer, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    page, dialog = open_dialog(window, qtbot)
    assert not dialog.add.isEnabled()
    fill(dialog, qtbot, server, tmp_path / "root", server.keys.plain)
    assert dialog.name.text() == "rig"
    assert unnamed(dialog) == []
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.findChild(ContactPanel) is not None, timeout=LEAST_MS)
    panel = contact(dialog)
    assert not panel.trust.isEnabled()
    wrong = screen(server).replace(server.fingerprint[10:14], "AAAA")
    panel.unseen.setChecked(True)
    panel.field.setText(wrong)
    qtbot.waitUntil(lambda: panel._found.text().startswith("Different from character"), timeout=LEAST_MS)
    assert not panel.trust.isEnabled()
    panel.field.setText(screen(server))
    qtbot.waitUntil(panel.trust.isEnabled, timeout=LEAST_MS)
    qtbot.mouseClick(panel.trust, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.dialog is None, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: page.list.current == "rig", timeout=LEAST_MS)
    state = page.list.table.rows.index(1, 1).data()
    assert state.startswith(("Ready", "In use"))  # another test may hold this machine's lock
    assert find_board("rig").host == "rig"
    assert server.known_hosts.read_text().startswith(f"[{server.host}]:{server.port} ssh-ed25519 ")
    page.watching.stop()
    flush()


def test_that_a_no_adds_nothing_and_keeps_what_was_typed(
    server: SshServer, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    _page, dialog = open_dialog(window, qtbot)
    fill(dialog, qtbot, server, tmp_path / "root", server.keys.plain)
    qtbot.keyClick(dialog.root, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.findChild(ContactPanel) is not None, timeout=LEAST_MS)
    panel = contact(dialog)
    panel.unseen.setChecked(True)
    assert panel.trust.isEnabled()
    qtbot.mouseClick(panel.later, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.findChild(ErrorCard) is not None, timeout=LEAST_MS)
    card = dialog.findChild(ErrorCard)
    assert card is not None
    assert "was not trusted" in card.accessibleName()
    assert (dialog.host.text(), dialog.root.text()) == ("rig", str(tmp_path / "root"))
    assert dialog.add.isEnabled()
    assert dialog.focusWidget() is dialog.host.field
    assert len(list_boards()) == 1
    dialog.reject()
    flush()


def test_that_a_passphrase_is_asked_for_in_the_dialog_and_hidden(
    server: SshServer, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    server.trust()
    page, dialog = open_dialog(window, qtbot)
    fill(dialog, qtbot, server, tmp_path / "root", server.keys.locked)
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)

    def answer() -> QLineEdit | None:
        fields = dialog.findChildren(QLineEdit)
        return next((field for field in fields if field.accessibleName() == "Answer"), None)

    qtbot.waitUntil(lambda: answer() is not None, timeout=LEAST_MS)
    field = answer()
    assert field is not None
    assert field.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(field, PASSPHRASE)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.dialog is None, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: "rig" in page.list.names, timeout=LEAST_MS)
    page.watching.stop()
    flush()


def test_that_a_new_host_of_another_job_is_shown_on_the_page_and_not_as_a_yes_or_no(
    server: SshServer, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    add_board(server, tmp_path / "root")
    handle = window.bridge.start(ReadBoard("bench"))
    qtbot.waitUntil(lambda: window.centre.name == "boards", timeout=LEAST_MS)
    page = window.centre.page
    assert isinstance(page, BoardsView)
    qtbot.waitUntil(lambda: page.findChild(ContactPanel) is not None, timeout=LEAST_MS)
    assert window.questions.dialog is None
    panel = contact(page)
    panel.field.setText(screen(server))
    qtbot.waitUntil(panel.trust.isEnabled, timeout=LEAST_MS)
    qtbot.mouseClick(panel.trust, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: handle.ended is not None, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: page.findChild(ContactPanel) is None, timeout=LEAST_MS)
    page.watching.stop()
    flush()


def test_that_a_board_that_goes_and_comes_back_is_shown_so_without_being_asked(
    server: SshServer, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    server.trust()
    add_board(server, tmp_path / "root")
    window.show_page("boards", "bench")
    page = window.centre.page
    assert isinstance(page, BoardsView)
    qtbot.waitUntil(lambda: page.list.current == "bench", timeout=LEAST_MS)
    page.deeds.read("bench")
    qtbot.waitUntil(lambda: bool(page.watching.series("bench").readings), timeout=LEAST_MS)
    server.kill()
    qtbot.waitUntil(lambda: page.findChild(RoadCard) is not None, timeout=LEAST_MS)
    assert page.list.table.rows.index(1, 1).data().startswith("Unreachable")
    health = page.watching.health("bench")
    assert health is not None
    assert not health.live
    server.start()
    qtbot.waitUntil(lambda: page.findChild(RoadCard) is None, timeout=LEAST_MS)
    assert page.list.table.rows.index(1, 1).data().startswith("Ready")
    page.watching.stop()
    flush()
