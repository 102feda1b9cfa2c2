"""A run's line to its agent while it plays live: messages in on standard input, rows and pictures out on its output.

The end of the input means that the agent is gone, for every run.
"""

from __future__ import annotations

import os
import threading
from typing import Any, BinaryIO, Callable, Dict, List, Optional, Sequence

from .protocol import Message, ProtocolError, read_message, write_message

MAX_EARLY = 10000


class LiveLine:
    """The run's end of the line.

    Args:
        handle: the file descriptor that messages come from.
        out: where to send; nothing else is written there.
        on_end: called in a thread of its own once the agent is gone, or sends what is no message.
    """

    def __init__(self, handle: int, out: BinaryIO, on_end: Callable[[], None]) -> None:
        self._handle = handle
        self._out: Optional[BinaryIO] = out
        self._on_end = on_end
        self._lock = threading.Lock()
        self._take: Optional[Callable[[Dict[str, Any]], None]] = None
        self._early: List[Dict[str, Any]] = []
        """What came before anybody took it: the run still loads its engine."""
        threading.Thread(target=self._listen, name="agent", daemon=True).start()

    def hand_to(self, take: Callable[[Dict[str, Any]], None]) -> None:
        """Call `take` with each message, in their order; those that came already are told at once."""
        with self._lock:
            self._take = take
            for message in self._early:
                take(message)
            self._early = []

    def send(self, event: str, data: Dict[str, Any], attachments: Sequence[Any] = ()) -> None:
        """Tell the agent; nothing where it does not listen any more. One thread sends."""
        if self._out is None:
            return
        try:
            write_message(self._out, {"event": event, "data": data}, attachments)
        except OSError:
            self._out = None

    def _listen(self) -> None:
        try:
            message: Optional[Message] = read_message(self)  # type: ignore[arg-type]
            while message is not None:
                self._hand_over(message.header)
                message = read_message(self)  # type: ignore[arg-type]
        except (ProtocolError, OSError):
            pass
        self._on_end()

    def _hand_over(self, message: Dict[str, Any]) -> None:
        with self._lock:
            if self._take is not None:
                self._take(message)
            elif len(self._early) < MAX_EARLY:
                self._early.append(message)

    def read(self, size: int) -> bytes:
        """Past any buffered stream, whose lock a thread that waits for ever would keep from the end of the process."""
        return os.read(self._handle, size)
