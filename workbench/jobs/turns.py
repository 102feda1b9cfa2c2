"""Who may work now: one job a board at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from workbench.base.cancel import CancelToken


@dataclass(frozen=True, eq=False)
class _Ticket:
    board: str | None


class Turns:
    """Jobs of one board follow each other; jobs of different boards, and those of none, work side by side."""

    def __init__(self, slots: int | None = None) -> None:
        self._slots = slots
        self._changed = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._working: list[_Ticket] = []

    @contextmanager
    def turn(self, board: str | None, cancel: CancelToken) -> Iterator[None]:
        """Wait for a turn and hold it.

        Raises:
            Cancelled: the job was stopped while it waited.
        """
        ticket = _Ticket(board)
        self._wait(ticket, cancel)
        try:
            yield
        finally:
            with self._changed:
                self._working.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: _Ticket, cancel: CancelToken) -> None:
        forget = cancel.on_request(self._wake)
        try:
            with self._changed:
                self._waiting.append(ticket)
                try:
                    self._changed.wait_for(lambda: cancel.cancelled or self._may_work(ticket))
                    cancel.check()
                    self._working.append(ticket)
                finally:
                    self._waiting.remove(ticket)
                    self._changed.notify_all()
        finally:
            forget()

    def _may_work(self, ticket: _Ticket) -> bool:
        if self._slots is not None and len(self._working) >= self._slots:
            return False
        if ticket.board is None:
            return True
        ahead = self._waiting[: self._waiting.index(ticket)]
        return all(other.board != ticket.board for other in (*self._working, *ahead))

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
