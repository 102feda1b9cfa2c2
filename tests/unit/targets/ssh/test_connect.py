"""Reaching a board: over other machines, past what hinders it, and given up when somebody says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from targets.agent_client import AgentClient
from targets.road import Road, Stage, Standing, Stop
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.server import SshServer
from tests.unit.targets.ssh.people import Answering
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled

SHORT_S = 0.3


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where somebody takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def run(address: SshAddress, deadline: Deadline, cancel: CancelToken | None = None) -> None:
    """Run a program on a board."""
    SshBoard("far", address).run(["true"], deadline, cancel or CancelToken())


def test_that_a_board_behind_other_machines_is_reached_hop_by_hop(sshd: SshServer, tmp_path: Path) -> None:
    (sshd.home / ".ssh" / "config").write_text(
        f"Host gate gate2\n  HostName {sshd.host}\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n"
        f"Host rig\n  HostName localhost\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n"
        f"  HostKeyAlias rig-of-the-lab\n  ProxyJump gate,gate2\n"
    )
    board = SshBoard("rig", SshAddress("rig"), str(tmp_path / "root"), person=Answering(["yes"]).person)
    with AgentClient(board) as client:
        assert client.have([]) == frozenset()
        assert "rig-of-the-lab" in sshd.known_hosts.read_text()
    assert sshd.log.read_text().count("Accepted publickey") == 3


def test_that_a_machine_on_the_way_that_cannot_go_on_is_named(sshd: SshServer) -> None:
    (sshd.home / ".ssh" / "config").write_text(
        f"Host gate\n  HostName {sshd.host}\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n"
        "Host rig\n  HostName 127.0.0.1\n  Port 9\n  ProxyJump gate\n"
    )
    with pytest.raises(BoardError, match="port 9, cannot be reached through"):
        run(SshAddress("rig"), Deadline(30))


@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1", "cannot be reached: Connection refused"), ("no-such-host.invalid", "no-such-host.invalid is not")],
)
def test_that_what_is_not_there_is_an_error_in_words(host: str, words: str) -> None:
    with pytest.raises(BoardError, match=words):
        run(SshAddress(host, 9), Deadline(30))


def test_that_what_does_not_speak_ssh_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" * 400)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(BoardError, match="does not speak SSH"):
            run(SshAddress("127.0.0.1", listener.getsockname()[1]), Deadline(30))
        thread.join()


def test_that_a_deadline_ends_the_wait_for_a_mute_server(mute: int) -> None:
    with pytest.raises(BoardError, match="was not reached in time"):
        run(SshAddress("127.0.0.1", mute), Deadline(SHORT_S))


def test_that_a_cancel_ends_the_wait_for_a_mute_server(mute: int) -> None:
    cancel = CancelToken()
    timer = threading.Timer(SHORT_S, cancel.request)
    timer.start()
    with pytest.raises(Cancelled):
        run(SshAddress("127.0.0.1", mute), Deadline(None), cancel)
    timer.join()


def test_that_gcm_is_spoken_at_once_and_without_delay(sshd: SshServer, board: SshBoard) -> None:
    with AgentClient(board):
        line = board._lines._open["talk"]
        transport = line._transports[-1]
        ciphers = {getattr(transport, f"{side}_cipher") for side in ("local", "remote")}
        assert ciphers == {"aes128-gcm@openssh.com"}
        assert line._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert line._sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert line._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 8000
        assert transport.packetizer.REKEY_BYTES == 1 << 35


def test_that_a_machine_on_the_way_may_be_the_one_that_was_accepted(sshd: SshServer, tmp_path: Path) -> None:
    (sshd.home / ".ssh" / "config").write_text(
        f"Host gate\n  HostName {sshd.host}\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n"
        f"Host rig\n  HostName localhost\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n  ProxyJump gate\n"
    )
    sshd.known_hosts.unlink()
    board = SshBoard("rig", SshAddress("rig"), str(tmp_path / "root"), accepted_host_key=sshd.fingerprint)
    assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
    assert len(sshd.known_hosts.read_text().splitlines()) == 2


def test_that_a_road_says_where_an_attempt_stopped(sshd: SshServer, tmp_path: Path) -> None:
    reached = Road()
    board = SshBoard("far", SshAddress(sshd.host, sshd.port, sshd.user, sshd.keys.plain), str(tmp_path), road=reached)
    assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
    assert (reached.stops, reached.number, reached.stage) == (
        (Stop(sshd.host, sshd.port, sshd.user),),
        0,
        Stage.DONE,
    )
    refused = Road()
    stranger = SshAddress(sshd.host, sshd.port, sshd.user, sshd.keys.stranger)
    with pytest.raises(BoardError, match="refuses the login"):
        SshBoard("far", stranger, road=refused).run(["true"], Deadline(30), CancelToken())
    assert (refused.stage, refused.key and refused.key.standing) == (Stage.LOGIN, Standing.KNOWN)


def test_that_a_road_has_both_keys_of_a_host_that_changed(sshd: SshServer, board: SshBoard) -> None:
    before = sshd.fingerprint
    sshd.change_host_key()
    road = Road()
    with pytest.raises(BoardError, match="changed"):
        SshBoard("far", board.address, road=road).run(["true"], Deadline(30), CancelToken())
    assert road.key is not None
    assert (road.stage, road.key.standing) == (Stage.HOST_KEY, Standing.CHANGED)
    assert (road.key.fingerprint, road.key.known_fingerprint) == (sshd.fingerprint, before)
    assert road.key.known_place == f"{sshd.known_hosts}:1"


def test_that_a_road_names_the_machine_that_cannot_go_on(sshd: SshServer) -> None:
    config = sshd.home / ".ssh" / "config"
    config.write_text(
        f"Host gate\n  HostName {sshd.host}\n  Port {sshd.port}\n  User {sshd.user}\n  IdentityFile {sshd.keys.plain}\n"
        "Host inner\n  HostName 127.0.0.9\n  Port 9\n  ProxyJump gate\n"
    )
    road = Road()
    with pytest.raises(BoardError, match="through"):
        SshBoard("inner", SshAddress("inner"), road=road).run(["true"], Deadline(30), CancelToken())
    assert ([stop.host for stop in road.stops], road.number, road.stage) == (
        [sshd.host, "127.0.0.9"],
        1,
        Stage.CONNECT,
    )
