"""One live connection to a board: its transports, its heartbeat, and an end that frees everybody who waits on it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import paramiko

from targets.agent.silence import Silence
from targets.ssh.opening import Opening
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, LinkLost

SILENCE_S: Final = 7.0
"""After so long without a byte a connection is dead; shorter than the agent's link waits, so that this is told."""
HEARTBEAT_S: Final = 2.0
_WATCH_S: Final = 0.5
_JOIN_S: Final = 5.0


class Line:
    """A connection; several threads may use it.

    Args:
        board: the board's name, for errors.
        sock: what all bytes go through.
        transports: the board's own last, those of the machines on the way before it; all logged in.
        silence: what hears the bytes of the last one.
    """

    def __init__(
        self, board: str, sock: socket.socket, transports: tuple[paramiko.Transport, ...], silence: Silence
    ) -> None:
        self.board = board
        self._sock = sock
        self._transports = transports
        self._silence = silence
        self._why: str | None = None
        self.fresh = True
        """Whether nothing was ever started on it."""
        self.silent = False
        """Whether it died because nothing was heard any more."""
        self._closing = threading.Event()
        self._beats: list[Callable[[], None]] = []
        self._openings: set[threading.Thread] = set()
        """Those that start a program, or were given up while they did."""
        self._threads = [
            threading.Thread(target=act, name=f"{name}-{board}", daemon=True)
            for name, act in (("ssh-heart", self._beat), ("ssh-watch", self._watch))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether nothing is known against it."""
        return self._why is None and not self._closing.is_set() and self._transports[-1].is_active()

    @property
    def why(self) -> str:
        """Why it is dead, in words."""
        error = self._transports[-1].saved_exception
        reason = error.strerror if isinstance(error, OSError) else None
        return self._why or reason or "the board closed the connection"

    def open_channel(
        self, command: str, deadline: Deadline, cancel: CancelToken, window_bytes: int | None = None
    ) -> paramiko.Channel:
        """Run a command on the board.

        Args:
            command: for the login shell there.
            deadline: by when the server must have started it.
            cancel: ends the wait for that.
            window_bytes: how much the board may send ahead.

        Raises:
            LinkLost: the connection died.
            BoardError: the server refuses another channel, or the command, or does not answer in time.
            Cancelled: somebody stopped it.
        """
        opening = Opening(self.board, self._transports[-1], command, window_bytes)
        self._openings.add(opening.thread)
        try:
            channel = opening.wait(deadline, cancel)
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._openings.discard(opening.thread)
            raise self._not_started(error) from error
        self._openings.discard(opening.thread)
        self.fresh = False
        return channel

    def _not_started(self, error: Exception) -> BoardError:
        if not self.alive:
            return LinkLost(f"the link to {self.board} is lost: {self.why}", "Try it again.")
        hint = "Its SSH server may allow no commands, or no more sessions on a connection (MaxSessions)."
        return BoardError(f"{self.board} refuses to run a command: {error}", hint)

    def on_beat(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call `act` with each heartbeat; the returned function ends that."""
        self._beats.append(act)

        def forget() -> None:
            if act in self._beats:
                self._beats.remove(act)

        return forget

    def abort(self, why: str) -> None:
        """Declare it dead: whoever waits on it is freed. Never blocks, never fails."""
        if self._why is None:
            self._why = why
        hang_up(self._sock)

    def close(self) -> None:
        """End it; leaves no thread behind."""
        self._closing.set()
        if self._why is not None:
            hang_up(self._sock)
        close_transports(self._sock, self._transports)
        for thread in (*self._threads, *self._openings):
            thread.join()

    def _beat(self) -> None:
        """Ask the server for an answer, again and again; apart from the watch, because a send blocks on a full link."""
        while not self._closing.wait(HEARTBEAT_S) and self._transports[-1].is_active():
            for act in tuple(self._beats):
                with suppress(paramiko.SSHException, OSError, EOFError):  # one that fails keeps no other from beating
                    act()
            with suppress(paramiko.SSHException, OSError, EOFError):
                self._transports[-1].global_request("keepalive@openssh.com", wait=True)

    def _watch(self) -> None:
        while not self._closing.wait(_WATCH_S) and self._transports[-1].is_active():
            if self._silence.look() > SILENCE_S:
                self.silent = True
                self.abort(f"nothing was heard for {SILENCE_S:g} s")
                return


def hang_up(sock: socket.socket) -> None:
    """Make an end of a socket that whoever reads or writes it sees at once."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def close_transports(sock: socket.socket, transports: tuple[paramiko.Transport, ...]) -> None:
    """Close what was laid over a socket, the innermost first, and wait for its threads."""
    hang_up(sock)  # first: a transport looks only ten times a second whether it was closed, unless its socket wakes it
    for transport in reversed(transports):
        with suppress(paramiko.SSHException, OSError, EOFError):  # an inner one says goodbye through one that is gone
            transport.close()
    sock.close()
    for transport in transports:
        if transport.is_alive():
            transport.join(_JOIN_S)
