"""The boards that a user knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from targets.inventory import BoardEntry, find_board, list_boards, open_board, save_board, settings_folder
from targets.local import LocalBoard
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
        ({"format": "slipway.boards/1", "boards": [{"name": "a", "kind": "loco"}]}, "of kind 'loco'; known: local"),
    ],
)
def test_that_a_wrong_file_is_refused_whole_in_words(content: object, words: str) -> None:
    write(content)
    with pytest.raises(UsageError) as refused:
        list_boards()
    assert words in refused.value.summary
    assert "boards.json" in refused.value.summary
