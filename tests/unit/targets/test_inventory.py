"""The boards that a user knows."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from targets import inventory
from targets.inventory import (
    BoardEntry,
    find_board,
    list_boards,
    open_board,
    remove_board,
    save_board,
    settings_folder,
)
from targets.local import LocalBoard
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from workbench.base.atomic import write_json
from workbench.base.errors import UsageError


def write(value: object) -> None:
    """Write `boards.json` as a person might."""
    settings_folder().mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value)
    (settings_folder() / "boards.json").write_text(text)


def test_that_this_machine_is_always_known(slipway_home: Path) -> None:
    assert list_boards() == (BoardEntry("this-machine", "local"),)
    board = open_board("this-machine")
    assert isinstance(board, LocalBoard)
    assert board.root == slipway_home / "board"


def test_that_a_board_is_kept_with_its_keys_and_changed_by_its_name(slipway_home: Path) -> None:
    save_board(BoardEntry("virtual", "local", root="/b1", id="SN-1", lock="/l1"))
    save_board(BoardEntry("another", "local"))
    save_board(BoardEntry("virtual", "local", root="/b2", python="/py"))
    assert [entry.name for entry in list_boards()] == ["this-machine", "another", "virtual"]
    assert find_board("virtual") == BoardEntry("virtual", "local", root="/b2", python="/py")
    board = open_board("virtual")
    assert isinstance(board, LocalBoard)
    assert (board.root, board.python, board.id, board.lock) == (Path("/b2"), "/py", None, None)


def test_that_a_board_over_ssh_is_kept_with_its_address_and_opened_without_a_word(slipway_home: Path) -> None:
    entry = BoardEntry("rig", "ssh", "rig.lab", 2222, "ada", "~/.ssh/rigs", root="~/bench", python="/py", id="SN-1")
    save_board(entry)
    assert find_board("rig") == entry
    assert entry.address == "ada@rig.lab:2222"
    board = open_board("rig")
    assert isinstance(board, SshBoard)
    assert (board.root, board.python, board.id) == ("~/bench", "/py", "SN-1")
    assert board.address == SshAddress("rig.lab", 2222, "ada", Path.home() / ".ssh" / "rigs")
    assert isinstance(json.loads((slipway_home / "boards.json").read_text())["boards"][0]["port"], int)


def test_that_a_board_is_forgotten_and_this_machine_is_not() -> None:
    save_board(BoardEntry("rig", "ssh", "rig.lab"))
    save_board(BoardEntry("this-machine", "local", python="/py"))
    assert remove_board("rig").host == "rig.lab"
    with pytest.raises(UsageError, match="there is no board 'rig'"):
        remove_board("rig")
    remove_board("this-machine")  # only what was said of it
    with pytest.raises(UsageError, match="always there"):
        remove_board("this-machine")


def test_that_boards_that_are_saved_at_once_are_all_kept(slipway_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = threading.Thread(target=save_board, args=(BoardEntry("second", "local"),))

    def write_late(path: Path, value: object) -> None:
        monkeypatch.setattr(inventory, "write_json", write_json)
        second.start()
        second.join(0.5)  # it waits for us
        write_json(path, value)

    monkeypatch.setattr(inventory, "write_json", write_late)
    save_board(BoardEntry("first", "local"))
    second.join()
    assert [entry.name for entry in list_boards()] == ["this-machine", "first", "second"]


def test_that_a_file_of_boards_that_is_wrong_says_what_to_do(slipway_home: Path) -> None:
    for boards in (None, ["x"], [{"name": "a"}], [{"name": "a", "kind": "local", "root": 3}]):
        write({"format": "slipway.boards/1", "boards": boards})
        with pytest.raises(UsageError) as refused:
            list_boards()
        assert refused.value.hint == "Mend the file, or move it away and add the boards again."


def test_that_what_is_no_board_is_not_saved() -> None:
    with pytest.raises(UsageError, match="lacks its key host"):
        save_board(BoardEntry("rig", "ssh"))
    assert [entry.name for entry in list_boards()] == ["this-machine"]


def test_that_an_unknown_board_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no board 'this-machin'") as refused:
        open_board("this-machin")
    assert refused.value.hint == "Did you mean this-machine?"
    with pytest.raises(UsageError) as refused:
        open_board("jetson")
    assert refused.value.hint == "Known boards: this-machine."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read: nested too deep"),
        (" " * (1 << 20) + "{}", "cannot be read"),
        ("[]", "has the format None, expected 'slipway.boards/1'"),
        ({"format": "slipway.boards/2", "boards": []}, "has the format 'slipway.boards/2'"),
        ({"format": "slipway.boards/1"}, "lacks its list `boards`"),
        ({"format": "slipway.boards/1", "boards": ["x"]}, "a board is 'x', expected an object"),
        ({"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "local", "rot": "/"}]}, "unknown key 'rot'"),
        ({"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "local", "root": 3}]}, "is 3, expected text"),
        ({"format": "slipway.boards/1", "boards": [{"name": "a"}]}, "lacks its key kind"),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "loco"}]},
            "of kind 'loco'; known: local, ssh",
        ),
        ({"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh"}]}, "lacks its key host"),
        ({"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "hots": "h"}]}, "unknown key 'hots'"),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "h", "port": "22"}]},
            "the key port of a board is '22', expected a number",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "h", "port": True}]},
            "the key port of a board is True, expected a number",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "h", "port": 99999}]},
            "port 99999 is none",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "-oX=y"}]},
            "'-oX=y' is no host",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "h", "user": "a b"}]},
            "'a b' is no user",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "ssh", "host": "h", "password": "x"}]},
            "unknown key 'password'",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "local", "host": "h"}]},
            "board a is this machine, but has the key host",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "this-machine", "kind": "ssh", "host": "h"}]},
            "this-machine is this machine",
        ),
        (
            {"format": "slipway.boards/1", "boards": [{"name": "../a", "kind": "local"}]},
            "cannot be the name of a board",
        ),
    ],
)
def test_that_a_wrong_file_is_refused_whole_in_words(content: object, words: str) -> None:
    write(content)
    with pytest.raises(UsageError) as refused:
        list_boards()
    assert words in refused.value.summary
    assert "boards.json" in refused.value.summary
