"""A real agent spoken to in raw frames: handshake, refusals, silence, the end of its input."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from targets.agent import schema
from targets.agent.process import agent_command, child_environment
from targets.agent.protocol import CommandError, Message, ProtocolError, read_message, write_message
from targets.agent.session import Request, Session
from tests.pythons import need_python_3_8

SHA = "0" * 64
CHANGES: dict[str, dict[str, Any]] = {
    "prepare": {"wheels": {"numpy.whl": SHA}, "carried": [], "need_bytes": 0},
    "build": {"candidate": SHA, "runtime": "openvino", "options": {}},
    "install": {"release": "r", "manifest": {}, "files": {"engine.blob": SHA}},
    "remove_release": {"release": "r"},
    "start_run": {"run": "r1", "plan": {}},
    "remove_run": {"run": "r1"},
    "prune": {"keep_blobs": []},
    "forget": {"sha256": [SHA]},
}


class Agent:
    """An agent process and its pipes."""

    def __init__(self, python: str, root: Path, *options: str) -> None:
        command = [
            python,
            *agent_command("serve")[1:],
            "--root",
            str(root),
            "--lock",
            str(root.parent / "lock"),
            *options,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment()
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.to: BinaryIO = self.process.stdin  # type: ignore[assignment]
        self.back: BinaryIO = self.process.stdout  # type: ignore[assignment]
        self._number = 0

    def hear(self) -> dict[str, Any]:
        """The header of the next frame."""
        message = read_message(self.back)
        assert message is not None, "the agent ended"
        return message.header

    def greet(self) -> Agent:
        """Shake hands and say who we are."""
        assert self.hear()["hello"]["protocol"] == 1
        write_message(self.to, {"hello": {"protocol": 1}})
        assert self.ask("identify", {"person": "Ada", "desktop": "desk-1", "pid": 1}) == {"ok": {}}
        return self

    def ask(self, command: str, arguments: object) -> dict[str, Any]:
        """Send a request; its reply without the id."""
        self._number += 1
        write_message(self.to, {"id": self._number, "do": command, "args": arguments})
        while True:
            header = self.hear()
            if header.get("id") == self._number:
                return {key: value for key, value in header.items() if key != "id"}

    def end(self) -> tuple[int, str]:
        """Wait for its end; exit code and what it said."""
        assert self.process.stderr is not None
        words = self.process.stderr.read().decode()
        return self.process.wait(timeout=20), words


@pytest.fixture(params=["this Python", "Python 3.8"])
def python(request: pytest.FixtureRequest) -> str:
    """The Pythons that boards have: every test of an agent's process runs in the oldest, too."""
    return sys.executable if request.param == "this Python" else need_python_3_8()


@pytest.fixture
def start(board_root: Path, python: str) -> Iterator[Callable[..., Agent]]:
    """Starts agents; those that still run at the end are killed."""
    agents: list[Agent] = []

    def make(*options: str) -> Agent:
        agents.append(Agent(python, board_root, *options))
        return agents[-1]

    yield make
    for agent in agents:
        agent.process.kill()
        agent.process.wait()
        for pipe in (agent.process.stdin, agent.process.stdout, agent.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                assert pipe is not None
                pipe.close()


def test_that_a_desktop_of_another_protocol_is_refused_by_both_numbers(start: Callable[..., Agent]) -> None:
    agent = start()
    agent.hear()
    write_message(agent.to, {"hello": {"protocol": 99}})
    assert agent.hear()["error"]["summary"] == "this agent speaks protocol 1, the desktop 99"
    assert agent.end()[0] == 0


def test_that_a_request_before_the_handshake_is_refused(start: Callable[..., Agent]) -> None:
    agent = start()
    agent.hear()
    assert agent.ask("probe", {})["error"]["summary"] == "a request before the handshake"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\nHost: board\r\n\r\n",
        b"\x00\x00\x00\x05[1,2]",
        b"\x00\x00\x00\x04\xff\xfe\xfd\xfc",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b'\x00\x00\x00\x1a{"attachments":[999999999]}',
        b"\x00\x00\x01\x00{",
        b"\x00\x00\x00\x80" + b"[" * 128,
    ],
)
def test_that_an_agent_that_hears_nonsense_says_so_and_ends(start: Callable[..., Agent], nonsense: bytes) -> None:
    agent = start().greet()
    agent.to.write(nonsense)
    agent.to.close()
    code, words = agent.end()
    assert code == 0
    assert "the agent ends: the link broke" in words


def test_that_an_agent_ends_when_its_input_ends(start: Callable[..., Agent]) -> None:
    agent = start().greet()
    agent.to.close()
    assert agent.end() == (0, "the agent ends: the other side closed the link\n")


def test_that_an_agent_ends_when_nothing_was_heard(start: Callable[..., Agent]) -> None:
    agent = start("--silence-s", "0.5").greet()
    assert agent.end() == (0, "the agent ends: nothing was heard for 0.5 s\n")


def test_that_heartbeats_keep_an_agent_and_tell_its_clock(start: Callable[..., Agent]) -> None:
    agent = start("--silence-s", "0.5").greet()
    began_s = time.monotonic()
    pause = threading.Event()
    count = 0
    while time.monotonic() - began_s < 1.5:
        write_message(agent.to, {"ping": count})
        pong = agent.hear()
        assert pong["pong"] == count
        assert began_s * 1e9 <= pong["mono_ns"] <= time.monotonic_ns()
        count += 1
        pause.wait(0.05)
    assert agent.process.poll() is None


def test_that_heartbeats_are_answered_while_requests_run(start: Callable[..., Agent]) -> None:
    agent = start().greet()
    write_message(agent.to, {"id": 70, "do": "probe", "args": {}})
    write_message(agent.to, {"ping": 5})
    assert agent.hear()["pong"] == 5
    assert agent.hear()["id"] == 70


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_that_an_agent_ends_cleanly_on_a_signal(start: Callable[..., Agent], number: int) -> None:
    agent = start().greet()
    os.kill(agent.process.pid, number)
    assert agent.end()[0] == 0


def test_that_an_unknown_policy_refuses_every_change(start: Callable[..., Agent], board_root: Path) -> None:
    board_root.mkdir()
    (board_root / "policy.json").write_text(json.dumps({"format": "slipway.policy/7"}))
    agent = start().greet()
    assert agent.ask("lock", {"purpose": "test"}) == {"ok": {"weak": False}}
    for command in (name for name, known in schema.COMMANDS.items() if known.changes):
        error = agent.ask(command, CHANGES[command])["error"]
        assert error["code"] == "E_POLICY"
        assert "slipway.policy/7" in error["summary"]
        assert "newer Slipway" in error["hint"]


def test_that_a_policy_that_cannot_be_read_refuses_too(start: Callable[..., Agent], board_root: Path) -> None:
    board_root.mkdir()
    agent = start().greet()
    agent.ask("lock", {"purpose": "test"})
    for content in ("", "[]", "{", '{"format": null}'):
        (board_root / "policy.json").write_text(content)
        assert agent.ask("prune", {"keep_blobs": []})["error"]["code"] == "E_POLICY"
    assert "does not know" in agent.ask("probe", {})["ok"]["policy"]


def test_that_what_needs_the_lock_is_refused_without_it(start: Callable[..., Agent]) -> None:
    agent = start().greet()
    telling = {"tell_run": {"run": "r", "message": {"tell": "step", "count": 1}}}
    asked = {"advance": {"run": "r", "phase": "p"}, "stop_run": {"run": "r", "hard": True}, **telling, **CHANGES}
    for command in (name for name, known in schema.COMMANDS.items() if known.locked):
        error = agent.ask(command, asked[command])["error"]
        assert error["code"] == "E_USAGE"
        assert "needs the board's lock" in error["summary"]


def test_that_the_lock_needs_a_name(start: Callable[..., Agent]) -> None:
    agent = start()
    agent.hear()
    write_message(agent.to, {"hello": {"protocol": 1}})
    assert "who they are" in agent.ask("lock", {"purpose": "test"})["error"]["summary"]


def test_that_a_number_that_is_in_use_is_refused(start: Callable[..., Agent]) -> None:
    agent = start().greet()
    for _ in range(2):
        write_message(agent.to, {"id": 9, "do": "watch", "args": {"rate_hz": 1}})
    while "error" not in (header := agent.hear()):
        pass
    assert header["error"]["summary"] == "request 9 is still running"


def test_that_too_many_requests_at_once_are_refused(start: Callable[..., Agent]) -> None:
    agent = start().greet()
    for number in range(100, 165):
        write_message(agent.to, {"id": number, "do": "watch", "args": {"rate_hz": 0.01}})
    while "error" not in (header := agent.hear()):
        pass
    assert header["error"]["summary"] == "64 requests are running; no more are taken"
    assert agent.ask("cancel", {"of": 100}) == {"ok": {"running": True}}


def test_that_prints_do_not_reach_the_frames(repository: Path) -> None:
    """A library that prints to descriptor 1 must not garble the link: the descriptor leads to stderr."""
    code = """
import os, sys
sys.path.insert(0, sys.argv[1])
from targets.agent import main
frames = main._take_stdout()
print("stray")
os.write(1, b"strayer")
sys.stdout.flush()
frames.write(b"frame")
frames.flush()
"""
    done = subprocess.run([sys.executable, "-c", code, str(repository)], capture_output=True, check=True)
    assert done.stdout == b"frame"
    assert b"stray\n" in done.stderr
    assert b"strayer" in done.stderr


def test_that_a_message_survives_the_way_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    with path.open("wb") as stream:
        write_message(stream, {"id": 1, "ok": {"text": "ü"}}, [b"", b"abc", memoryview(b"\0\1")])
    with path.open("rb") as stream:
        assert read_message(stream) == Message({"id": 1, "ok": {"text": "ü"}}, (b"", b"abc", b"\0\1"), 53)
        assert read_message(stream) is None


def test_that_a_header_that_the_other_side_would_refuse_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    with path.open("wb") as stream:
        with pytest.raises(ProtocolError, match="at most 4194304 are allowed"):
            write_message(stream, {"id": 1, "ok": {"text": "x" * (4 << 20)}})
        with pytest.raises(ProtocolError, match="cannot be JSON"):
            write_message(stream, {"id": 1, "ok": {"value": float("nan")}})
    assert path.read_bytes() == b""


def test_that_a_reply_that_is_no_json_becomes_an_error_and_nobody_waits_for_ever(tmp_path: Path) -> None:
    """The agent's session over real pipes, with one command that replies NaN and one that fails."""
    requests, replies = os.pipe(), os.pipe()

    def dispatch(request: Request) -> dict[str, Any]:
        return {"value": float("nan")} if request.command == "probe" else {"value": 1 // 0}

    with (
        os.fdopen(requests[0], "rb") as reader,
        os.fdopen(requests[1], "wb") as to,
        os.fdopen(replies[0], "rb") as back,
        os.fdopen(replies[1], "wb") as writer,
    ):
        serving = threading.Thread(target=Session(reader, writer, dispatch).serve, args=({}, 20.0))
        serving.start()
        write_message(to, {"hello": {"protocol": 1}})
        for number, command in enumerate(("probe", "unlock")):
            write_message(to, {"id": number, "do": command, "args": {}})
        heard = [read_message(back) for _ in range(3)]
        to.close()
        serving.join()
    errors = {message.header["id"]: message.header["error"] for message in heard if message and "id" in message.header}
    assert {error["code"] for error in errors.values()} == {"E_INTERNAL"}
    assert "Out of range float values are not JSON compliant" in errors[0]["summary"]
    assert "ZeroDivisionError" in errors[1]["detail"]


def test_that_an_error_that_quotes_the_other_side_is_no_endless_text() -> None:
    error = CommandError("E_USAGE", "got %r" % ("x" * 100_000), "y" * 100_000)
    assert len(error.summary) == len(error.hint) == 2000
    assert error.summary.endswith("x…")


def test_that_a_length_alone_takes_no_memory() -> None:
    class Claims:
        """Says in its header that much comes, gives little, and notes how much was asked for at once."""

        asked = 0

        def __init__(self) -> None:
            header = b'{"attachments":[268435456]}'
            self.left = len(header).to_bytes(4, "big") + header + b"x" * 10

        def read(self, size: int) -> bytes:
            self.asked = max(self.asked, size)
            part, self.left = self.left[:size], self.left[size:]
            return part

    stream = Claims()
    with pytest.raises(ProtocolError, match="ended 268435446 bytes before"):
        read_message(stream)  # type: ignore[arg-type]
    assert stream.asked <= 1 << 20


def test_that_every_cut_of_a_frame_is_an_error_and_never_a_message(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    with path.open("wb") as stream:
        write_message(stream, {"id": 1, "ok": {}}, [b"abc"])
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with path.open("rb") as stream, pytest.raises(ProtocolError):
            read_message(stream)
