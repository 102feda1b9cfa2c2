"""An agent that comes over SSH: once, whole, by a Python that can run it, whatever the login shell prints."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from targets.agent_client import AgentClient
from targets.agent_package import agent_package
from targets.push import push_blobs
from targets.ssh.arrival import _error
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.pythons import need_python_3_8
from tests.ssh_lab.server import SshServer
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError


def start(board: SshBoard) -> str | None:
    """Start the agent and let it tell who it is."""
    with AgentClient(board) as client:
        return client.probe().agent_sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the agent's files lie on the board."""
    return tmp_path / "root" / "agent" / agent_package().sha256


def test_that_the_agent_is_shipped_once_and_the_same_as_here(board: SshBoard, folder: Path) -> None:
    assert start(board) == agent_package().sha256
    for name, data in agent_package().files:
        assert (folder / name).read_bytes() == data
    written = (folder / "slipway_agent" / "main.py").stat().st_mtime_ns
    assert start(board) == agent_package().sha256
    assert (folder / "slipway_agent" / "main.py").stat().st_mtime_ns == written


@pytest.mark.parametrize("harm", ["changed", "more", "less", "file"])
def test_that_an_agent_that_was_changed_on_the_board_is_shipped_anew(board: SshBoard, folder: Path, harm: str) -> None:
    (folder / "slipway_agent").mkdir(parents=True)
    for name, data in agent_package().files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    policy = folder / "slipway_agent" / "policy.py"
    if harm == "changed":
        policy.write_text("def check(root): pass\n")
    elif harm == "more":
        (folder / "slipway_agent" / "extra.py").write_text("")
    elif harm == "less":
        policy.unlink()
    else:
        policy.write_bytes(b"")
    start(board)
    assert {path.name for path in (folder / "slipway_agent").glob("*.py")} >= {"policy.py"}
    assert not (folder / "slipway_agent" / "extra.py").exists()
    assert "refusal" in policy.read_text()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_that_agents_that_come_at_once_end_in_one(board: SshBoard, folder: Path) -> None:
    seen: list[str | None] = []
    threads = [threading.Thread(target=lambda: seen.append(start(board))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [agent_package().sha256] * 4
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@dataclass(frozen=True)
class Boards:
    """Makes boards that lie on one server."""

    address: SshAddress
    folder: Path

    def board(self, root: str | None = None, python: str | None = sys.executable) -> SshBoard:
        """One with this root and this Python."""
        lock = str(self.folder / "lock")
        return SshBoard("far", self.address, root or str(self.folder / "root"), python, lock=lock)


@pytest.fixture
def boards(address: SshAddress, tmp_path: Path) -> Boards:
    return Boards(address, tmp_path)


def test_that_a_tilde_is_the_home_on_the_board(boards: Boards, sshd: SshServer) -> None:
    (sshd.board_home / "python").symlink_to(sys.executable)
    start(boards.board("~/here", "~/python"))
    assert (sshd.board_home / "here" / "agent").is_dir()


def test_that_a_root_with_odd_letters_is_taken_as_it_is(boards: Boards, tmp_path: Path) -> None:
    start(boards.board(f"{tmp_path}/a b'c$d"))
    assert (tmp_path / "a b'c$d" / "agent").is_dir()


def test_that_a_python_that_is_not_there_is_named(boards: Boards) -> None:
    with pytest.raises(BoardError, match="/no/such/python") as refused:
        start(boards.board(python="/no/such/python"))
    assert "python" in refused.value.hint.lower()


def make_program(path: Path, text: str) -> str:
    """A program of a few lines of shell."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_that_a_python_that_is_too_old_is_told_with_its_version(boards: Boards, tmp_path: Path) -> None:
    old = make_program(tmp_path / "old", 'case "$*" in *-I*) echo "slipway: Python 3.6" >&2; exit 1;; esac; echo 3.6.9')
    with pytest.raises(BoardError, match=r"3\.6"):
        start(boards.board(python=old))


def test_that_the_agent_comes_to_python_3_8(boards: Boards, tmp_path: Path) -> None:
    board = boards.board(python=need_python_3_8())
    content = b"some bytes"
    (tmp_path / "blob").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    with AgentClient(board) as client:
        assert str(client.probe().python).startswith("3.8.")
        push_blobs(client, {sha256: tmp_path / "blob"}, CancelToken())
    assert board.get_file(sha256, tmp_path / "back", Deadline(30), CancelToken()) == sha256


def test_that_a_python_that_dies_is_told_with_its_last_words(boards: Boards, tmp_path: Path) -> None:
    broken = make_program(tmp_path / "broken", "echo it is broken >&2; exit 9")
    with pytest.raises(BoardError) as refused:
        start(boards.board(python=broken))
    assert "it is broken" in str(refused.value) or "does not run" in str(refused.value)


def test_that_what_a_login_shell_prints_is_passed_over(boards: Boards, sshd: SshServer, tmp_path: Path) -> None:
    noisy = make_program(tmp_path / "noisy", f'echo "Welcome to the lab"; printf "no end"; exec {sys.executable} "$@"')
    assert start(boards.board(python=noisy)) == agent_package().sha256


def test_that_a_login_shell_that_prints_for_ever_is_told(boards: Boards, tmp_path: Path) -> None:
    endless = make_program(tmp_path / "endless", 'case "$*" in *-I*) exec yes;; esac; echo 3.11.7')
    with pytest.raises(BoardError, match="prints without end"):
        start(boards.board(python=endless))


def test_that_a_root_that_cannot_be_made_is_an_error_in_words(boards: Boards, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BoardError, match="cannot"):
        start(boards.board(str(tmp_path / "file" / "root")))


def test_that_the_environment_that_was_prepared_is_found(boards: Boards, tmp_path: Path) -> None:
    python = tmp_path / "root" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    with AgentClient(boards.board(python=None)) as client:
        assert client.probe().python_path == str(python)


def test_that_an_error_that_is_nested_too_deep_is_told_as_text() -> None:
    assert _error("[" * 100_000).summary.startswith("the agent did not start: [[[")


def test_that_a_slow_disk_is_given_the_time_that_a_silent_desktop_is_not(tmp_path: Path) -> None:
    left = "lambda *_: sys.stderr.write('%d left ' % signal.alarm(0))"
    code = (
        "import signal, sys; from targets.agent import arrival; signal.alarm(15); "
        f"arrival.digest = {left}; arrival.place = {left}; arrival.runpy.run_path = lambda *_, **_more: None; "
        "arrival.arrive('0' * 64, sys.argv[1], 'serve', [])"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(words, input=b'[["x", 1]]\nA', capture_output=True, timeout=60, check=True)
    assert done.stderr == b"0 left 0 left "
