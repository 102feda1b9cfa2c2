"""The other end of a real socket: does what a script says, and whatever happens it can be ended."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from targets.board import AgentChannel, Completed
from targets.road import Road
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

AWAIT_S = 1.0
_REQUEST = b'"do":'
MOST_S = 3.0
"""A peer that is still at it then is stopped by the user, as a user would."""


class SocketChannel:
    """An agent's channel over a socket (`targets.board.AgentChannel`)."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.reader: Any = end.makefile("rb")
        self.writer: Any = end.makefile("wb")

    def close_input(self) -> None:
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def wait(self, timeout_s: float) -> int | None:
        return None

    def stderr_lines(self) -> list[str]:
        return ["the peer's last words \x1b[31m"]

    def close(self) -> None:
        for stream in (self.reader, self.writer):
            with suppress(OSError, ValueError):
                stream.close()
        self._end.close()


class PeerBoard:
    """A board whose agent is the peer; it has nothing else."""

    name = "bench"
    id = None
    root = Path("/board")
    python = None

    def __init__(self, channel: SocketChannel) -> None:
        self.road = Road()
        self._channel = channel

    def run(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Completed:
        raise BoardError("a peer runs nothing")

    def put_blob(
        self, path: Path, sha256: str, deadline: Deadline, cancel: CancelToken, progress: Callable[[int], None]
    ) -> None:
        raise BoardError("a peer takes nothing")

    def get_file(self, name: str, path: Path, deadline: Deadline, cancel: CancelToken) -> str:
        raise BoardError("a peer gives nothing")

    def start_agent(self, deadline: Deadline, cancel: CancelToken) -> AgentChannel:
        return self._channel


@contextmanager
def play(steps: Sequence[dict[str, Any]], cancel: CancelToken) -> Iterator[SocketChannel]:
    """A channel whose other end plays the steps, then stays silent until it is closed.

    Steps: `await` so many requests (a second at most); `send` these bytes (latin-1), `drip` them one by one, `flood`
    them many times; stay `silent_s`; become `deaf` (read nothing any more); `end` by closing all or only what it says
    (`half`).
    """
    ours, theirs = socket.socketpair()
    peer = _Peer(theirs)
    stop = peer.stop
    threads = [
        threading.Thread(target=peer.say, args=(steps,), name="peer-says", daemon=True),
        threading.Thread(target=peer.hear, name="peer-hears", daemon=True),
    ]
    timer = threading.Timer(MOST_S, cancel.request)
    timer.daemon = True
    for thread in (*threads, timer):
        thread.start()
    try:
        yield SocketChannel(ours)
    finally:
        stop.set()
        timer.cancel()
        with suppress(OSError):
            theirs.shutdown(socket.SHUT_RDWR)
        for thread in (*threads, timer):
            thread.join()
        theirs.close()
        ours.close()


class _Peer:
    """One end of a socket, with a thread that says and one that hears."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.stop = threading.Event()
        self._deaf = threading.Event()
        self._heard = threading.Condition()
        self._requests = 0

    def say(self, steps: Sequence[dict[str, Any]]) -> None:
        """Play the steps to their end, or to the end of the socket."""
        with suppress(OSError):
            for step in steps:
                if self.stop.is_set():
                    return
                self._act(step)

    def hear(self) -> None:
        """Take what comes and count the requests in it."""
        rest = b""
        with suppress(OSError):
            while not self._deaf.is_set() and (data := self._end.recv(65536)):
                with self._heard:
                    self._requests += (rest + data).count(_REQUEST)
                    self._heard.notify_all()
                rest = data[-len(_REQUEST) + 1 :]
        self.stop.wait()

    def _act(self, step: dict[str, Any]) -> None:
        if "await" in step:
            with self._heard:
                self._heard.wait_for(lambda: self._requests >= step["await"], AWAIT_S)
        if "send" in step:
            self._end.sendall(step["send"].encode("latin-1"))
        for byte in step.get("drip", "").encode("latin-1"):
            if self.stop.wait(step["every_s"]):
                return
            self._end.sendall(bytes([byte]))
        flood = step.get("flood", "").encode("latin-1")
        for _ in range(step.get("times", 0)):
            self._end.sendall(flood)
        if "silent_s" in step:
            self.stop.wait(step["silent_s"])
        if step.get("deaf"):
            self._deaf.set()
        if "end" in step:
            self._end.shutdown(socket.SHUT_WR if step["end"] == "half" else socket.SHUT_RDWR)
