"""One conversation with an agent: requests, events, heartbeats, and a ladder that ends what does not end by itself."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from targets.agent import protocol, schema
from targets.agent.process import describe_exit
from targets.agent.protocol import CommandError, Message, ProtocolError, read_message, write_message
from targets.agent.session import Heard
from targets.board import AgentChannel, NoAgent
from targets.inbox import Inbox
from targets.replies import as_error
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost, SlipwayError

SILENCE_S: Final = 8.0
"""A board from which no byte came for so long is lost."""
CANCEL_S: Final = 10.0
"""How long a cancelled request may take to end before the link is closed."""
CLOSE_S: Final = 15.0
"""How long an agent may take to end its processes when it is told to go."""
BY_HAND: Final = "What it was doing may still go on there: check the board by hand, then try again."
CLOCK_PONGS: Final = 60
"""Two minutes of heartbeats: clocks drift apart by seconds a day, so that the quickest one ever would mislead."""
_LOOK_S: Final = 0.1
_WATCH_S: Final = 0.5
_FIRST_PINGS_S: Final = (0.0, 0.05, 0.05, 0.05)

OnEvent = Callable[[str, dict[str, Any], tuple[bytes, ...]], None]
"""Called with the name, the data and the attachments of an event."""


@dataclass(frozen=True)
class ClockOffset:
    """How the board's monotonic clock stands to ours: board minus ours, from the quickest of the last heartbeats."""

    offset_ns: int
    round_trip_ns: int


@dataclass
class _Call:
    """One request on its way."""

    number: int
    command: str
    answers: Inbox
    open: bool = True
    """Whether its reply may still come."""


class Link:
    """Requests, events and heartbeats over one agent channel.

    Any thread may call; the events of a request are handed out in the thread that called. Three threads belong to it
    (reader, heart, watch), all gone after `close`.

    Args:
        channel: the agent; the link closes it.
        board: the board's name, for errors.
        silence_s: after so long without a byte the board is lost.
    """

    def __init__(self, channel: AgentChannel, board: str, silence_s: float = SILENCE_S) -> None:
        self._channel = channel
        self._board = board
        self._silence_s = silence_s
        self._heard = Heard(channel.reader)
        self._numbers = itertools.count(1)
        self._writing = threading.Lock()
        self._changing = threading.Lock()
        self._calls: dict[int, _Call] = {}
        self._pings: dict[int, int] = {}
        self._pongs: deque[ClockOffset] = deque(maxlen=CLOCK_PONGS)
        self._clock: ClockOffset | None = None
        self._closing = threading.Event()
        self._lost: str | None = None
        self._cut = False
        """Whether the link is at fault, and not what came over it."""
        self._hello: queue.Queue[dict[str, Any]] = queue.Queue(1)
        self._threads = [
            threading.Thread(target=act, name=f"{name}-{board}", daemon=True)
            for name, act in (("reader", self._read_all), ("heart", self._beat), ("watch", self._watch))
        ]

    @property
    def clock(self) -> ClockOffset | None:
        """The best estimate of the clocks' offset; None before the first heartbeat came back."""
        return self._clock

    def open(self, deadline: Deadline, cancel: CancelToken) -> dict[str, Any]:
        """Shake hands; returns the agent's hello.

        Raises:
            BoardError: it does not start, or speaks another version of the protocol, or none.
            LinkLost: it said nothing in time, or the link was cut.
        """
        for thread in self._threads:
            thread.start()
        while True:
            cancel.check()
            with suppress(queue.Empty):
                hello = self._hello.get(timeout=_LOOK_S)
                break
            if self._lost is not None:  # looked at first: by then it is decided whether the link was cut
                if self._cut:
                    self._raise_if_lost("the agent had not said hello yet")
                hint = "Check the board's `python` key: Python 3.8 or newer; and that its login shell prints nothing."
                raise NoAgent(f"the agent on {self._board} did not start: {self._lost}", hint, self._evidence())
            if deadline.expired:
                text = f"{self._board}: the agent did not say hello in time"
                raise LinkLost(text, "Try it again; if it stays so, look what keeps the board busy.", self._evidence())
        theirs = hello.get("protocol")
        if theirs != protocol.PROTOCOL:
            text = f"the agent on {self._board} speaks protocol {theirs!r}, this Slipway {protocol.PROTOCOL}"
            raise BoardError(text, "Use the same version of Slipway on both sides; it ships its own agent by itself.")
        self._write({"hello": {"protocol": protocol.PROTOCOL}})
        return hello

    def call(
        self,
        command: str,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        cancel: CancelToken,
        on_event: OnEvent | None = None,
    ) -> dict[str, Any]:
        """Run one command to its reply.

        Args:
            command: its name (`targets/agent/schema.py`).
            arguments: its arguments.
            deadline: until when it must have replied; then the ladder begins.
            cancel: stops it by the ladder: ask the agent, after 10 s close the link and kill the agent, then LinkLost.
                A second request goes to its end at once.
            on_event: called in this thread; what it raises ends the request.

        Raises:
            Refused: the agent answered with an error.
            Cancelled: it was stopped.
            BoardError: it took longer than it may, and was stopped.
            LinkLost: the link went first; the outcome is unknown.
        """
        try:
            schema.check(command, dict(arguments))
        except CommandError as error:
            raise as_error(error, self._board) from error
        cancel.check()
        self._raise_if_lost(f"{command} was not sent")
        call = _Call(next(self._numbers), command, Inbox())
        with self._changing:
            self._calls[call.number] = call
        try:
            self._write({"id": call.number, "do": command, "args": dict(arguments)})
            return self._wait(call, deadline, cancel, on_event)
        finally:
            with self._changing:
                del self._calls[call.number]
            if call.open and self._lost is None:
                self._ask_to_stop(call)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """End the conversation and the agent: close its input, wait, kill. Leaves no thread behind.

        Calls that are under way in other threads end with LinkLost.
        """
        self._closing.set()
        if self._lost is None and self._writing.acquire(timeout=1.0):
            self._channel.close_input()
            self._writing.release()
            self._channel.wait(timeout_s)
        self._channel.kill()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._channel.close()

    def _wait(self, call: _Call, deadline: Deadline, cancel: CancelToken, on_event: OnEvent | None) -> dict[str, Any]:
        patience: Deadline | None = None
        while True:
            if patience is None and (cancel.cancelled or deadline.expired):
                self._ask_to_stop(call)
                patience = Deadline(CANCEL_S)
            elif patience is not None and (patience.expired or cancel.urgent):
                self._give_up(call, cancel)
            message = call.answers.get(_LOOK_S)
            if message is None:
                self._raise_if_lost(f"{call.command} was under way")
                continue
            header = message.header
            if "event" not in header:
                return self._conclude(call, header, late=patience is not None and not cancel.cancelled)
            if on_event is not None:
                data = header.get("data")
                on_event(str(header["event"]), data if isinstance(data, dict) else {}, message.attachments)

    def _conclude(self, call: _Call, header: dict[str, Any], late: bool) -> dict[str, Any]:
        call.open = False
        if "error" not in header:
            value = header.get("ok")
            return value if isinstance(value, dict) else {}
        error = as_error(CommandError.from_json(header["error"]), self._board)
        if late and isinstance(error, Cancelled):
            text = f"{call.command} on {self._board} took longer than it may and was stopped"
            raise BoardError(text, "Try it again; if it stays so, look what keeps the board busy.") from error
        raise error

    def _ask_to_stop(self, call: _Call) -> None:
        with suppress(SlipwayError):
            self._write({"id": next(self._numbers), "do": "cancel", "args": {"of": call.number}})

    def _give_up(self, call: _Call, cancel: CancelToken) -> None:
        self._lose(f"{call.command} did not stop when it was asked to")
        if cancel.urgent:
            raise Cancelled(f"{call.command} on {self._board} was stopped at once", BY_HAND)
        self._raise_if_lost(f"{call.command} was under way")

    def _write(self, header: dict[str, Any]) -> None:
        try:
            with self._writing:
                write_message(self._channel.writer, header)  # type: ignore[arg-type]
        except ProtocolError as error:
            raise BoardError(f"a message to {self._board} cannot be sent: {error}") from error
        except (OSError, ValueError) as error:
            self._lose(f"it cannot be written: {error}")
            self._raise_if_lost("a message was under way")

    def _read_all(self) -> None:
        try:
            while (message := read_message(self._heard)) is not None:  # type: ignore[arg-type]
                self._take(message)
            self._cut = self._channel.wait(1.0) is None  # a program that is not killed says how it ended
            self._lose("the agent ended")
        except ProtocolError as error:
            self._lose(f"the agent's words cannot be read: {error}")
        except (OSError, ValueError) as error:
            self._cut = True
            self._lose(f"it cannot be read: {error}")

    def _take(self, message: Message) -> None:
        header = message.header
        if "pong" in header:
            self._note_pong(header)
        elif "hello" in header:
            with suppress(queue.Full):  # its first word alone counts
                self._hello.put_nowait(header["hello"] if isinstance(header["hello"], dict) else {})
        elif "error" in header and header.get("id") is None:
            self._lose(CommandError.from_json(header["error"]).summary)
        else:
            number = header.get("of") if "event" in header else header.get("id")
            with self._changing:
                call = self._calls.get(number) if isinstance(number, int) else None
            if call is not None:
                self._deliver(call, message)

    def _deliver(self, call: _Call, message: Message) -> None:
        """Hand a message over; where its thread is slow the reader waits, and the board with it."""
        while call.number in self._calls and not self._closing.is_set():
            if call.answers.put(message, _LOOK_S):
                return
            self._heard.touch()

    def _note_pong(self, header: dict[str, Any]) -> None:
        now_ns = time.monotonic_ns()
        number, mono_ns = header["pong"], header.get("mono_ns")
        sent_ns = self._pings.pop(number, None) if isinstance(number, int) else None
        if sent_ns is None or not isinstance(mono_ns, int):
            return
        round_trip_ns = now_ns - sent_ns
        self._pongs.append(ClockOffset(mono_ns - (sent_ns + round_trip_ns // 2), round_trip_ns))
        self._clock = min(self._pongs, key=lambda pong: pong.round_trip_ns)

    def _beat(self) -> None:
        """Send heartbeats; apart from the watch, because a send blocks on a full link."""
        delays_s = itertools.chain(_FIRST_PINGS_S, itertools.repeat(protocol.HEARTBEAT_S))
        for number, delay_s in enumerate(delays_s):
            if self._closing.wait(delay_s) or self._lost is not None:
                return
            self._pings.pop(number - 10, None)
            self._pings[number] = time.monotonic_ns()
            with suppress(SlipwayError):
                self._write({"ping": number})

    def _watch(self) -> None:
        while not self._closing.wait(_WATCH_S) and self._lost is None:
            if self._heard.look() > self._silence_s:
                self._cut = True
                self._lose(f"nothing was heard for {self._silence_s:g} s")

    def _lose(self, reason: str) -> None:
        if self._lost is None:
            self._lost = "it was closed" if self._closing.is_set() else reason
            if not self._closing.is_set():
                self._channel.kill()

    def _raise_if_lost(self, what: str) -> None:
        if self._lost is not None:
            raise LinkLost(f"the link to {self._board} is lost ({self._lost}); {what}", BY_HAND, self._evidence())

    def _evidence(self) -> str:
        code = self._channel.wait(1.0)
        state = "the agent's end is unknown" if code is None else f"the agent ended with {describe_exit(code)}"
        return "\n".join([state, *self._channel.stderr_lines()])
