"""The server of the tests itself: it serves, it can be hurt, and nothing gets lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ssh_lab.fixtures import serving
from tests.ssh_lab.server import Keys, SshServer
from tests.ssh_lab.tree import wait_for


def ssh(server: SshServer, command: str, key: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Carry out a command there."""
    words = ["ssh", *server.client_options(key=key), server.host, command]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def detached(sshd: SshServer) -> Iterator[SshServer]:
    """A server on which something went on after its session."""
    assert ssh(sshd, "setsid -f sleep 1000 >/dev/null 2>&1 </dev/null").returncode == 0
    yield sshd
    sshd.reboot()


def test_that_it_serves_and_leaves_nothing(sshd: SshServer) -> None:
    done = ssh(sshd, "echo $SHLVL $HOME; pwd")
    assert done.stdout.split()[:2] == ["6", str(sshd.board_home)], done.stderr
    assert wait_for(lambda: not sshd.left(), 10)


def test_that_what_was_detached_is_found_whoever_dies(detached: SshServer) -> None:
    (sleeper,) = detached.programs("sleep")
    detached.kill()
    assert [process.pid for process in detached.programs("sleep")] == [sleeper.pid]
    assert detached.sessions() == []
    detached.start()
    assert ssh(detached, "true").returncode == 0


def test_that_what_is_left_fails_a_test_and_is_ended(
    ssh_keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.ssh_lab.fixtures.SETTLE_S", 0.1)
    pids = []

    def leave() -> None:
        with serving(SshServer(tmp_path / "other", ssh_keys)) as server:
            ssh(server, "setsid -f sleep 1000 >/dev/null 2>&1 </dev/null")
            pids.append(server.programs("sleep")[0].pid)

    with pytest.raises(pytest.fail.Exception, match=r"left behind.*\n.*sleep 1000"):
        leave()
    assert not Path(f"/proc/{pids[0]}").exists()


def test_that_a_changed_host_key_and_refused_logins_are_what_they_say(sshd: SshServer) -> None:
    before = sshd.fingerprint
    sshd.change_host_key()
    assert sshd.fingerprint != before
    assert "HOST IDENTIFICATION HAS CHANGED" in ssh(sshd, "true").stderr
    sshd.trust()
    assert ssh(sshd, "true").returncode == 0
    assert "Permission denied (publickey)" in ssh(sshd, "true", sshd.keys.stranger).stderr
    assert "Permission denied (publickey)" in ssh(sshd, "true", sshd.keys.locked).stderr  # nobody gives the passphrase
    sshd.restart(PubkeyAuthentication="no", PasswordAuthentication="yes")
    assert "Permission denied (password)" in ssh(sshd, "true").stderr


def test_that_a_frozen_server_answers_again_once_it_is_thawed(sshd: SshServer) -> None:
    sshd.freeze()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["ssh", *sshd.client_options(), sshd.host, "true"], timeout=0.5, check=False)
    sshd.thaw()
    assert ssh(sshd, "true").returncode == 0


def test_that_nobody_else_is_touched(sshd: SshServer) -> None:
    assert os.environ["HOME"] == str(sshd.home)
    assert os.getpid() not in {process.pid for process in sshd.tree.processes()}
