"""Follows a job at the terminal: shows it, asks its questions, stops it on Ctrl-C."""

from __future__ import annotations

import queue
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from workbench.base.errors import UsageError
from workbench.base.events import Event, JobEnded, Question
from workbench.command.console import Console
from workbench.command.plain import printable
from workbench.command.views import View, view_for
from workbench.jobs.handle import WAKE_S, JobHandle

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Interrupt:
    """Somebody pressed Ctrl-C, or sent SIGTERM."""


def follow(handle: JobHandle, console: Console, view: View | None = None) -> JobEnded:
    """Show a job until its end; belongs to the main thread.

    The first Ctrl-C stops the job cleanly, the second at once.
    """
    arrived: queue.SimpleQueue[Event | Interrupt] = queue.SimpleQueue()
    view = view or view_for(console)
    follower = _Follower(handle, view)
    forget = handle.subscribe(arrived.put)
    try:
        with _signals(arrived, follower), view.open():
            while (ended := follower.take(_next(arrived))) is None:
                pass
            return ended
    finally:
        forget()


class _Follower:
    def __init__(self, handle: JobHandle, view: View) -> None:
        self._handle = handle
        self._view = view
        self._interrupts = 0
        self.asking = False
        """While somebody types, only an exception gets the terminal back."""

    def take(self, item: Event | Interrupt) -> JobEnded | None:
        """Deal with one item; the job's end is returned."""
        if isinstance(item, Interrupt):
            self._interrupt()
            return None
        self._view.show(item)
        if isinstance(item, Question):
            self._ask(item)
        return item if isinstance(item, JobEnded) else None

    def _interrupt(self) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            self._view.note("Stopping cleanly. Ctrl-C again stops at once.")
        elif self._interrupts == 2:
            self._view.note("Stopping at once.")
        self._handle.cancel()

    def _ask(self, question: Question) -> None:
        self.asking = True
        try:
            with self._view.pause():
                while not self._answered(question):
                    pass
        except (KeyboardInterrupt, EOFError):
            self._interrupt()
        finally:
            self.asking = False

    def _answered(self, question: Question) -> bool:
        """Ask once; False where the answer was none of those allowed."""
        value = read_answer(question)
        if self._handle.ended is not None:
            return True
        try:
            self._handle.answer(question.question_id, value)
        except UsageError as error:
            self._view.note(f"{error.summary}. {error.hint}")
            return False
        return True


def read_answer(question: Question) -> str:
    """Ask at the terminal, on stderr.

    Raises:
        EOFError: the input has ended.
    """
    text = printable(question.text)
    if question.kind == "secret":
        import getpass

        return getpass.getpass(f"{text}: ", stream=sys.stderr)
    allowed = "yes/no" if question.kind == "confirm" else "/".join(question.choices)
    sys.stderr.write(f"{text} [{printable(allowed)}] " if allowed else f"{text} ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return _complete(line.strip(), ("yes", "no") if question.kind == "confirm" else question.choices)


def _complete(typed: str, choices: tuple[str, ...]) -> str:
    """What was meant: `y` is `yes` where only one choice begins so."""
    begun = [choice for choice in choices if typed and choice.lower().startswith(typed.lower())]
    return begun[0] if len(begun) == 1 and typed not in choices else typed


def _next(arrived: queue.SimpleQueue[Event | Interrupt]) -> Event | Interrupt:
    while True:
        try:
            return arrived.get(timeout=WAKE_S)
        except queue.Empty:
            continue


@contextmanager
def _signals(arrived: queue.SimpleQueue[Event | Interrupt], follower: _Follower) -> Iterator[None]:
    """Turn signals into items of the queue: a handler may come anywhere, and must take no lock."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if follower.asking:
            raise KeyboardInterrupt
        arrived.put(Interrupt())

    before = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
