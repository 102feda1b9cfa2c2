"""A board behind a real OpenSSH server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.server import SshServer


@pytest.fixture
def address(sshd: SshServer) -> SshAddress:
    """Where the server is, with the key that opens it."""
    return SshAddress(sshd.host, sshd.port, sshd.user, sshd.keys.plain)


@pytest.fixture
def board(address: SshAddress, tmp_path: Path) -> SshBoard:
    """The board, with a root and a lock of the test's own."""
    return SshBoard("far", address, str(tmp_path / "root"), sys.executable, lock=str(tmp_path / "lock"))
