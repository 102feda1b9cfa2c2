"""The promise of a board: a machine that runs programs of ours, takes blobs, gives files and starts an agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from targets.road import Road
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError


class NoAgent(BoardError):
    """The board was reached, but no agent starts there."""


@dataclass(frozen=True)
class Completed:
    """A program that ended on a board."""

    argv: tuple[str, ...]
    exit_code: int
    """Negative: the signal that ended it."""
    stdout: bytes
    stderr: str
    """Its last lines."""


class Reader(Protocol):
    """Bytes from the board."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte and at most `size`; nothing at the end."""
        ...


class Writer(Protocol):
    """Bytes to the board."""

    def write(self, data: bytes | memoryview, /) -> int | None:
        """Write all of it; blocks while the link is full."""
        ...

    def flush(self) -> None:
        """Send what is buffered."""
        ...


class AgentChannel(Protocol):
    """An agent that runs on a board, and the pipes to it. `close` must be called, whatever happened."""

    @property
    def reader(self) -> Reader:
        """What the agent says."""
        ...

    @property
    def writer(self) -> Writer:
        """What is said to the agent."""
        ...

    def close_input(self) -> None:
        """End the agent's input; it then ends by itself. Never blocks, never fails."""
        ...

    def kill(self) -> None:
        """Kill the agent's process where that can be done from here. Never blocks, never fails."""
        ...

    def wait(self, timeout_s: float) -> int | None:
        """The agent's exit code, minus the signal where one ended it; None while it runs or where it is unknown."""
        ...

    def stderr_lines(self) -> list[str]:
        """The last lines of the agent's stderr, oldest first."""
        ...

    def close(self) -> None:
        """Let go of pipes, process and threads; kills what still runs."""
        ...


class Board(Protocol):
    """One board, named in the inventory. Every call takes a deadline and a token that cancels it.

    Calls raise `BoardError` where the board refused or could not, `LinkLost` where the outcome is unknown, `Cancelled`.
    """

    @property
    def name(self) -> str:
        """The user's name for it."""
        ...

    @property
    def id(self) -> str | None:
        """The id that the inventory gives it; None: the module's serial number or machine id counts."""
        ...

    @property
    def root(self) -> Path | str:
        """Its root folder; a leading tilde is the home there."""
        ...

    @property
    def python(self) -> str | None:
        """The Python of its agent as it was named; None: the usual one (`targets.board_python`)."""
        ...

    @property
    def road(self) -> Road:
        """How far the last attempt to reach it came."""
        ...

    def run(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Completed:
        """Run a program to its end; its output is bounded to 16 MiB. An exit code other than 0 is no error here."""
        ...

    def put_blob(
        self, path: Path, sha256: str, deadline: Deadline, cancel: CancelToken, progress: Callable[[int], None]
    ) -> None:
        """Bring a file into the board's blobs; `progress` is told the bytes sent so far."""
        ...

    def get_file(self, name: str, path: Path, deadline: Deadline, cancel: CancelToken) -> str:
        """Fetch a blob (by sha256) or `runs/<run>/<file>`; wholly there or not at all. Returns its sha256."""
        ...

    def start_agent(self, deadline: Deadline, cancel: CancelToken) -> AgentChannel:
        """Ship the agent if it is not there, and start it."""
        ...
