"""Logging in with what a person types, at a server that takes nothing else."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery

from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.server import make_key
from tests.unit.targets.ssh.people import Answering
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled

PASSWORD = "open sesame"  # noqa: S105 - opens nothing but this test

ANSWERED_S = 0.05
"""When the answer to a request has been sent, which the library does once it was allowed."""


@dataclass
class Rules(paramiko.ServerInterface):
    """What the server takes; every command ends well."""

    takes: str = "password"
    seen: list[str] = field(default_factory=list)
    then: str = ""
    """What it wants besides the password."""
    more: str = ""
    """The rest of its first question."""
    mute: bool = False
    """Whether it never answers a command, while it answers heartbeats."""
    commanded: threading.Event = field(default_factory=threading.Event)
    """Somebody gave a command."""
    leaving: threading.Event = field(default_factory=threading.Event)
    """The test is over."""

    def get_allowed_auths(self, username: str) -> str:
        return self.takes

    def check_auth_password(self, username: str, password: str) -> int:
        self.seen.append(password)
        if password == PASSWORD and self.then:
            self.takes = self.then
            return AUTH_PARTIALLY_SUCCESSFUL
        return AUTH_SUCCESSFUL if password == PASSWORD else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.takes = "password"
        return AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_interactive(self, username: str, submethods: str) -> InteractiveQuery:
        return InteractiveQuery("", "", (f"Code from the card: {self.more}", True), ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        self.seen.extend(responses)
        return AUTH_SUCCESSFUL if responses == ["1234", PASSWORD] else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.commanded.set()
        if self.mute:
            self.leaving.wait()
        threading.Timer(ANSWERED_S, _end, (channel,)).start()
        return True


def _end(channel: paramiko.Channel) -> None:
    with contextlib.suppress(EOFError, OSError):  # whoever was logged in may have gone first
        channel.send_exit_status(0)
        channel.close()


@dataclass
class Server:
    """A server of the library's own, on a port of this machine."""

    rules: Rules
    port: int


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that is known to the user."""
    key = paramiko.RSAKey.generate(2048)
    rules = Rules()
    transports: list[paramiko.Transport] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        known = tmp_path / "home" / ".ssh" / "known_hosts"
        known.parent.mkdir(parents=True)
        known.write_text(f"[127.0.0.1]:{port} ssh-rsa {key.get_base64()}\n")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                transport = paramiko.Transport(connection)
                transports.append(transport)
                transport.add_server_key(key)
                transport.start_server(event=threading.Event(), server=rules)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Server(rules, port)
        rules.leaving.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for transport in transports:
        transport.close()
        transport.join()


LogIn = Callable[[Answering], SshBoard]


@pytest.fixture
def log_in(server: Server) -> LogIn:
    """Run a program on a board, which needs a login."""

    def log_in(somebody: Answering) -> SshBoard:
        board = SshBoard("far", SshAddress("127.0.0.1", server.port, "ada"), person=somebody.person)
        assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
        return board

    return log_in


def test_that_a_password_is_asked_once_for_all_connections(server: Server, log_in: LogIn) -> None:
    somebody = Answering(["wrong", PASSWORD])
    board = log_in(somebody)
    board.run(["true"], Deadline(30), CancelToken())
    question = ("secret", f"Password of ada@[127.0.0.1]:{server.port}", "")
    assert somebody.asked == [question, question]
    assert server.rules.seen == ["wrong", PASSWORD, PASSWORD]


def test_that_three_wrong_passwords_are_a_refusal_without_the_passwords(server: Server, log_in: LogIn) -> None:
    with pytest.raises(BoardError, match="refuses the login") as refused:
        log_in(Answering(["a b c", "d e f", "g h i"]))
    assert "tried a password" in refused.value.detail
    assert "the server offers: password" in refused.value.detail
    assert "d e f" not in str(refused.value)


def test_that_without_a_terminal_the_password_is_said_to_be_missing(log_in: LogIn) -> None:
    with pytest.raises(BoardError, match="refuses the login") as refused:
        log_in(Answering())
    assert "a password: nobody was there to type it" in refused.value.detail


def test_that_the_servers_own_questions_are_asked_as_it_shows_them(server: Server, log_in: LogIn) -> None:
    server.rules.takes = "keyboard-interactive"
    somebody = Answering(["1234", PASSWORD])
    log_in(somebody)
    assert [kind for kind, _, _ in somebody.asked] == ["text", "secret"]
    assert "Code from the card" in somebody.asked[0][1]


def test_that_a_servers_question_cannot_pass_for_one_of_ours(server: Server, log_in: LogIn) -> None:
    server.rules.takes, server.rules.more = "keyboard-interactive", "\nPassphrase of \u202e~/.ssh/id_ed25519"
    somebody = Answering(["1234", PASSWORD])
    log_in(somebody)
    assert somebody.asked[0][1].endswith(": Code from the card: Passphrase of \ufffd~/.ssh/id_ed25519")


def test_that_a_password_may_be_half_of_a_login_and_is_asked_once(server: Server, log_in: LogIn) -> None:
    server.rules.then = "keyboard-interactive"
    somebody = Answering([PASSWORD, "1234", PASSWORD])
    log_in(somebody)
    assert [kind for kind, _, _ in somebody.asked] == ["secret", "text", "secret"]
    assert server.rules.seen == [PASSWORD, "1234", PASSWORD]


def test_that_the_servers_questions_are_asked_where_its_password_is_not_known(server: Server, log_in: LogIn) -> None:
    server.rules.takes = "password,keyboard-interactive"
    somebody = Answering(["a", "b", "c", "1234", PASSWORD])
    log_in(somebody)
    assert [kind for kind, _, _ in somebody.asked] == ["secret"] * 3 + ["text", "secret"]


def test_that_a_key_may_be_half_of_a_login(server: Server, tmp_path: Path) -> None:
    server.rules.takes = "publickey"
    make_key(tmp_path / "key")
    somebody = Answering([PASSWORD])
    board = SshBoard("far", SshAddress("127.0.0.1", server.port, "ada", tmp_path / "key"), person=somebody.person)
    assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
    assert [kind for kind, _, _ in somebody.asked] == ["secret"]


def test_that_somebody_who_cancels_instead_of_typing_ends_it(server: Server) -> None:
    cancel = CancelToken()

    class Leaving(Answering):
        def _ask(self, kind: str, text: str, choices: object = (), flag: str = "") -> str:
            cancel.request()
            raise Cancelled

    for takes in ("password", "keyboard-interactive"):
        server.rules.takes = takes
        board = SshBoard("far", SshAddress("127.0.0.1", server.port, "ada"), person=Leaving().person)
        with pytest.raises(Cancelled):
            board.run(["true"], Deadline(30), cancel if takes == "password" else CancelToken())


def test_that_a_server_that_never_answers_a_command_is_left_at_the_deadline(server: Server) -> None:
    server.rules.mute = True
    board = SshBoard("far", SshAddress("127.0.0.1", server.port, "ada"), person=Answering([PASSWORD]).person)
    with pytest.raises(BoardError, match="far did not start a program in time"):
        board.run(["true"], Deadline(1), CancelToken())


def test_that_a_server_that_never_answers_a_command_is_left_when_somebody_cancels(server: Server) -> None:
    server.rules.mute = True
    cancel = CancelToken()

    def stop() -> None:
        server.rules.commanded.wait()
        cancel.request()

    thread = threading.Thread(target=stop)
    thread.start()
    board = SshBoard("far", SshAddress("127.0.0.1", server.port, "ada"), person=Answering([PASSWORD]).person)
    with pytest.raises(Cancelled):
        board.run(["true"], Deadline(30), cancel)
    thread.join()
