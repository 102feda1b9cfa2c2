"""Whether a host is the one that it was, at a real OpenSSH server."""

from __future__ import annotations

import stat
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from targets.person import Person
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.server import SshServer, make_key
from tests.unit.targets.ssh.people import Answering
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

Visit = Callable[..., None]


@pytest.fixture
def visit(address: SshAddress, tmp_path: Path) -> Visit:
    """Run a program on the board, which needs a host that is trusted."""

    def visit(somebody: Answering | None = None, accepted: str | None = None) -> None:
        person = (somebody or Answering()).person
        board = SshBoard("far", address, str(tmp_path / "root"), person=person, accepted_host_key=accepted)
        assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0

    return visit


@pytest.fixture
def unknown(sshd: SshServer) -> SshServer:
    """The server, whom the user does not know yet."""
    sshd.known_hosts.unlink()
    return sshd


def test_that_a_new_host_is_asked_about_once_with_its_fingerprint(unknown: SshServer, visit: Visit) -> None:
    somebody = Answering(["yes"])
    visit(somebody)
    ((kind, text, flag),) = somebody.asked
    assert kind == "confirm"
    assert text == (
        f"[127.0.0.1]:{unknown.port} is not known. Its ED25519 key is {unknown.fingerprint}. Trust it from now on?"
    )
    assert flag.startswith(f"--accept-host-key {unknown.fingerprint}")
    assert stat.S_IMODE(unknown.known_hosts.stat().st_mode) == 0o600
    visit()
    subprocess.run(["ssh", *unknown.client_options(), unknown.host, "true"], check=True)


def test_that_a_no_ends_it_before_the_login_and_notes_nothing(unknown: SshServer, visit: Visit) -> None:
    with pytest.raises(BoardError, match="was not trusted"):
        visit(Answering(["no"]))
    assert not unknown.known_hosts.exists()
    assert "Accepted" not in unknown.log.read_text()


def test_that_without_anybody_to_ask_the_error_has_fingerprint_and_flag(unknown: SshServer, visit: Visit) -> None:
    with pytest.raises(BoardError) as refused:
        visit()
    assert unknown.fingerprint in refused.value.summary
    assert f"--accept-host-key {unknown.fingerprint}" in refused.value.hint
    assert not unknown.known_hosts.exists()


def test_that_a_key_that_was_accepted_beforehand_asks_nobody(unknown: SshServer, visit: Visit) -> None:
    visit(accepted=unknown.fingerprint)
    assert unknown.known_hosts.exists()


def test_that_another_key_than_the_accepted_one_is_refused(unknown: SshServer, visit: Visit) -> None:
    with pytest.raises(BoardError, match="not SHA256:other, which was accepted") as refused:
        visit(accepted="SHA256:other")
    assert unknown.fingerprint in refused.value.summary
    assert not unknown.known_hosts.exists()


def test_that_a_changed_key_stops_even_where_it_was_accepted(sshd: SshServer, visit: Visit) -> None:
    before, known = sshd.fingerprint, sshd.known_hosts.read_bytes()
    sshd.change_host_key()
    with pytest.raises(BoardError, match="changed") as refused:
        visit(Answering(["yes"]), sshd.fingerprint)
    assert before in refused.value.summary
    assert sshd.fingerprint in refused.value.summary
    assert f"({sshd.known_hosts}:1)" in refused.value.summary
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}' -f {sshd.known_hosts}" in refused.value.hint
    assert sshd.known_hosts.read_bytes() == known


def test_that_a_revoked_key_stops(sshd: SshServer, visit: Visit) -> None:
    key = sshd.host_key.with_suffix(".pub").read_text()
    sshd.known_hosts.write_text(f"{sshd.known_hosts.read_text()}@revoked * {key}")
    with pytest.raises(BoardError, match="revokes"):
        visit()


def test_that_a_host_is_known_by_any_of_its_keys(sshd: SshServer, visit: Visit, tmp_path: Path) -> None:
    """The server would rather show its other key; the one that is known is asked for."""
    make_key(tmp_path / "ecdsa", kind="ecdsa")
    sshd.known_hosts.write_text(f"{sshd.name_in_known_hosts} {(tmp_path / 'ecdsa.pub').read_text()}")
    config = sshd.folder / "both_keys"
    config.write_text(f"HostKey {tmp_path / 'ecdsa'}\n")
    sshd.restart(Include=str(config))
    visit()


def test_that_a_host_is_known_by_its_rsa_key(sshd: SshServer, visit: Visit) -> None:
    sshd.change_host_key("rsa")
    sshd.known_hosts.unlink()
    visit(accepted=sshd.fingerprint)
    visit()
    assert " ssh-rsa " in sshd.known_hosts.read_text()


def test_that_a_host_that_only_an_authority_vouches_for_is_asked_about(unknown: SshServer, visit: Visit) -> None:
    key = unknown.host_key.with_suffix(".pub").read_text()
    unknown.known_hosts.write_text(f"@cert-authority * {key}")
    somebody = Answering(["yes"])
    visit(somebody)
    assert "certificates of hosts are not supported" in somebody.asked[0][1]


def test_that_a_wrong_line_is_told_once_and_the_host_still_known(sshd: SshServer, address: SshAddress) -> None:
    sshd.known_hosts.write_text("nonsense\n" + sshd.known_hosts.read_text())
    somebody = Answering()
    board = SshBoard("far", address, person=somebody.person)
    for _ in range(2):  # on a connection each
        assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
    assert somebody.told == [f"{sshd.known_hosts}:1 is passed over: it has no name, type and key"]


def test_that_the_time_that_a_person_takes_counts_for_nobody(
    unknown: SshServer, address: SshAddress, tmp_path: Path
) -> None:
    deadline = Deadline(2.0)

    def answer(kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        while not deadline.expired:
            threading.Event().wait(0.05)
        return "yes"

    board = SshBoard("far", address, str(tmp_path / "root"), person=Person(answer))
    assert board.run(["true"], deadline, CancelToken()).exit_code == 0


def test_that_a_key_on_the_list_of_revoked_ones_stops(sshd: SshServer, visit: Visit, tmp_path: Path) -> None:
    revoked = tmp_path / "revoked"
    revoked.write_text(sshd.host_key.with_suffix(".pub").read_text())
    (sshd.home / ".ssh" / "config").write_text(f"Host *\n  RevokedHostKeys {revoked}\n")
    with pytest.raises(BoardError, match=f"which {revoked}:1 revokes"):
        visit()


def test_that_a_host_is_noted_nowhere_where_the_user_keeps_no_list(unknown: SshServer, visit: Visit) -> None:
    everybodys = unknown.folder / "everybodys"
    text = f"Host *\n  UserKnownHostsFile none\n  GlobalKnownHostsFile {everybodys}\n"
    (unknown.home / ".ssh" / "config").write_text(text)
    somebody = Answering(["yes"])
    visit(somebody)
    assert not everybodys.exists()
    assert not unknown.known_hosts.exists()
    assert "is trusted this once" in somebody.told[0]


def test_that_an_accepted_key_of_a_machine_on_the_way_needs_no_prefix(sshd: SshServer, tmp_path: Path) -> None:
    (sshd.home / ".ssh" / "config").write_text(
        f"Host gate\n  HostName {sshd.host}\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n"
        f"Host rig\n  HostName localhost\n  Port {sshd.port}\n  IdentityFile {sshd.keys.plain}\n  ProxyJump gate\n"
    )
    sshd.known_hosts.unlink()
    accepted = sshd.fingerprint.removeprefix("SHA256:")
    board = SshBoard("rig", SshAddress("rig"), str(tmp_path / "root"), accepted_host_key=accepted)
    assert board.run(["true"], Deadline(30), CancelToken()).exit_code == 0
