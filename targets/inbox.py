"""What came for one request and waits for the thread that made it: bounded, so that the board waits and not memory."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from targets.agent.protocol import Message

MAX_MESSAGES: Final = 512
MAX_WEIGHT_BYTES: Final = 256 << 20
_HEADER_WEIGHT: Final = 32
"""A byte of JSON becomes about so many of Python's at the worst (`{},{},…`)."""


class Inbox:
    """Messages in their order; one thread puts, one takes. A message alone is let in whatever its weight."""

    def __init__(self) -> None:
        self._messages: deque[tuple[Message, int]] = deque()
        self._weight_bytes = 0
        self._changed = threading.Condition()

    def put(self, message: Message, timeout_s: float) -> bool:
        """Add a message; False where there was no room for it in time."""
        weight_bytes = message.header_bytes * _HEADER_WEIGHT + sum(map(len, message.attachments))
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(weight_bytes), timeout_s):
                return False
            self._messages.append((message, weight_bytes))
            self._weight_bytes += weight_bytes
            self._changed.notify_all()
        return True

    def get(self, timeout_s: float) -> Message | None:
        """The oldest message; None where none came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._messages, timeout_s):
                return None
            message, weight_bytes = self._messages.popleft()
            self._weight_bytes -= weight_bytes
            self._changed.notify_all()
        return message

    def _has_room(self, weight_bytes: int) -> bool:
        fits = len(self._messages) < MAX_MESSAGES and self._weight_bytes + weight_bytes <= MAX_WEIGHT_BYTES
        return fits or not self._messages
