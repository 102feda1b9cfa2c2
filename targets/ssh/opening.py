"""A program that is started on a board by a thread of its own, because the library waits for a server without end."""

from __future__ import annotations

import threading
from typing import Final

import paramiko

from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

CHANNEL_S: Final = 10.0
"""How long the server may take to open a channel."""
START_S: Final = 30.0
"""How long it may take to start a program, whatever time there is."""
_LOOK_S: Final = 0.1


class Opening:
    """One program on its way; the thread ends with it, or at the latest with the transport.

    Args:
        board: the board's name, for errors.
        transport: the connection.
        command: for the login shell there.
        window_bytes: how much the board may send ahead.
    """

    def __init__(self, board: str, transport: paramiko.Transport, command: str, window_bytes: int | None) -> None:
        self._board = board
        self._transport = transport
        self._command = command
        self._window_bytes = window_bytes
        self._changing = threading.Lock()
        self._given_up = False
        self._channel: paramiko.Channel | None = None
        self._error: Exception | None = None
        self._done = threading.Event()
        self.thread = threading.Thread(target=self._open, name=f"ssh-start-{board}", daemon=True)
        self.thread.start()

    def wait(self, deadline: Deadline, cancel: CancelToken) -> paramiko.Channel:
        """Wait for its start; what comes of it after that is closed again where it was given up.

        Raises:
            paramiko.SSHException, OSError, EOFError: it is refused, or the connection died.
            BoardError: the server does not answer in time.
            Cancelled: somebody stopped it.
        """
        patience = Deadline(START_S)
        taken = False
        try:
            while not self._done.wait(_LOOK_S):
                cancel.check()
                if deadline.expired or patience.expired:
                    hint = "Its SSH server took the login and answers nothing more: restart it, or the board."
                    raise BoardError(f"{self._board} did not start a program in time", hint)
            if self._channel is None or self._error is not None:
                raise self._error or paramiko.SSHException("no channel was opened")
            taken = True
            return self._channel
        finally:
            if not taken:
                self._give_up()

    def _open(self) -> None:
        try:
            channel = self._transport.open_session(window_size=self._window_bytes, timeout=CHANNEL_S)
            with self._changing:
                self._channel = channel
                given_up = self._given_up
            if given_up:
                channel.close()
            else:
                channel.exec_command(self._command)
        except Exception as error:  # boundary: a thread; whoever waits raises it
            self._error = error
        finally:
            self._done.set()

    def _give_up(self) -> None:
        """Close its channel, which frees the thread, or let the thread close it once there is one."""
        with self._changing:
            self._given_up = True
            channel = self._channel
        if channel is not None:
            channel.close()
