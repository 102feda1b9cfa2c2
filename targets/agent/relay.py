"""The agent's end of the line to a run that plays live: hands on what it tells, and tells it what a desktop says.

The run is read at all times, so that it never waits for a desktop; what a desktop is too slow for is left out, pictures
first.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Tuple

from .live_plan import check_message
from .process import Child
from .protocol import E_MISSING, CommandError, Message, ProtocolError, read_message, write_message
from .session import Request

MAX_WAITING = 2000
MAX_WAITING_BYTES = 32 << 20
WAIT_S = 0.25


class Relay:
    """One run that plays live. Any thread may call any method."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._changed = threading.Condition()
        self._waiting: Deque[Message] = deque()
        self._waiting_bytes = 0
        self._left_out = 0
        self._ended = False
        self._telling = threading.Lock()
        threading.Thread(target=self._read, name="relay", daemon=True).start()

    def follow(self, request: Request) -> None:
        """Hand on what the run tells until it ends, or the request is cancelled; one request at a time."""
        while not request.cancelled:
            messages, left_out, ended = self._take()
            for message in messages:
                data = message.header.get("data")
                told = dict(data if isinstance(data, dict) else {}, left_out=left_out)
                request.event(str(message.header.get("event")), told, message.attachments)
            if ended and not messages:
                return

    def tell(self, message: Dict[str, Any]) -> None:
        """Hand the run a message.

        Raises:
            CommandError: E_USAGE for none that it takes, E_MISSING where it is not at work any more.
        """
        check_message(message)
        try:
            with self._telling:
                write_message(self._child.stdin, message)
        except (OSError, ValueError) as error:
            raise CommandError(E_MISSING, "the run is not at work any more", "", str(error)) from error

    def _take(self) -> Tuple[List[Message], int, bool]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, WAIT_S)
            messages, self._waiting, self._waiting_bytes = list(self._waiting), deque(), 0
            return messages, self._left_out, self._ended

    def _read(self) -> None:
        try:
            message: Optional[Message] = read_message(self._child.stdout)
            while message is not None:
                self._put(message)
                message = read_message(self._child.stdout)
        except (ProtocolError, OSError, ValueError):
            pass
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _put(self, message: Message) -> None:
        with self._changed:
            self._waiting.append(message)
            self._waiting_bytes += _size(message)
            while len(self._waiting) > MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
                self._waiting_bytes -= _size(self._waiting.popleft())
                self._left_out += 1
            self._changed.notify_all()


def _size(message: Message) -> int:
    return message.header_bytes + sum(len(part) for part in message.attachments)
