"""What every board promises: programs, blobs and files, with cancel and deadline on each; the same tests for all."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from targets.board import Board
from targets.replies import Refused
from tests.unit.targets.both import on_both
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, SlipwayError

pytestmark = on_both

NEVER = Deadline(None)


def put(board: Board, path: Path, sha256: str, cancel: CancelToken | None = None) -> None:
    """Push one file."""
    board.put_blob(path, sha256, Deadline(20), cancel or CancelToken(), lambda _sent: None)


def make_file(path: Path, size_bytes: int) -> str:
    """A file of random bytes; its sha256."""
    content = os.urandom(size_bytes)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_that_a_program_gives_output_exit_code_and_last_lines(board: Board) -> None:
    done = board.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], NEVER, CancelToken())
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"out\n", "err")


def test_that_a_program_that_takes_too_long_is_ended_with_its_group(board: Board) -> None:
    with pytest.raises(BoardError, match="took longer than it may") as ended:
        board.run(["/bin/sh", "-c", "sleep 600 & sleep 600"], Deadline(0.2), CancelToken())
    assert ended.value.hint.startswith("Try it again; if it stays so")


def test_that_a_program_is_cancelled(board: Board) -> None:
    cancel = CancelToken()
    timer = threading.Timer(0.2, cancel.request)
    timer.start()
    with pytest.raises(Cancelled):
        board.run(["/bin/sleep", "600"], NEVER, cancel)
    timer.join()


def test_that_a_program_that_closed_its_output_and_goes_on_is_cancelled(board: Board) -> None:
    cancel = CancelToken()
    timer = threading.Timer(0.3, cancel.request)
    timer.start()
    with pytest.raises(Cancelled):
        board.run(["/bin/sh", "-c", "exec >/dev/null 2>&1; sleep 600"], NEVER, cancel)
    timer.join()


def test_that_a_program_that_prints_without_end_is_ended(board: Board) -> None:
    with pytest.raises(BoardError, match="printed more than 16 MiB") as ended:
        board.run(["/bin/cat", "/dev/zero"], NEVER, CancelToken())
    assert "by hand" in ended.value.hint


def test_that_a_file_comes_back_as_it_was_pushed(board: Board, tmp_path: Path) -> None:
    sha256 = make_file(tmp_path / "engine", 3_000_001)
    sent: list[int] = []
    board.put_blob(tmp_path / "engine", sha256, NEVER, CancelToken(), sent.append)
    assert sent[-1] == 3_000_001
    assert board.get_file(sha256, tmp_path / "back" / "engine", NEVER, CancelToken()) == sha256
    assert (tmp_path / "back" / "engine").read_bytes() == (tmp_path / "engine").read_bytes()
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["engine"]


def test_that_a_file_that_is_not_what_it_is_called_is_refused(board: Board, tmp_path: Path) -> None:
    make_file(tmp_path / "engine", 1000)
    with pytest.raises(Refused, match="arrived as") as refused:
        put(board, tmp_path / "engine", "0" * 64)
    assert refused.value.code == "E_HASH"
    assert list((tmp_path / "root" / "blobs").iterdir()) == []


def test_that_a_file_that_is_not_there_is_named(board: Board, tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match=r"cannot read .*/nothing: No such file") as refused:
        put(board, tmp_path / "nothing", "0" * 64)
    assert refused.value.hint == "Check that the file is there and that you may read it."


def test_that_a_push_is_refused_by_a_policy_and_a_push_of_much_by_the_disk(board: Board, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(Refused, match="no space for") as refused:
        put(board, tmp_path / "sparse", "0" * 64)
    assert refused.value.code == "E_DISK"
    sha256 = make_file(tmp_path / "engine", 1000)
    (tmp_path / "root" / "policy.json").write_text("{}")
    with pytest.raises(Refused, match="this board has a policy"):
        put(board, tmp_path / "engine", sha256)


def test_that_a_push_is_cancelled_and_a_later_one_succeeds(board: Board, tmp_path: Path) -> None:
    sha256 = make_file(tmp_path / "engine", 8_000_000)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        board.put_blob(tmp_path / "engine", sha256, NEVER, cancel, lambda _sent: cancel.request())
    assert not (tmp_path / "root" / "blobs" / sha256).exists()
    put(board, tmp_path / "engine", sha256)
    assert (tmp_path / "root" / "blobs" / sha256).exists()


@pytest.mark.parametrize("name", ["../state.json", "runs/../policy.json", "runs/r1", "/etc/passwd", "state.json", ""])
def test_that_no_name_leads_out_of_what_a_board_gives_away(board: Board, tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="names no file that a board gives away"):
        board.get_file(name, tmp_path / "x", NEVER, CancelToken())


def test_that_a_link_in_a_runs_folder_is_not_followed(board: Board, tmp_path: Path) -> None:
    folder = tmp_path / "root" / "runs" / "r1"
    folder.mkdir(parents=True)
    (folder / "live.sqlite").symlink_to("/etc/passwd")
    with pytest.raises(Refused) as refused:
        board.get_file("runs/r1/live.sqlite", tmp_path / "x", NEVER, CancelToken())
    assert refused.value.code == "E_MISSING"
    assert not (tmp_path / "x").exists()


def test_that_a_place_that_cannot_be_written_is_an_error_in_words(board: Board, tmp_path: Path) -> None:
    sha256 = make_file(tmp_path / "engine", 1000)
    put(board, tmp_path / "engine", sha256)
    with pytest.raises(SlipwayError, match="cannot write"):
        board.get_file(sha256, tmp_path / "engine" / "below-a-file", NEVER, CancelToken())
