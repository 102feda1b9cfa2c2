"""Logging in at a real OpenSSH server: with which keys, what is asked, and what a refusal says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from targets.ssh import keys
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.server import PASSPHRASE, SshServer, make_key
from tests.unit.targets.ssh.people import Answering
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

FIDO_KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAASgAAABpzay1zc2
gtZWQyNTUxOUBvcGVuc3NoLmNvbQAAACABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
AQEBAQAAAARzc2g6AAAAaAAAAAcAAAAHAAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY2
9tAAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAAAABHNzaDoBAAAABmhh
bmRsZQAAAAAAAAABeAEC
-----END OPENSSH PRIVATE KEY-----
"""
"""The private half of a key that lies in a security key, as ssh-keygen writes it; of no real one."""
LogIn = Callable[[SshAddress, Answering], None]


@pytest.fixture
def log_in(tmp_path: Path) -> LogIn:
    """Run a program on a board, which needs a login."""

    def log_in(address: SshAddress, somebody: Answering) -> None:
        board = SshBoard("far", address, str(tmp_path / "root"), person=somebody.person)
        assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0

    return log_in


@pytest.fixture
def agent(sshd: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A key agent without keys, and its socket."""
    place = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    yield place
    process.terminate()
    process.communicate()


def add_to_agent(key: Path) -> None:
    """Give the agent a key that has no passphrase."""
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)


def test_that_a_named_key_opens_without_a_question(address: SshAddress, log_in: LogIn) -> None:
    nobody = Answering()
    log_in(address, nobody)
    assert nobody.asked == []


def test_that_a_key_of_the_usual_name_is_found(sshd: SshServer, address: SshAddress, log_in: LogIn) -> None:
    shutil.copy(sshd.keys.plain, sshd.home / ".ssh" / "id_ed25519")
    log_in(replace(address, key=None), Answering())


def test_that_a_passphrase_is_asked_once_and_never_stored(sshd: SshServer, address: SshAddress, tmp_path: Path) -> None:
    somebody = Answering(["wrong", PASSPHRASE])
    board = SshBoard("far", replace(address, key=sshd.keys.locked), str(tmp_path / "root"), person=somebody.person)
    for _ in range(2):  # the second time on a new connection
        assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
    assert somebody.asked == [("secret", f"Passphrase of {sshd.keys.locked}", "")] * 2
    assert somebody.told == [f"That is not the passphrase of {sshd.keys.locked}."]
    written = [path for path in sshd.home.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if PASSPHRASE.encode() in path.read_bytes()]


def test_that_a_key_without_its_passphrase_is_a_refusal_that_says_so(
    sshd: SshServer, address: SshAddress, log_in: LogIn
) -> None:
    with pytest.raises(BoardError, match="refuses the login") as refused:
        log_in(replace(address, key=sshd.keys.locked), Answering())
    assert f"the passphrase of {sshd.keys.locked}: nobody was there to type it" in refused.value.detail
    assert "the server offers: publickey" in refused.value.detail


def test_that_a_stranger_is_refused_with_what_was_tried(sshd: SshServer, address: SshAddress, log_in: LogIn) -> None:
    nobody = Answering()
    with pytest.raises(BoardError, match="refuses the login") as refused:
        log_in(replace(address, key=sshd.keys.stranger), nobody)
    shown = subprocess.run(["ssh-keygen", "-lf", str(sshd.keys.stranger)], capture_output=True, text=True, check=True)
    assert f"tried key ssh-ed25519 {shown.stdout.split()[1]}" in refused.value.detail
    assert "ssh-copy-id" in refused.value.hint
    assert nobody.asked == []


def test_that_a_user_without_keys_is_told_so(address: SshAddress, log_in: LogIn) -> None:
    with pytest.raises(BoardError, match="refuses the login") as refused:
        log_in(replace(address, key=None), Answering())
    assert "tried nothing: no key is there" in refused.value.detail


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), ("no key at all\n", "is no private key that can be used")],
)
def test_that_a_named_key_that_is_none_is_an_error_in_words(
    address: SshAddress, log_in: LogIn, tmp_path: Path, content: str | None, words: str
) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    with pytest.raises(BoardError, match=words):
        log_in(replace(address, key=key), Answering())


def test_that_a_key_of_the_agent_opens(sshd: SshServer, address: SshAddress, agent: Path, log_in: LogIn) -> None:
    add_to_agent(sshd.keys.stranger)
    add_to_agent(sshd.keys.plain)
    log_in(replace(address, key=None), Answering())


def test_that_the_agent_saves_the_question_for_the_passphrase(
    sshd: SshServer, address: SshAddress, agent: Path, log_in: LogIn, tmp_path: Path
) -> None:
    key = tmp_path / "own"
    shutil.copy(sshd.keys.locked, key)
    shutil.copy(sshd.keys.locked.with_suffix(".pub"), tmp_path / "own.pub")
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", PASSPHRASE, "-N", "", "-f", str(key)], check=True, capture_output=True
    )
    add_to_agent(key)
    nobody = Answering()
    log_in(replace(address, key=sshd.keys.locked), nobody)
    assert nobody.asked == []


def test_that_an_agent_with_too_many_keys_is_explained(
    sshd: SshServer, address: SshAddress, agent: Path, log_in: LogIn, tmp_path: Path
) -> None:
    for number in range(7):
        make_key(tmp_path / f"k{number}")
        add_to_agent(tmp_path / f"k{number}")
    with pytest.raises(BoardError, match="hung up after 5 keys that it did not accept") as refused:
        log_in(replace(address, key=None), Answering())
    assert "--key" in refused.value.hint
    log_in(address, Answering())


def test_that_identities_only_leaves_out_what_else_the_agent_has(
    sshd: SshServer, address: SshAddress, agent: Path, log_in: LogIn, tmp_path: Path
) -> None:
    for number in range(7):
        make_key(tmp_path / f"k{number}")
        add_to_agent(tmp_path / f"k{number}")
    (sshd.home / ".ssh" / "config").write_text(f"Host *\n  IdentitiesOnly yes\n  IdentityFile {sshd.keys.plain}\n")
    log_in(replace(address, key=None), Answering())


def test_that_the_agent_of_the_configuration_is_asked(
    sshd: SshServer, address: SshAddress, agent: Path, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_to_agent(sshd.keys.plain)
    monkeypatch.delenv("SSH_AUTH_SOCK")
    (sshd.home / ".ssh" / "config").write_text(f"Host *\n  IdentityAgent {agent}\n")
    log_in(replace(address, key=None), Answering())
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    (sshd.home / ".ssh" / "config").write_text("Host *\n  IdentityAgent none\n")
    with pytest.raises(BoardError, match="refuses the login"):
        log_in(replace(address, key=None), Answering())


def test_that_an_agent_that_does_not_answer_is_passed_over(
    sshd: SshServer, address: SshAddress, log_in: LogIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sshd.keys.plain, sshd.home / ".ssh" / "id_ed25519")
    monkeypatch.setattr(keys, "AGENT_S", 0.2)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "mute"))
        log_in(replace(address, key=None), Answering())


def test_that_a_key_in_a_security_key_is_explained(address: SshAddress, log_in: LogIn, tmp_path: Path) -> None:
    key = tmp_path / "id_ed25519_sk"
    key.write_text(FIDO_KEY)
    with pytest.raises(BoardError, match="belongs to a security key") as refused:
        log_in(replace(address, key=key), Answering())
    assert f"ssh-add {key}" in refused.value.hint


def test_that_no_secret_reaches_a_process_list_or_the_environment(
    sshd: SshServer, address: SshAddress, tmp_path: Path
) -> None:
    somebody = Answering([PASSPHRASE])
    board = SshBoard("far", replace(address, key=sshd.keys.locked), str(tmp_path / "root"), person=somebody.person)
    done = board.run(["sh", "-c", "cat /proc/[0-9]*/cmdline; env"], Deadline(30), CancelToken())
    assert PASSPHRASE.encode() not in done.stdout
    assert PASSPHRASE not in "".join(os.environ.values())
