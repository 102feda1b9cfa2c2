"""The agent's end of the link: reads requests, answers heartbeats at once, runs each request in a thread of its own."""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Sequence

from . import schema
from .protocol import (
    E_CANCELLED,
    E_INTERNAL,
    E_USAGE,
    PROTOCOL,
    CommandError,
    Message,
    ProtocolError,
    read_message,
    write_message,
)
from .silence import Silence

MAX_RUNNING = 64
_LOOK_S = 0.25


class Heard:
    """A stream that tells how long nothing came; hands out what is there instead of waiting for all of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._silence = Silence()

    def read(self, size: int) -> bytes:
        """At least one byte and at most `size`; nothing at the end of the stream."""
        data: bytes = self._stream.read1(size)
        self._silence.end()
        return data

    def touch(self) -> None:
        """Count from now on: it was we who did not read."""
        self._silence.end()

    def look(self) -> float:
        """Seconds without a byte; for one thread that looks at least every second."""
        return self._silence.look()


class Request:
    """One request while it runs: its arguments, its events, and whether somebody asked to stop it."""

    def __init__(self, number: int, command: str, arguments: Dict[str, Any], send: Callable[..., None]) -> None:
        self.number = number
        self.command = command
        self.arguments = arguments
        self._send = send
        self._changing = threading.Lock()
        self._cancelled = threading.Event()
        self._callbacks: List[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop it."""
        return self._cancelled.is_set()

    def event(self, name: str, data: Dict[str, Any], attachments: Sequence[Any] = ()) -> None:
        """Tell the other side something before the reply."""
        self._send({"event": name, "of": self.number, "data": data}, attachments)

    def check(self) -> None:
        """Raise CommandError E_CANCELLED if somebody asked to stop."""
        if self.cancelled:
            raise CommandError(E_CANCELLED, "%s was cancelled" % self.command)

    def wait(self, timeout_s: float) -> bool:
        """Wait; True as soon as somebody asked to stop."""
        return self._cancelled.wait(timeout_s)

    def on_cancel(self, act: Callable[[], None]) -> None:
        """Call `act`, which must not block, when somebody asks to stop; at once if somebody did."""
        with self._changing:
            self._callbacks.append(act)
            asked = self.cancelled
        if asked:
            act()

    def cancel(self) -> None:
        """Ask it to stop."""
        with self._changing:
            self._cancelled.set()
            callbacks = list(self._callbacks)
        for act in callbacks:
            act()


class Session:
    """One conversation over one pair of streams.

    Args:
        reader: requests come from here; a buffered stream.
        writer: replies and events go here; one lock keeps frames whole.
        dispatch: runs a request and returns the value of its reply, or raises CommandError.
    """

    def __init__(self, reader: BinaryIO, writer: BinaryIO, dispatch: Callable[[Request], Dict[str, Any]]) -> None:
        self._heard = Heard(reader)
        self._writer = writer
        self._writing = threading.Lock()
        self._dispatch = dispatch
        self._running: Dict[int, Request] = {}
        self._changing = threading.Lock()
        self._pings: "queue.SimpleQueue[Optional[int]]" = queue.SimpleQueue()
        self._greeted = False
        self._ended = threading.Event()
        self._told_to_end = False

    def serve(self, hello: Dict[str, Any], silence_s: float) -> str:
        """Talk until the other side is gone; returns why it ended, in words. The caller then ends the process."""
        reason: List[str] = []
        self._send({"hello": dict(hello, protocol=PROTOCOL)})
        threading.Thread(target=self._answer_pings, name="pongs", daemon=True).start()
        threading.Thread(target=self._read_all, args=(reason,), name="reader", daemon=True).start()
        while not self._ended.wait(min(_LOOK_S, silence_s / 4)) and not self._told_to_end:
            if self._heard.look() > silence_s:
                reason.append("nothing was heard for %g s" % silence_s)
                break
        self._cancel_all()
        self._pings.put(None)
        return reason[0] if reason else "the other side closed the link"

    def wait_idle(self, limit_s: float) -> None:
        """Wait until all requests have cleaned up after themselves; one that hangs on a dead link never has."""
        end_s = time.monotonic() + limit_s
        while self._running and time.monotonic() < end_s:
            time.sleep(0.01)

    def end(self) -> None:
        """Make `serve` return soon; takes no lock, so that a signal handler may call it."""
        self._told_to_end = True

    def _read_all(self, reason: List[str]) -> None:
        try:
            while not self._ended.is_set():
                message = read_message(self._heard)  # type: ignore[arg-type]
                if message is None:
                    break
                self._take(message)
        except (ProtocolError, OSError, ValueError) as error:
            reason.append("the link broke: %s" % error)
        self._ended.set()

    def _take(self, message: Message) -> None:
        header = message.header
        if type(header.get("ping")) is int:
            self._pings.put(header["ping"])
        elif "hello" in header:
            self._greet(header["hello"])
        else:
            self._begin(header)

    def _greet(self, hello: Any) -> None:
        theirs = hello.get("protocol") if isinstance(hello, dict) else None
        if theirs != PROTOCOL:
            text = "this agent speaks protocol %d, the desktop %r" % (PROTOCOL, theirs)
            self._send({"id": None, "error": CommandError(E_USAGE, text).to_json()})
            self._ended.set()
        self._greeted = True

    def _begin(self, header: Dict[str, Any]) -> None:
        number = header.get("id")
        if type(number) is not int:
            raise ProtocolError("a message that is neither ping, hello nor request: %s" % sorted(header)[:5])
        try:
            request = self._accept(number, header.get("do"), header.get("args", {}))
        except CommandError as error:
            self._send({"id": number, "error": error.to_json()})
            return
        if request.command == "cancel":
            self._send({"id": number, "ok": {"running": self._cancel(request.arguments["of"])}})
            return
        threading.Thread(target=self._run, args=(request,), name=request.command, daemon=True).start()

    def _accept(self, number: int, command: Any, arguments: Any) -> Request:
        if not self._greeted:
            raise CommandError(E_USAGE, "a request before the handshake")
        schema.check(command, arguments)
        request = Request(number, command, arguments, self._send)
        with self._changing:
            if number in self._running:
                raise CommandError(E_USAGE, "request %d is still running" % number)
            if len(self._running) >= MAX_RUNNING and command != "cancel":
                raise CommandError(E_USAGE, "%d requests are running; no more are taken" % MAX_RUNNING)
            if command != "cancel":
                self._running[number] = request
        return request

    def _run(self, request: Request) -> None:
        try:
            self._conclude(request, {"ok": self._dispatch(request)})
        except CommandError as error:
            self._conclude(request, {"error": error.to_json()})
        except Exception as error:  # boundary: a request's thread; a defect becomes its error
            text = "%s failed inside the agent: %s: %s" % (request.command, type(error).__name__, error)
            self._conclude(request, {"error": CommandError(E_INTERNAL, text, detail=traceback.format_exc()).to_json()})

    def _conclude(self, request: Request, reply: Dict[str, Any]) -> None:
        with self._changing:
            self._running.pop(request.number, None)
        self._send(dict(reply, id=request.number))

    def _cancel(self, number: int) -> bool:
        with self._changing:
            request = self._running.get(number)
        if request is not None:
            request.cancel()
        return request is not None

    def _cancel_all(self) -> None:
        with self._changing:
            running = list(self._running.values())
        for request in running:
            request.cancel()

    def _answer_pings(self) -> None:
        while True:
            number = self._pings.get()
            if number is None:
                return
            self._send({"pong": number, "mono_ns": time.monotonic_ns(), "wall_s": time.time()})

    def _send(self, header: Dict[str, Any], attachments: Sequence[Any] = ()) -> None:
        try:
            with self._writing:
                write_message(self._writer, header, attachments)
        except OSError as error:
            if not self._ended.is_set():
                self._complain(error)
            self._ended.set()

    def _complain(self, error: Optional[OSError]) -> None:
        sys.stderr.write("the link cannot be written: %s\n" % error)
