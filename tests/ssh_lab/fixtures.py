"""A real OpenSSH server for tests; a `conftest.py` whose tests want one imports these fixtures.

`sshd` listens on 127.0.0.1. While it is there HOME is `sshd.home`, whose known_hosts knows it, and no key agent is in
the environment. After the test nothing may run on it any more. `far` is one behind an emulated link.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ssh_lab.link import FarBoard, compile_emulator, far_board, why_no_link
from tests.ssh_lab.server import Keys, SshServer, make_keys, why_not
from tests.ssh_lab.tree import wait_for

SETTLE_S = 10.0
"""How long what ran on a server may take to end by itself after a test."""


@pytest.fixture(scope="session")
def ssh_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The keys of users."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    return make_keys(tmp_path_factory.mktemp("ssh-keys"))


@pytest.fixture
def sshd(ssh_keys: Keys, tmp_path: Path) -> Iterator[SshServer]:
    """A server on the loopback, known to the user."""
    with serving(SshServer(tmp_path / "sshd", ssh_keys)) as server:
        yield server


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program between the ends of a link."""
    reason = why_no_link()
    if reason:
        pytest.skip(reason)
    return compile_emulator(tmp_path_factory.mktemp("emulator"))


@pytest.fixture
def far(ssh_keys: Keys, emulator: Path, tmp_path: Path) -> Iterator[FarBoard]:
    """A server behind a link that can be slowed and cut, known to the user; whatever is left on it is killed."""
    with far_board(tmp_path / "far", ssh_keys, emulator) as board, user_of(board.server):
        yield board


@contextmanager
def user_of(server: SshServer) -> Iterator[None]:
    """Be the user to whom a server is known, without a key agent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(server.home))
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        yield


@contextmanager
def serving(server: SshServer) -> Iterator[SshServer]:
    """Start a server and be its user; at the end everything on it must have ended, and is ended."""
    with user_of(server):
        try:
            server.trust()
            server.start()
            yield server
            wait_for(lambda: not server.left(), SETTLE_S)
            left = server.left()
        finally:
            server.close()
    if left:
        pytest.fail("left behind on the SSH server:\n" + "\n".join(left), pytrace=False)
