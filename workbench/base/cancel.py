"""Cancelling work and bounding it in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from workbench.base.errors import Cancelled


class CancelToken:
    """A request to stop that work asks about; any thread may use it.

    The first request asks the work to end cleanly, a second one to end at once.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._requests = 0
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    @property
    def urgent(self) -> bool:
        """Whether somebody asked twice."""
        return self._requests > 1

    def request(self) -> None:
        """Ask the work to stop; the callbacks run once for each request, in the caller's thread."""
        with self._lock:
            self._requests += 1
            callbacks = tuple(self._callbacks)
        self._event.set()
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise Cancelled if somebody asked to stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, timeout_s: float) -> bool:
        """Wait; True as soon as somebody asked to stop."""
        return self._event.wait(timeout_s)

    def on_request(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at each request from now on; the returned function takes it off again."""
        with self._lock:
            self._callbacks.append(callback)
        return lambda: self._forget(callback)

    def pass_to(self, other: CancelToken) -> Callable[[], None]:
        """Ask the other to stop when this one is asked, or at once where it was; the returned function ends that."""
        forget = self.on_request(other.request)
        if self.cancelled and not other.cancelled:
            other.request()
        return forget

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


class Deadline:
    """A moment on the monotonic clock by which something must have happened; None is never."""

    def __init__(self, seconds: float | None) -> None:
        self._end_s = None if seconds is None else time.monotonic() + seconds

    @property
    def remaining_s(self) -> float | None:
        """Seconds left, never below zero; None without an end."""
        return None if self._end_s is None else max(0.0, self._end_s - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Put it off: somebody was waited for who is no part of the work, a person who types."""
        if self._end_s is not None:
            self._end_s += seconds

    @property
    def expired(self) -> bool:
        """Whether the moment has passed."""
        return self._end_s is not None and time.monotonic() >= self._end_s
