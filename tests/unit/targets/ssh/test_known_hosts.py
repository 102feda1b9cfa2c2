"""known_hosts as OpenSSH writes and reads it."""

from __future__ import annotations

import base64
import stat
import subprocess
from pathlib import Path

import pytest

from targets.road import Standing
from targets.ssh.known_hosts import KnownHosts, add_host, find_revoked, fingerprint
from workbench.base.errors import BoardError, SlipwayError


def make_key(kind: str, content: bytes) -> tuple[str, bytes]:
    """A key of a type as it goes over the wire, and its text."""
    key = len(kind).to_bytes(4, "big") + kind.encode() + len(content).to_bytes(4, "big") + content
    return base64.b64encode(key).decode(), key


ED, ED_KEY = make_key("ssh-ed25519", b"1" * 32)
OTHER, OTHER_KEY = make_key("ssh-ed25519", b"2" * 32)
RSA, RSA_KEY = make_key("ssh-rsa", b"3" * 32)


def known(tmp_path: Path, text: str) -> tuple[KnownHosts, list[str]]:
    """The entries of a file, and what was told of it."""
    path = tmp_path / "known_hosts"
    path.write_text(text)
    told: list[str] = []
    return KnownHosts([path], told.append), told


@pytest.mark.parametrize(
    ("line", "name", "standing"),
    [
        (f"board ssh-ed25519 {ED} a comment", "board", Standing.KNOWN),
        (f"board ssh-ed25519 {ED}", "BOARD", Standing.KNOWN),
        (f"board ssh-ed25519 {ED}", "board2", Standing.UNKNOWN),
        (f"other,board,10.0.0.1 ssh-ed25519 {ED}", "10.0.0.1", Standing.KNOWN),
        (f"[board]:2222 ssh-ed25519 {ED}", "[board]:2222", Standing.KNOWN),
        (f"[board]:2222 ssh-ed25519 {ED}", "board", Standing.UNKNOWN),
        (f"[fe80::1%eth0]:2222 ssh-ed25519 {ED}", "[fe80::1%eth0]:2222", Standing.KNOWN),
        (f"10.0.0.* ssh-ed25519 {ED}", "10.0.0.17", Standing.KNOWN),
        (f"10.0.0.? ssh-ed25519 {ED}", "10.0.0.17", Standing.UNKNOWN),
        (f"[10.0.0.*]:2222 ssh-ed25519 {ED}", "[10.0.0.3]:2222", Standing.KNOWN),
        (f"*.lab,!bad.lab ssh-ed25519 {ED}", "good.lab", Standing.KNOWN),
        (f"*.lab,!bad.lab ssh-ed25519 {ED}", "bad.lab", Standing.UNKNOWN),
        (f"!bad.lab,*.lab ssh-ed25519 {ED}", "bad.lab", Standing.UNKNOWN),
        (f"board ssh-ed25519 {OTHER}", "board", Standing.CHANGED),
        (f"board ssh-rsa {RSA}", "board", Standing.CHANGED),
        (f"board ssh-ed25519 {OTHER}\nboard ssh-ed25519 {ED}", "board", Standing.KNOWN),
        (f"@revoked * ssh-ed25519 {ED}\nboard ssh-ed25519 {ED}", "board", Standing.REVOKED),
        (f"@revoked * ssh-ed25519 {OTHER}\nboard ssh-ed25519 {ED}", "board", Standing.KNOWN),
        (f"@revoked other ssh-ed25519 {ED}", "board", Standing.UNKNOWN),
        (f"@cert-authority *.lab ssh-ed25519 {ED}", "board.lab", Standing.UNKNOWN),
        (f"@cert-authority * ssh-ed25519 {OTHER}\nboard ssh-ed25519 {ED}", "board", Standing.KNOWN),
        ("", "board", Standing.UNKNOWN),
        (f"# board ssh-ed25519 {ED}", "board", Standing.UNKNOWN),
        (f"  board\tssh-ed25519   {ED}\r", "board", Standing.KNOWN),
    ],
)
def test_that_a_host_stands_as_its_line_says(tmp_path: Path, line: str, name: str, standing: Standing) -> None:
    hosts, told = known(tmp_path, line + "\n")
    assert hosts.judge(name, "ssh-ed25519", ED_KEY).standing is standing
    assert told == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("board", "it has no name, type and key"),
        ("board ssh-ed25519 !!!", "its key is no base64"),
        (f"board ssh-ed25519 {RSA}", "its key is no ssh-ed25519"),
        (f"@trusted board ssh-ed25519 {ED}", "the marker @trusted is not known"),
        ("board 1024 35 1234567", "it holds a key of SSH 1"),
        ("board ssh-ed25519 AAAA\xff", "its key is no base64"),
    ],
)
def test_that_a_wrong_line_is_told_and_spoils_nothing_else(tmp_path: Path, line: str, words: str) -> None:
    hosts, told = known(tmp_path, f"{line}\nboard ssh-ed25519 {ED}\n")
    assert hosts.judge("board", "ssh-ed25519", ED_KEY).standing is Standing.KNOWN
    assert len(told) == 1
    assert told[0] == f"{tmp_path}/known_hosts:1 is passed over: {words}"


def test_that_a_changed_key_names_the_line_of_its_own_type(tmp_path: Path) -> None:
    hosts, _ = known(tmp_path, f"board ssh-rsa {RSA}\nboard ssh-ed25519 {OTHER}\n")
    finding = hosts.judge("board", "ssh-ed25519", ED_KEY)
    assert finding.entry is not None
    assert (finding.standing, finding.entry.line, finding.entry.key) == (Standing.CHANGED, 2, OTHER_KEY)
    assert hosts.key_types("board") == ("ssh-rsa", "ssh-ed25519")


def test_that_the_name_without_the_port_only_counts_for_the_very_same_key(tmp_path: Path) -> None:
    hosts, _ = known(tmp_path, f"board ssh-ed25519 {ED}\n")
    assert hosts.judge("[board]:2222", "ssh-ed25519", ED_KEY, "board").standing is Standing.KNOWN
    assert hosts.judge("[board]:2222", "ssh-ed25519", OTHER_KEY, "board").standing is Standing.UNKNOWN


def test_that_a_host_that_only_an_authority_vouches_for_is_told_apart(tmp_path: Path) -> None:
    hosts, _ = known(tmp_path, f"@cert-authority *.lab ssh-ed25519 {OTHER}\n")
    assert hosts.judge("board.lab", "ssh-ed25519", ED_KEY).by_authority
    assert not hosts.judge("board", "ssh-ed25519", ED_KEY).by_authority


def test_that_a_file_that_is_not_there_or_cannot_be_read_knows_nobody(tmp_path: Path) -> None:
    told: list[str] = []
    hosts = KnownHosts([tmp_path / "none", tmp_path], told.append)
    assert hosts.judge("board", "ssh-ed25519", ED_KEY).standing is Standing.UNKNOWN
    assert told == [f"{tmp_path} cannot be read: Is a directory"]


@pytest.mark.parametrize("hashed", [False, True])
def test_that_a_new_host_is_noted_so_that_openssh_finds_it(tmp_path: Path, hashed: bool) -> None:
    path = tmp_path / ".ssh" / "known_hosts"
    add_host(path, "[board]:2222", "ssh-ed25519", ED_KEY, hashed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ("board" in path.read_text()) is not hashed
    found = subprocess.run(
        ["ssh-keygen", "-F", "[board]:2222", "-f", str(path)], capture_output=True, text=True, check=True
    )
    assert ED in found.stdout
    assert KnownHosts([path]).judge("[board]:2222", "ssh-ed25519", ED_KEY).standing is Standing.KNOWN


def test_that_names_hashed_by_openssh_are_found(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"board ssh-ed25519 {ED}\n[board]:2222 ssh-ed25519 {OTHER}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], capture_output=True, check=True)
    assert "board" not in path.read_text()
    hosts = KnownHosts([path])
    assert hosts.judge("board", "ssh-ed25519", ED_KEY).standing is Standing.KNOWN
    assert hosts.judge("[board]:2222", "ssh-ed25519", OTHER_KEY).standing is Standing.KNOWN


def test_that_a_line_is_added_as_the_file_does_and_after_one_without_end(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    add_host(path, "one", "ssh-ed25519", ED_KEY, hashed=True)
    path.write_text(path.read_text().rstrip("\n"))
    path.chmod(0o640)
    add_host(path, "two", "ssh-ed25519", OTHER_KEY, hashed=False)
    assert "two" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    hosts = KnownHosts([path])
    assert hosts.judge("one", "ssh-ed25519", ED_KEY).standing is Standing.KNOWN
    assert hosts.judge("two", "ssh-ed25519", OTHER_KEY).standing is Standing.KNOWN


def test_that_a_file_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipwayError, match="cannot write"):
        add_host(tmp_path / "file" / "known_hosts", "board", "ssh-ed25519", ED_KEY, hashed=False)


def test_that_a_fingerprint_is_the_one_of_ssh_keygen(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    path.write_text(f"ssh-ed25519 {ED} x\n")
    done = subprocess.run(["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True)
    assert fingerprint(ED_KEY) == done.stdout.split()[1]


def test_that_a_key_that_is_revoked_for_the_host_is_revoked_on_every_port(tmp_path: Path) -> None:
    hosts, _ = known(
        tmp_path, f"board ssh-ed25519 {ED}\n[board]:2222 ssh-ed25519 {ED}\n@revoked board ssh-ed25519 {ED}"
    )
    assert hosts.judge("[board]:2222", "ssh-ed25519", ED_KEY, "board").standing is Standing.REVOKED


def test_that_a_list_of_revoked_keys_is_read_or_refused(tmp_path: Path) -> None:
    path, krl = tmp_path / "revoked", tmp_path / "krl"
    path.write_text(f"# ssh-ed25519 {OTHER}\n\nssh-ed25519 {ED} old board\n")
    assert find_revoked(path, ED_KEY) == f"{path}:3"
    assert find_revoked(path, OTHER_KEY) is None
    (tmp_path / "key.pub").write_text(f"ssh-ed25519 {ED}\n")
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(krl), str(tmp_path / "key.pub")], check=True)
    for unread in (krl, tmp_path / "missing"):
        with pytest.raises(BoardError, match=str(unread)):
            find_revoked(unread, OTHER_KEY)
