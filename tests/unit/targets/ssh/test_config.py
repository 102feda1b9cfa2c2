"""A board's address as the user's own SSH configuration completes it."""

from __future__ import annotations

import getpass
import shutil
from pathlib import Path

import pytest

from targets.ssh import config
from targets.ssh.config import SshAddress, look_up
from workbench.base.errors import BoardError, UsageError

CONFIG = """
Include more
Host rig
    HostName 192.0.2.7
    User ada
    Port 2202
    IdentityFile ~/.ssh/rigs
    HostKeyAlias rig-of-the-lab
    UserKnownHostsFile ~/.ssh/known_rigs
    IdentitiesOnly yes
    HashKnownHosts yes
Host far
    ProxyJump bob@gate:2201,inner
Host inner
    HostName 10.0.0.2
    User eve
    ProxyJump none
Host gate
    HostName gate.lab
    IdentityFile ~/.ssh/gate
Host twisted
    ProxyCommand nc %h %p
Host loop
    ProxyJump loop2
Host loop2
    ProxyJump loop
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder.parent))
    return folder.parent


@pytest.fixture(params=["ssh -G", "the file alone"])
def way(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of reading the configuration."""
    (home / ".ssh" / "config").write_text(CONFIG)
    (home / ".ssh" / "more").write_text("Host included\n    User included-user\n")
    way: str = request.param
    if way == "ssh -G":
        if shutil.which("ssh") is None:
            pytest.skip("no ssh is at hand")
    else:
        monkeypatch.setattr(config, "_ask_ssh", lambda _address: None)
    return way


def test_that_an_alias_is_completed(way: str, home: Path) -> None:
    hop = look_up(SshAddress("rig"))
    assert (hop.hostname, hop.user, hop.port) == ("192.0.2.7", "ada", 2202)
    assert hop.keys == (home / ".ssh" / "rigs",)
    assert hop.known_hosts[0] == home / ".ssh" / "known_rigs"
    assert hop.name_in_known_hosts == "rig-of-the-lab"
    assert hop.identities_only
    assert hop.hash_known_hosts
    assert hop.jumps == ()


def test_that_what_was_said_of_the_board_comes_first(way: str, home: Path) -> None:
    hop = look_up(SshAddress("rig", 2299, "grace", Path("/keys/own")))
    assert (hop.user, hop.port) == ("grace", 2299)
    assert hop.keys == (Path("/keys/own"), home / ".ssh" / "rigs")


def test_that_an_address_without_an_entry_has_the_usual_files(way: str, home: Path) -> None:
    hop = look_up(SshAddress("198.51.100.3"))
    assert (hop.hostname, hop.port, hop.user) == ("198.51.100.3", 22, getpass.getuser())
    assert home / ".ssh" / "id_ed25519" in hop.keys
    assert hop.known_hosts[0] == home / ".ssh" / "known_hosts"
    assert look_up(SshAddress("198.51.100.3", 2222)).name_in_known_hosts == "[198.51.100.3]:2222"


def test_that_the_way_leads_over_other_machines_by_their_own_entries(way: str, home: Path) -> None:
    gate, inner = look_up(SshAddress("far")).jumps
    assert (gate.hostname, gate.user, gate.port) == ("gate.lab", "bob", 2201)
    assert gate.keys[0] == home / ".ssh" / "gate"
    assert (inner.hostname, inner.user, inner.port, inner.jumps) == ("10.0.0.2", "eve", 22, ())


def test_that_a_way_without_end_is_refused(way: str) -> None:
    with pytest.raises(BoardError, match="more than 8 machines are on the way") as refused:
        look_up(SshAddress("loop"))
    assert "ProxyJump" in refused.value.hint


def test_that_a_proxy_command_is_refused_in_words(way: str) -> None:
    with pytest.raises(BoardError, match="ProxyCommand") as refused:
        look_up(SshAddress("twisted"))
    assert "ProxyJump" in refused.value.hint


def test_that_includes_are_followed_where_ssh_reads_them(way: str) -> None:
    expected = "included-user" if way == "ssh -G" else getpass.getuser()
    assert look_up(SshAddress("included")).user == expected


def test_that_a_broken_configuration_is_an_error_in_words(way: str, home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host rig\n    Port none-at-all\nNonsense\n")
    with pytest.raises(BoardError):
        look_up(SshAddress("rig"))


@pytest.mark.parametrize(
    ("host", "port", "user", "words"),
    [
        ("-oProxyCommand=x", None, None, "is no host"),
        ("a b", None, None, "is no host"),
        ("", None, None, "is no host"),
        ("user@host", None, None, "is no host"),
        ("host;reboot", None, None, "is no host"),
        ("host", 0, None, "port 0 is none"),
        ("host", 65536, None, "port 65536 is none"),
        ("host", None, "-l", "is no user"),
        ("host", None, "a b", "is no user"),
        ("host", None, "$(x)", "is no user"),
    ],
)
def test_that_what_is_no_address_is_refused(host: str, port: int | None, user: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        SshAddress(host, port, user)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (SshAddress("rig"), "rig"),
        (SshAddress("10.0.0.1", 2222, "ada"), "ada@10.0.0.1:2222"),
        (SshAddress("fe80::1%eth0", 22), "[fe80::1%eth0]:22"),
    ],
)
def test_that_an_address_is_shown_as_people_write_it(address: SshAddress, text: str) -> None:
    assert str(address) == text


def test_that_new_hosts_are_never_noted_for_all_users(way: str, home: Path) -> None:
    (home / ".ssh" / "config").write_text("UserKnownHostsFile none\nGlobalKnownHostsFile /etc/everybodys\n")
    hop = look_up(SshAddress("rig"))
    assert hop.known_hosts == ()
    assert hop.global_known_hosts == (Path("/etc/everybodys"),)


def test_that_known_hosts_may_lie_in_a_folder_with_a_space(way: str, home: Path) -> None:
    (home / ".ssh" / "config").write_text('UserKnownHostsFile "/lab one/known" /two\n')
    assert look_up(SshAddress("rig")).known_hosts == (Path("/lab one/known"), Path("/two"))


def test_that_the_tokens_of_a_key_are_filled_in(way: str, home: Path) -> None:
    text = "Host rig\n  HostName 192.0.2.7\n  User ada\n  IdentityFile ~/.ssh/%h_%r_key\n"
    (home / ".ssh" / "config").write_text(text)
    assert look_up(SshAddress("rig")).keys == (home / ".ssh" / "192.0.2.7_ada_key",)


def test_that_a_token_that_stands_for_nothing_known_is_told(way: str, home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host rig\n  IdentityFile ~/.ssh/%Q_key\n")
    with pytest.raises(BoardError, match="with %Q in it"):
        look_up(SshAddress("rig"))
