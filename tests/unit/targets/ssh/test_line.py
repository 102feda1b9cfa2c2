"""The heartbeat of a live connection."""

from __future__ import annotations

import threading

import paramiko
import pytest

from targets.agent_client import AgentClient
from targets.ssh import line as module
from targets.ssh.board import SshBoard


def test_that_the_server_is_asked_although_a_programs_own_beat_fails(
    board: SshBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.05)
    asked = threading.Event()

    def fail() -> None:
        raise paramiko.SSHException("its channel is closed")

    with AgentClient(board):
        line = board._lines._open["talk"]
        forget = line.on_beat(fail)
        monkeypatch.setattr(line._transports[-1], "global_request", lambda *_args, **_options: asked.set())
        assert asked.wait(10)
        forget()
