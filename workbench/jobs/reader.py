"""Where queries are answered: beside the thread that asks, in a process of its own for the window."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from workbench.base.errors import SlipwayError
from workbench.jobs.reader_process import Asked, Told, answer, serve

if TYPE_CHECKING:
    from workbench.session import Session

T = TypeVar("T")
EXIT_TIMEOUT_S = 5.0


class Reader(Protocol):
    """Answers queries, away from the thread that asks."""

    def ask(self, query: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> Future[T]:
        """Call `query(session, *arguments, **named)`; a SlipwayError of it is the future's exception."""

    def close(self) -> None:
        """Let go of threads and processes; what is still open fails."""


class ThreadReader:
    """Answers in one thread of this process, with the session that asks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="slipway-reader")
        self._closed = False

    def ask(self, query: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> Future[T]:
        """Call the query in the thread."""
        if self._closed:
            raise SlipwayError("this session is closed")
        return self._pool.submit(answer, query, self._session, arguments, named)

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)


class ProcessReader:
    """Answers in a process of its own, so that parsing and decoding never make the window late.

    A process that dies fails what it was asked, and is started anew by the next question.
    """

    def __init__(self, home: Path, preload: tuple[str, ...] = ()) -> None:
        """Start nothing yet.

        Args:
            home: where the state of the user lies.
            preload: modules that the process imports before it is asked.
        """
        self._home = home
        self._preload = preload
        self._lock = threading.Lock()
        self._peer: _Peer | None = None
        self._closed = False

    def warm_up(self) -> None:
        """Start the process ahead of the first question."""
        with self._lock:
            self._living_peer()

    def ask(self, query: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> Future[T]:
        """Send the query; it, its arguments and its answer can be pickled."""
        with self._lock:
            return self._living_peer().ask(query, arguments, named)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()

    def _living_peer(self) -> _Peer:
        if self._closed:
            raise SlipwayError("this session is closed")
        if self._peer is not None and not self._peer.alive:
            self._peer.close()
            self._peer = None
        if self._peer is None:
            self._peer = _Peer(self._home, self._preload)
        return self._peer


class _Peer:
    """One process with the thread that takes its answers."""

    def __init__(self, home: Path, preload: tuple[str, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, home, preload), name="slipway reader", daemon=True)
        self._process.start()
        theirs.close()
        self._numbers = itertools.count()
        self._open: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._take, name="slipway-reader", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the process answers."""
        return not self._ended and self._process.is_alive()

    def ask(self, query: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        number = next(self._numbers)
        with self._lock:
            self._open[number] = future
        try:
            self._connection.send(Asked(number, query, arguments, named))
        except OSError:
            self._fail_all()
        return future

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(None)
        self._process.join(EXIT_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join()
        self._connection.close()
        self._process.close()

    def _take(self) -> None:
        """Hand answers to those who wait, until the process is gone."""
        while True:
            try:
                told = self._connection.recv()
            except (EOFError, OSError):
                break
            self._settle(told)
        self._ended = True
        self._fail_all()

    def _settle(self, told: Told) -> None:
        with self._lock:
            future = self._open.pop(told.number)
        if told.error is None:
            future.set_result(told.value)
        else:
            error = told.error
            future.set_exception(SlipwayError(error.summary, error.hint, error.detail, error.fault))

    def _fail_all(self) -> None:
        with self._lock:
            left, self._open = self._open, {}
        for future in left.values():
            future.set_exception(SlipwayError("the process that reads for the window ended", "Try again."))
