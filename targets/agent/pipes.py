"""Standard input and output of an agent that moves one file: whoever is not heard for too long is gone.

A server of SSH may hold the pipes of a program for hours after its desktop was cut off; so the program watches itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from typing import Any

from .protocol import E_CANCELLED, CommandError

PIPE_BYTES = 1 << 20
"""What Linux lets every user have."""
_F_SETPIPE_SZ = 1031


class PipeReader:
    """Reads what a desktop sends.

    Args:
        stream: the buffered standard input; what it has read ahead comes first.
        silence_s: how long nothing may come.
    """

    def __init__(self, stream: Any, silence_s: float) -> None:
        self._handle = stream.fileno()
        self._silence_s = silence_s
        widen(self._handle)
        os.set_blocking(self._handle, False)
        self._ahead: bytes = stream.read1(len(stream.peek(1)) or 1) or b""
        os.set_blocking(self._handle, True)

    def read(self, size: int) -> bytes:
        """At least one byte and at most `size`; nothing at the end.

        Raises:
            CommandError: E_CANCELLED after the silence.
        """
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        if not select.select([self._handle], [], [], self._silence_s)[0]:
            raise CommandError(E_CANCELLED, "nothing came from the desktop for %g s" % self._silence_s)
        return os.read(self._handle, size)


class PipeWriter:
    """Writes to a desktop.

    Args:
        stream: standard output; nobody else writes to it any more.
        silence_s: how long nothing may be taken.
    """

    def __init__(self, stream: Any, silence_s: float) -> None:
        stream.flush()
        self._handle = stream.fileno()
        self._silence_s = silence_s
        widen(self._handle)
        os.set_blocking(self._handle, False)

    def write(self, data: Any) -> int:
        """Write all of it.

        Raises:
            TimeoutError: nothing was taken for the length of the silence.
        """
        view = memoryview(data).cast("B")
        while view:
            if not select.select([], [self._handle], [], self._silence_s)[1]:
                raise TimeoutError("the desktop took nothing for %g s" % self._silence_s)
            try:
                view = view[os.write(self._handle, view) :]
            except BlockingIOError:
                continue
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""


def widen(handle: int) -> None:
    """Let a pipe hold more than its usual 64 KiB, where it is one: half of a push is waking up for the next piece."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(handle, _F_SETPIPE_SZ, PIPE_BYTES)
