"""A TCP connection to a host, with the timers that notice a dead one, and an ear for what comes over it."""

from __future__ import annotations

import os
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, Protocol

from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

CONNECT_S: Final = 8.0
"""How long one address may take."""
_QUICK_READS: Final = 100
"""So often, until well after the login, what came is acknowledged at once."""
_LOOK_S: Final = 0.1
_TIMERS: Final = (("TCP_KEEPIDLE", 3), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 2), ("TCP_USER_TIMEOUT", 8000))
"""Seconds, tries, and milliseconds that sent bytes may stay without an answer; not every system has them all."""


class Stream(Protocol):
    """What a transport of SSH is laid over: a socket, or a channel through another machine."""

    def send(self, data: Any, /) -> int: ...

    def recv(self, size: int, /) -> bytes: ...

    def settimeout(self, timeout_s: float | None, /) -> None: ...

    def close(self) -> None: ...


class HeardStream:
    """A stream that calls `heard` whenever bytes came."""

    def __init__(self, stream: Stream, heard: Callable[[], None]) -> None:
        self._stream = stream
        self._heard = heard
        self._closed = False
        self._quick = _QUICK_READS if isinstance(stream, socket.socket) and hasattr(socket, "TCP_QUICKACK") else 0

    def send(self, data: Any) -> int:
        """As of a socket."""
        return self._stream.send(data)

    def recv(self, size: int) -> bytes:
        """As of a socket."""
        data = self._stream.recv(size)
        if self._quick:
            self._quick -= 1
            acknowledge(self._stream)
        if data:
            self._heard()
        return data

    def settimeout(self, timeout_s: float | None) -> None:
        """As of a socket."""
        self._stream.settimeout(timeout_s)

    def close(self) -> None:
        """As of a socket; a channel through a machine that is gone cannot say goodbye."""
        self._closed = True
        with suppress(OSError, EOFError):
            self._stream.close()


def acknowledge(stream: Any) -> None:
    """Say at once that bytes came: a server that still waits for that holds its next words back, for 40 ms."""
    with suppress(OSError):
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def dial(host: str, port: int, deadline: Deadline, cancel: CancelToken) -> socket.socket:
    """Connect to a host, by whichever of its addresses answers first in order.

    Raises:
        BoardError: the name is not known, or no address answers in time.
        Cancelled: somebody stopped it.
    """
    refusals = []
    for family, address in _addresses(host, port, deadline, cancel):
        try:
            return _connect(family, address, deadline, cancel)
        except OSError as error:
            refusals.append(f"{address[0]}: {error.strerror or error}")
    detail = "\n".join(refusals)
    reason = refusals[0].partition(": ")[2] if refusals else "it has no address"
    hint = "Check that it is switched on, on this network, and that its SSH server listens on this port."
    raise BoardError(f"{host}, port {port}, cannot be reached: {reason}", hint, detail)


def tune(sock: socket.socket) -> None:
    """Send at once, and notice a dead peer soon."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _TIMERS:
        if hasattr(socket, name):
            with suppress(OSError):  # a system may know the name and not the option; the heartbeat is the rule
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _addresses(host: str, port: int, deadline: Deadline, cancel: CancelToken) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Look a name up in a thread that may be left to itself: nothing stops a resolver."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, found), name=f"resolve-{host}", daemon=True).start()
    while True:
        cancel.check()
        try:
            answer = found.get(timeout=_LOOK_S)
            break
        except queue.Empty:
            if deadline.expired:
                raise BoardError(f"the name {host} is not resolved in time", "Check the network's DNS.") from None
    if isinstance(answer, OSError):
        hint = "Check the name, or give the board's address."
        raise BoardError(f"the name {host} is not known: {answer.strerror or answer}", hint) from answer
    for family, _, _, _, address in answer:
        yield family, address


def _resolve(host: str, port: int, found: queue.SimpleQueue[list[Any] | OSError]) -> None:
    try:
        found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except OSError as error:
        found.put(error)
    except UnicodeError:
        found.put(OSError(f"{host} is no name of a host"))


def _connect(family: int, address: tuple[Any, ...], deadline: Deadline, cancel: CancelToken) -> socket.socket:
    """A socket that is connected; a kernel without IPv6 has none of that family."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    connected = False
    try:
        _await_peer(sock, address, deadline, cancel)
        tune(sock)
        connected = True
        return sock
    finally:
        if not connected:
            sock.close()


def _await_peer(sock: socket.socket, address: tuple[Any, ...], deadline: Deadline, cancel: CancelToken) -> None:
    sock.setblocking(False)
    with suppress(BlockingIOError):
        sock.connect(address)
    patience = Deadline(CONNECT_S)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while not selector.select(_LOOK_S):
            cancel.check()
            if patience.expired or deadline.expired:
                raise TimeoutError(f"no answer within {CONNECT_S:g} s")
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise OSError(number, os.strerror(number))
