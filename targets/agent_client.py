"""The commands of the agent on a board, each a typed method."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Final, Self

from targets.board import Board
from targets.facts import BoardFacts
from targets.link import SILENCE_S, ClockOffset, Link
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import SlipwayError

START_S: Final = 60.0
"""How long shipping and starting an agent may take."""
ANSWER_S: Final = 60.0
"""How long a command that only looks or notes may take."""


@dataclass(frozen=True)
class Owner:
    """Who works, as the board's lock shows it to others."""

    person: str
    desktop: str
    pid: int

    @classmethod
    def of_this_process(cls) -> Owner:
        """The user and the machine that this process runs as."""
        return cls(getpass.getuser(), socket.gethostname(), os.getpid())


class AgentClient:
    """The agent on one board, from `with` to its end. Any thread may call any method.

    Args:
        board: where the agent runs.
        owner: who works; the user of this process where it is None.
        cancel: stops every call; a method's own token takes its place for that call.
        silence_s: after so long without a byte the board is lost.
    """

    def __init__(
        self,
        board: Board,
        owner: Owner | None = None,
        cancel: CancelToken | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.board = board
        self.owner = owner or Owner.of_this_process()
        self._cancel = cancel or CancelToken()
        self._silence_s = silence_s
        self._link: Link | None = None

    def __enter__(self) -> Self:
        deadline = Deadline(START_S)
        link = Link(self.board.start_agent(deadline, self._cancel), self.board.name, self._silence_s)
        try:
            link.open(deadline, self._cancel)
            link.call("identify", asdict(self.owner), deadline, self._cancel)
            self._link = link
        finally:
            if self._link is None:
                link.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.link.close()
        self._link = None

    @property
    def link(self) -> Link:
        """The conversation; only between `with` and its end."""
        if self._link is None:
            raise SlipwayError(f"the agent on {self.board.name} was not started")
        return self._link

    @property
    def clock(self) -> ClockOffset | None:
        """How the board's monotonic clock stands to ours."""
        return self.link.clock

    def probe(self, cancel: CancelToken | None = None) -> BoardFacts:
        """What the board is and has."""
        return BoardFacts.parse(self._call("probe", {}, ANSWER_S, cancel))

    def lock(self, purpose: str, cancel: CancelToken | None = None) -> bool:
        """Take the board for oneself; returns whether the lock is weak (holds only for users of the same root).

        Raises:
            Refused: E_BUSY, with the owner's name.
        """
        return self._call("lock", {"purpose": purpose}, ANSWER_S, cancel).get("weak") is True

    def unlock(self) -> None:
        """Give the board back; cannot be cancelled."""
        self._call("unlock", {}, ANSWER_S, CancelToken())

    @contextmanager
    def locked(self, purpose: str) -> Iterator[bool]:
        """The lock for the length of a `with`; gives whether it is weak."""
        weak = self.lock(purpose)
        try:
            yield weak
        finally:
            if not self.link.lost:
                self.unlock()

    def have(self, sha256s: Iterable[str], cancel: CancelToken | None = None) -> frozenset[str]:
        """Those of the given blobs that the board has."""
        asked = sorted(set(sha256s))
        present = self._call("have", {"sha256": asked}, ANSWER_S, cancel).get("present")
        return frozenset(asked) & frozenset(present if isinstance(present, list) else ())

    def _call(
        self, command: str, arguments: dict[str, object], limit_s: float | None, cancel: CancelToken | None
    ) -> dict[str, object]:
        return self.link.call(command, arguments, Deadline(limit_s), cancel or self._cancel)
