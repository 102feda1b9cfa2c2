"""A program that runs on a board over SSH, and the pipes to it."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import paramiko

from targets.agent.process import Tail
from targets.ssh.line import Line
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import SlipwayError

PACKET_BYTES: Final = 32_704
"""What fits into one packet of OpenSSH; larger writes are cut again by the library, at a cost."""
END_S: Final = 3.0
"""How long a program may take to end once its input has ended."""
LAST_WORD_S: Final = 1.0
"""How long the exit code of one that is killed from here is waited for: it may have ended by itself just now."""
MAX_LINE_BYTES: Final = 64 << 10
_LOOK_S: Final = 0.25
_READ_BYTES: Final = 64 << 10
_KILL: Final = (
    "kill -s KILL -- -$1 || exit 0; i=0; "
    "while kill -s 0 -- -$1 && [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1 || sleep 1; done 2>/dev/null"
)
"""Kills a process group and waits until it is gone."""
_SIGNALLED: Final = range(129, 193)
"""Exit codes by which a shell says that a signal ended its program: 128 and the signal."""


class SshChannel:
    """A program on a board (`AgentChannel`).

    Args:
        channel: what it was started on.
        line: the connection below.
        release: called once, at the end.
        ends_with_input: whether `close` ends its input and gives it a moment, before it is killed.
    """

    def __init__(
        self, channel: paramiko.Channel, line: Line, release: Callable[[], None], ends_with_input: bool = True
    ) -> None:
        self.pid: int | None = None
        """Its process group, where it said so."""
        self._channel = channel
        self._line = line
        self._release = release
        self._grace_s = END_S if ends_with_input else 0.0
        self._killed: Deadline | None = None
        self._closed = False
        self._forget: Callable[[], None] | None = None
        channel.settimeout(_LOOK_S)
        self._reader = _ChannelReader(self)
        self._writer = _ChannelWriter(self)
        self._tail = Tail(io.BufferedReader(_Stderr(channel)))

    @property
    def reader(self) -> _ChannelReader:
        """What the program prints."""
        return self._reader

    @property
    def writer(self) -> _ChannelWriter:
        """Its input."""
        return self._writer

    def beat(self) -> None:
        """From now on send an empty line with each heartbeat, for a keeper that ends what nobody holds any more."""
        self._forget = self._line.on_beat(self._send_beat)

    def close_input(self) -> None:
        """End its input."""
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.shutdown_write()

    def kill(self) -> None:
        """Free whoever reads or writes; `close` then ends the program."""
        self._killed = self._killed or Deadline(LAST_WORD_S)

    def wait(self, timeout_s: float) -> int | None:
        """Its exit code, minus the signal where one ended it; None while it runs or where it is unknown."""
        deadline = Deadline(timeout_s)
        while not self._channel.status_event.wait(min(_LOOK_S, deadline.remaining_s or 0.0)):
            given_up = self._killed is not None and self._killed.expired
            if given_up or deadline.expired or not self._line.alive:
                break
        return self._exit_code()

    def stderr_lines(self) -> list[str]:
        """The last lines of its stderr."""
        return self._tail.lines()

    def close(self) -> None:
        """End what still runs, as far as it can be reached; let go of the connection."""
        if self._closed:
            return
        self._closed = True
        known = self.pid is not None or self._forget is not None
        if self._forget is not None:
            self._forget()
        if self._line.alive and not self._channel.status_event.is_set():
            self.close_input()
            self._channel.status_event.wait(self._grace_s if known else 0.0)
        ended = self._channel.status_event.is_set()
        with suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()
        if not ended and self._line.alive and self.pid is not None:
            self._kill_there(self.pid)
        self._tail.lines(END_S)
        self._release()

    def receive(self, size: int) -> bytes:
        """At least one byte of its output, nothing at its end.

        Raises:
            ConnectionError: the connection died, or somebody killed this.
        """
        while True:
            self._check()
            try:
                data = self._channel.recv(size)
            except TimeoutError:
                continue
            if not data and not self._ended_there():
                raise ConnectionResetError(self._line.why)
            return data

    def send(self, data: bytes) -> int:
        """Send some of it; returns how much.

        Raises:
            BrokenPipeError: the program ended.
            ConnectionError: the connection died, or somebody killed this.
        """
        while True:
            self._check()
            try:
                sent = self._channel.send(data)
            except TimeoutError:
                continue
            except (OSError, EOFError, paramiko.SSHException) as error:
                raise self._broken() from error
            if sent == 0:
                raise self._broken()
            return sent

    def _broken(self) -> ConnectionError:
        return BrokenPipeError("the program ended") if self._ended_there() else ConnectionResetError(self._line.why)

    def _ended_there(self) -> bool:
        """Whether the board said that the program's output has ended; a dead connection says nothing."""
        return bool(self._channel.eof_received) or self._exit_code() is not None

    def _exit_code(self) -> int | None:
        code = self._channel.exit_status
        if not self._channel.status_event.is_set() or code < 0:
            return None
        return 128 - code if code in _SIGNALLED else code

    def _check(self) -> None:
        if self._killed is not None:
            raise ConnectionAbortedError("it was ended from here")

    def _send_beat(self) -> None:
        with suppress(TimeoutError):
            self._channel.send(b"\n")

    def _kill_there(self, pid: int) -> None:
        """End a program that does not end by itself, by a command of its own."""
        with suppress(SlipwayError, OSError, EOFError, paramiko.SSHException):
            killer = self._line.open_channel(f"sh -c '{_KILL}' sh {pid}", Deadline(END_S), CancelToken())
            killer.status_event.wait(END_S)
            killer.close()


class _ChannelReader:
    """The output of a program (`Reader`)."""

    def __init__(self, channel: SshChannel) -> None:
        self._channel = channel
        self._ahead = b""

    def read1(self, size: int, /) -> bytes:
        """At least one byte and at most `size`; nothing at the end."""
        if not self._ahead:
            if size >= _READ_BYTES:
                return self._channel.receive(size)
            self._ahead = self._channel.receive(_READ_BYTES)
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def read_line(self) -> bytes:
        """A line without its end, or what came before the end of the output; bounded."""
        line = b""
        while len(line) < MAX_LINE_BYTES:
            if not self._ahead:
                self._ahead = self._channel.receive(_READ_BYTES)
            if not self._ahead:
                break
            head, end, self._ahead = self._ahead.partition(b"\n")
            line += head + end
            if end:
                break
        return line


class _ChannelWriter:
    """The input of a program (`Writer`); small writes go out together."""

    def __init__(self, channel: SshChannel) -> None:
        self._channel = channel
        self._kept = bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        """Take all of it; blocks while the link is full."""
        if len(self._kept) + len(data) < PACKET_BYTES:
            self._kept += data
        else:
            self.flush()
            self._send(data)
        return len(data)

    def flush(self) -> None:
        """Send what was kept back."""
        kept, self._kept = bytes(self._kept), bytearray()
        self._send(kept)

    def _send(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[self._channel.send(bytes(view[:PACKET_BYTES])) :]


class _Stderr(io.RawIOBase):
    """The stderr of a program as a raw stream."""

    def __init__(self, channel: paramiko.Channel) -> None:
        super().__init__()
        self._channel = channel

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for bytes; 0 at the end."""
        while True:
            try:
                data = self._channel.recv_stderr(len(buffer))
            except TimeoutError:
                continue
            buffer[: len(data)] = data
            return len(data)
