"""What only a board over SSH can do: share its connections, make them again, end what it started on the far side."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from targets.agent_client import AgentClient
from targets.push import push_blobs
from targets.ssh.board import SshBoard
from tests.ssh_lab.server import SshServer
from tests.ssh_lab.tree import send, wait_for
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost

SOON_S = 20.0


def logins(sshd: SshServer) -> int:
    """How often somebody logged in so far."""
    return sshd.log.read_text().count("Accepted publickey")


@pytest.fixture
def blobs(tmp_path: Path) -> dict[str, Path]:
    """Two small files by their sha256."""
    found = {}
    for content in (b"one", b"two"):
        path = tmp_path / content.decode()
        path.write_bytes(content)
        found[hashlib.sha256(content).hexdigest()] = path
    return found


def test_that_agent_and_programs_share_one_connection_and_all_files_another(
    sshd: SshServer, board: SshBoard, blobs: dict[str, Path], tmp_path: Path
) -> None:
    with AgentClient(board) as client:
        assert board.run(["echo", "hi"], Deadline(30), CancelToken()).stdout == b"hi\n"
        with AgentClient(board):
            pass
        assert logins(sshd) == 1
        push_blobs(client, blobs, CancelToken())
        for sha256 in blobs:
            assert board.get_file(sha256, tmp_path / "back", Deadline(30), CancelToken()) == sha256
        assert logins(sshd) == 2
    assert not board._lines._open
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ssh-")]
    assert wait_for(lambda: not sshd.sessions(), SOON_S)


def test_that_a_connection_that_died_before_anything_was_started_is_made_again(
    sshd: SshServer, board: SshBoard, blobs: dict[str, Path]
) -> None:
    with AgentClient(board) as client:
        push_blobs(client, dict(list(blobs.items())[:1]), CancelToken())
        line = board._lines._open["bulk"]
        line.abort("the test says so")
        assert len(push_blobs(client, blobs, CancelToken()).sent) == 1
    assert logins(sshd) == 3


def test_that_all_who_wait_on_a_dead_connection_are_freed_at_once(sshd: SshServer, board: SshBoard) -> None:
    with AgentClient(board) as client:
        ends: list[BaseException | None] = []

        def wait_there() -> None:
            try:
                board.run(["sleep", "600"], Deadline(None), CancelToken())
            except LinkLost as error:
                ends.append(error)

        thread = threading.Thread(target=wait_there)
        thread.start()
        assert wait_for(lambda: bool(sshd.programs("sleep", "600")), SOON_S)
        board._lines._open["talk"].abort("the test says so")
        thread.join(SOON_S)
        assert not thread.is_alive()
        with pytest.raises(LinkLost, match="the test says so"):
            client.have([])
    assert len(ends) == 1
    assert wait_for(lambda: not sshd.left(), SOON_S)


def test_that_a_program_ends_with_all_it_started_once_sshd_is_killed(sshd: SshServer, board: SshBoard) -> None:
    caught: list[LinkLost] = []

    def run() -> None:
        try:
            board.run(["sh", "-c", "sleep 601 & sleep 601"], Deadline(None), CancelToken())
        except LinkLost as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert wait_for(lambda: len(sshd.programs("sleep", "601")) == 2, SOON_S)
    sshd.kill_sessions()
    thread.join(SOON_S)
    assert caught
    assert wait_for(lambda: not sshd.programs("601"), SOON_S)


@pytest.mark.slow
def test_that_a_program_ends_once_nobody_holds_it_any_more(sshd: SshServer, board: SshBoard) -> None:
    """A frozen server keeps the program's input open, as one does whose desktop was cut off."""
    thread = threading.Thread(target=_run_for_ever, args=(board,))
    thread.start()
    try:
        assert wait_for(lambda: bool(sshd.programs("sleep", "602")), SOON_S)
        sshd.freeze()
        assert wait_for(lambda: not sshd.programs("602"), 40.0)
        thread.join(SOON_S)
        assert not thread.is_alive()
    finally:
        sshd.thaw()


def _run_for_ever(board: SshBoard) -> None:
    with pytest.raises(LinkLost):
        board.run(["sleep", "602"], Deadline(None), CancelToken())


@pytest.mark.slow
def test_that_a_silent_program_is_held_as_long_as_its_connection_lives(board: SshBoard) -> None:
    done = board.run(["sh", "-c", "sleep 18; echo done"], Deadline(60), CancelToken())
    assert (done.exit_code, done.stdout) == (0, b"done\n")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cancel", "deadline"])
def test_that_a_push_to_a_board_that_takes_nothing_more_is_given_up(
    sshd: SshServer, board: SshBoard, tmp_path: Path, how: str
) -> None:
    (tmp_path / "blob").write_bytes(bytes(40_000_000))
    cancel = CancelToken()
    frozen: list[int] = []
    timer = threading.Timer(0.5, cancel.request)

    def freeze(_sent: int) -> None:
        if not frozen:
            frozen.extend(process.pid for process in sshd.programs("receive"))
            send(frozen, signal.SIGSTOP)
            if how == "cancel":
                timer.start()

    deadline = Deadline(1.5 if how == "deadline" else None)
    with pytest.raises(Cancelled if how == "cancel" else BoardError):
        board.put_blob(tmp_path / "blob", "0" * 64, deadline, cancel, freeze)
    assert frozen
    assert wait_for(lambda: not sshd.programs("receive"), SOON_S)
    if timer.ident is not None:
        timer.join()


def test_that_keys_are_renewed_under_way_without_harm(sshd: SshServer, board: SshBoard, tmp_path: Path) -> None:
    """As a server may ask for; channels come and go meanwhile."""
    sshd.restart(RekeyLimit="1M")
    content = os.urandom(8_000_000)
    (tmp_path / "blob").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    with AgentClient(board) as client:
        pushing = threading.Thread(target=push_blobs, args=(client, {sha256: tmp_path / "blob"}, CancelToken()))
        pushing.start()
        while pushing.is_alive():
            assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
        pushing.join()
        assert board.get_file(sha256, tmp_path / "back", Deadline(60), CancelToken()) == sha256


def test_that_one_session_too_many_is_told(sshd: SshServer, board: SshBoard) -> None:
    sshd.restart(MaxSessions="1")
    with AgentClient(board) as client:
        with pytest.raises(BoardError, match="refuses to run a command") as refused:
            board.run(["true"], Deadline(30), CancelToken())
        assert "MaxSessions" in refused.value.hint
        assert client.have([]) == frozenset()


def test_that_a_signal_is_told_from_an_exit_code(board: SshBoard) -> None:
    done = board.run(["sh", "-c", "kill -9 $$"], Deadline(30), CancelToken())
    assert done.exit_code == -9


def test_that_arguments_arrive_as_they_are(board: SshBoard) -> None:
    words = ["a b", "$HOME", "`id`", "'", '"', "\\", "*", "", "~", "!x", "-n", "ü\n"]
    done = board.run(["printf", "%s|", *words], Deadline(30), CancelToken())
    assert done.stdout.decode() == "".join(f"{word}|" for word in words)


def test_that_a_cancelled_agent_call_leaves_the_board_usable(board: SshBoard, until_ended: Callable[[], None]) -> None:
    with AgentClient(board) as client:
        cancel = CancelToken()
        timer = threading.Timer(0.3, cancel.request)
        timer.start()
        client.watch(10.0, lambda _sample: None, cancel)
        timer.join()
        assert client.have([]) == frozenset()
    until_ended()


@pytest.fixture
def until_ended(sshd: SshServer) -> Callable[[], None]:
    """Wait until nothing of ours runs on the board."""

    def wait() -> None:
        assert wait_for(lambda: not sshd.programs("serve"), SOON_S)

    return wait


def test_that_a_server_that_dies_between_two_files_is_a_lost_link(
    sshd: SshServer, board: SshBoard, blobs: dict[str, Path], tmp_path: Path
) -> None:
    with AgentClient(board) as client:
        push_blobs(client, blobs, CancelToken())
        sshd.kill()
        for sha256 in blobs:
            with pytest.raises(LinkLost, match="is lost"):
                board.get_file(sha256, tmp_path / "back", Deadline(30), CancelToken())
    sshd.start()
    with AgentClient(board) as client:
        assert client.have(blobs) == set(blobs)
