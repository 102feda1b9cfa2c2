"""A board that is reached over SSH: the same agent as on this machine, shipped and spoken to over one connection."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from targets.board import AgentChannel, Completed
from targets.person import NOBODY, Person
from targets.road import Road
from targets.ssh.arrival import agent_command, greet
from targets.ssh.channel import SshChannel
from targets.ssh.config import SshAddress
from targets.ssh.connect import Way, open_line
from targets.ssh.line import Line
from targets.ssh.login import Secrets
from targets.transfer import fetch_file, guarded, open_source, read_output, seconds_left, send_blob, watched
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, LinkLost

DEFAULT_ROOT: Final = "~/.slipway"
TALK: Final = "talk"
BULK: Final = "bulk"
"""Files go over a connection of their own: on a slow link they would hold back heartbeats and telemetry."""
PULL_WINDOW_BYTES: Final = 8 << 20
_LOOK_S: Final = 0.1
_NOTICE_S: Final = 0.5

_KEEPER: Final = (
    # Our input is kept as 3: a shell gives what it starts with `&` an input of its own, which is empty.
    "exec 3<&0; "
    # The program, in a session and so in a group of its own, which is named by its process id.
    'setsid "$@" </dev/null 3<&- & p=$!; '
    # How the group is ended; the process alone where it has not made its group yet.
    "end() { kill -s KILL -- -$p || kill -s KILL $p; }; "
    # The timer. It ends the group after eight naps of 2 s; USR1 begins the count anew, TERM ends the timer, and either
    # kills the nap that is under way. The traps need a `$!` that is ours, which `: &` gives before the first nap.
    '( : & wait $!; trap "n=0; kill -s KILL \\$!" USR1; trap "kill -s KILL \\$!; exit" TERM; n=0; '
    "while [ $n -lt 8 ]; do n=$((n+1)); sleep 2 & wait $!; done; end ) </dev/null >/dev/null 2>&1 3<&- & t=$!; "
    # The reader. Each line that comes winds the timer up again; the end of our input ends the group.
    "( while read -r _; do kill -s USR1 $t; done; end ) <&3 >/dev/null 2>&1 & r=$!; "
    # Wait for the program in silence: what a shell says of a killed one would kill the shell on a closed pipe.
    "exec 3<&- >/dev/null 2>&1; wait $p; c=$?; "
    # What is left of the group goes, then timer and reader; the program's exit code is ours.
    "kill -s KILL -- -$p; kill $t; kill -s KILL $r; wait $t; exit $c"
)
"""Runs a program in a group of its own, and ends the group when our end of the input ends or is silent for 16 s."""


class SshBoard:
    """A board over SSH (`Board`). Agent, programs and files share its connections, which end with their last user.

    Args:
        name: the user's name for it.
        address: where it is reached.
        root: the board's root folder there; a leading tilde is the home there.
        python: the Python that runs the agent there (`targets.board_python`).
        id: what counts as its id; None: the machine's own.
        lock: the board's lock where it is not the machine's.
        person: asked what only a person can answer, from whichever thread uses the board.
        accepted_host_key: the fingerprint of a new host key that was accepted beforehand.
        road: told how far an attempt to reach it came.
    """

    def __init__(
        self,
        name: str,
        address: SshAddress,
        root: str | None = None,
        python: str | None = None,
        id: str | None = None,  # noqa: A002 - the key's name in the inventory
        lock: str | None = None,
        person: Person = NOBODY,
        accepted_host_key: str | None = None,
        road: Road | None = None,
    ) -> None:
        self.name = name
        self.address = address
        self.root = root or DEFAULT_ROOT
        self.python = python
        self.id = id
        self.lock = lock
        self.road = road or Road()
        way = Way(name, address, person.telling_once(), accepted_host_key, Secrets(), self.road)
        self._lines = _Lines(way)

    def run(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Completed:
        """Run a program on the board (`Board.run`); it ends with the connection."""
        channel = self._start(["sh", "-c", _KEEPER, "sh", *argv], TALK, deadline, cancel)
        with guarded(channel, argv[0], self.name, deadline, cancel):
            channel.beat()
            output = read_output(channel, argv[0], self.name)
            code = channel.wait(seconds_left(deadline))
            if code is None:
                raise LinkLost(f"{argv[0]} on {self.name} ended unseen", "Try it again.")
            if cancel.cancelled or deadline.expired:
                raise BoardError(f"{argv[0]} on {self.name} was ended", "Try it again.")
        return Completed(tuple(argv), code, output, "\n".join(channel.stderr_lines()))

    def put_blob(
        self, path: Path, sha256: str, deadline: Deadline, cancel: CancelToken, progress: Callable[[int], None]
    ) -> None:
        """Bring a file into the board's blobs through the agent's `receive` (`Board.put_blob`)."""
        with (
            open_source(path) as (source, size_bytes),
            self._agent("receive", [sha256, str(size_bytes)], deadline, cancel) as channel,
        ):
            send_blob(channel, self.name, source, path.name, progress)

    def get_file(self, name: str, path: Path, deadline: Deadline, cancel: CancelToken) -> str:
        """Fetch a file through the agent's `send` (`Board.get_file`)."""
        with self._agent("send", [name], deadline, cancel) as channel:
            return fetch_file(channel, self.name, name, path)

    def start_agent(self, deadline: Deadline, cancel: CancelToken) -> AgentChannel:
        """Ship the agent and start it (`Board.start_agent`)."""
        extra = [] if self.lock is None else ["--lock", self.lock]
        command = agent_command(self.root, self.python, "serve", extra)
        channel = self._start(command, TALK, deadline, cancel, ends_with_input=False)
        greeted = False
        try:
            with watched(channel, "the agent", self.name, deadline, cancel):
                greet(channel, self.name)
            greeted = True
            return channel
        finally:
            if not greeted:
                channel.close()

    @contextmanager
    def _agent(
        self, mode: str, arguments: Sequence[str], deadline: Deadline, cancel: CancelToken
    ) -> Iterator[SshChannel]:
        """An agent that moves one file, over the connection for that."""
        command = agent_command(self.root, self.python, mode, arguments)
        sends = mode == "send"
        channel = self._start(command, BULK, deadline, cancel, PULL_WINDOW_BYTES if sends else None, not sends)
        with guarded(channel, f"the agent's {mode}", self.name, deadline, cancel):
            greet(channel, self.name)
            yield channel

    def _start(
        self,
        argv: Sequence[str],
        kind: str,
        deadline: Deadline,
        cancel: CancelToken,
        window_bytes: int | None = None,
        ends_with_input: bool = True,
    ) -> SshChannel:
        """Start a program; over a connection that the board closed unnoticed nothing was started: one more is made."""
        cancel.check()
        command = shlex.join(argv)
        line = self._lines.borrow(kind, deadline, cancel)
        try:
            return self._start_on(line, command, deadline, cancel, window_bytes, ends_with_input)
        except LinkLost as lost:
            if line.fresh or line.silent:
                raise
            try:
                line = self._lines.borrow(kind, deadline, cancel)
            except BoardError as error:
                raise lost from error
            return self._start_on(line, command, deadline, cancel, window_bytes, ends_with_input)

    def _start_on(
        self,
        line: Line,
        command: str,
        deadline: Deadline,
        cancel: CancelToken,
        window_bytes: int | None,
        ends_with_input: bool,
    ) -> SshChannel:
        started = False
        try:
            channel = line.open_channel(command, deadline, cancel, window_bytes)
            started = True
            return SshChannel(channel, line, self._lines.give_back, ends_with_input)
        finally:
            if not started:
                self._lines.give_back()


class _Lines:
    """The connections of one board, shared by their users; the last user's leaving ends them."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._changing = threading.Lock()
        self._opening = threading.Lock()
        self._open: dict[str, Line] = {}
        self._users = 0

    def borrow(self, kind: str, deadline: Deadline, cancel: CancelToken) -> Line:
        """A live connection of a kind; `give_back` must follow."""
        while not self._opening.acquire(timeout=_LOOK_S):
            cancel.check()
            if deadline.expired:
                hint = "Check the network and the board's SSH server."
                raise BoardError(f"{self._way.board} was not reached in time", hint)
        try:
            with self._changing:
                line = self._open.get(kind)
                self._users += 1
            if line is None or not line.alive:
                line = self._renew(kind, line, deadline, cancel)
            return line
        finally:
            self._opening.release()

    def give_back(self) -> None:
        """One user less."""
        with self._changing:
            self._users -= 1
            lines = list(self._open.values()) if self._users == 0 else []
            if lines:
                self._open.clear()
        for line in lines:
            line.close()

    def _renew(self, kind: str, old: Line | None, deadline: Deadline, cancel: CancelToken) -> Line:
        done = False
        try:
            if old is not None:
                old.close()
            if old is not None and old.silent:  # whoever else uses the board has to let go of it first
                raise LinkLost(f"the link to {self._way.board} is lost: {old.why}", "Try it again.")
            line = open_line(self._way, deadline, cancel)
            with self._changing:
                self._open[kind] = line
            done = True
            return line
        except BoardError as error:
            if isinstance(error, LinkLost) or (old is None and not self._lost()):
                raise
            text = f"the link to {self._way.board} is lost, and was not made again: {error.summary}"
            raise LinkLost(text, "Try it again.", error.detail) from error
        finally:
            if not done:
                self.give_back()

    def _lost(self) -> bool:
        """Whether a connection that was in use is dead; one that has just died is noticed a moment later."""
        with self._changing:
            lines = list(self._open.values())
        patience = Deadline(_NOTICE_S)
        while lines and all(line.alive for line in lines) and not patience.expired:
            threading.Event().wait(_LOOK_S / 10)
        return any(not line.alive for line in lines)
