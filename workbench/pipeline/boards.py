"""Reaching boards for a job, and the jobs that add one and ask one what it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from targets.agent_client import AgentClient, Owner
from targets.board import Board
from targets.facts import BoardFacts
from targets.inventory import BoardEntry, check_board, find_board, list_boards, open_entry, save_board
from targets.kept_facts import KeptBoard, keep_failure, keep_probe, keep_state
from targets.person import CONFIRM, Person
from targets.road import Road, Stage, Standing
from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, SlipwayError, UsageError
from workbench.base.events import Level
from workbench.pipeline.probe import ProbedBoard, probe_board

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


def person_of(context: JobContext, road: Road | None = None, board: str = "") -> Person:
    """Whoever follows a job: asked by its questions, told by its log.

    Args:
        context: the job's.
        road: how far the board's road was gone; a question about a new host then says which key it showed.
        board: the board's name.
    """

    def ask(kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        about = _first_contact(road, board) if kind == CONFIRM else {}
        return context.ask(kind, text, choices, flag, about_board=True, about=about)

    return Person(ask, partial(context.log, Level.WARNING))


def _first_contact(road: Road | None, board: str) -> dict[str, str]:
    """What a question about a new host is about; nothing where it is about something else."""
    key = road.key if road is not None and road.stage is Stage.HOST_KEY else None
    if key is None or key.standing is not Standing.UNKNOWN:
        return {}
    files = {"ED25519": "ssh_host_ed25519_key.pub", "RSA": "ssh_host_rsa_key.pub"}
    command = f"ssh-keygen -lf /etc/ssh/{files.get(key.kind, 'ssh_host_ecdsa_key.pub')}"
    bare = key.fingerprint.removeprefix("SHA256:")
    groups = " ".join(bare[at : at + 4] for at in range(0, len(bare), 4))
    words = {"host": key.host, "kind": key.kind, "base64": key.base64, "fingerprint": key.fingerprint, "groups": groups}
    return {"subject": "host key", "board": board, **words, "command": command}


def reach(name: str, context: JobContext, accepted_host_key: str | None = None) -> Board:
    """A board for a job, which may ask its questions about it; nothing is sent yet.

    Raises:
        UsageError: there is none.
    """
    return reach_entry(find_board(name), context, accepted_host_key)


def reach_entry(entry: BoardEntry, context: JobContext, accepted_host_key: str | None = None) -> Board:
    """The same for a board that need not be saved."""
    road = Road()
    return open_entry(entry, person_of(context, road, entry.name), accepted_host_key, road)


def agent_of(board: Board, context: JobContext, *, keep: bool = True) -> AgentClient:
    """The agent of a board, for whoever the job is by; the job's token stops it.

    Args:
        board: the board.
        context: the job's.
        keep: whether what it tells, or why it cannot be reached, is kept for this user.
    """
    owner = Owner(context.by.name, socket.gethostname(), os.getpid())
    return KeptAgent(board, owner, context) if keep else AgentClient(board, owner, context.cancel)


class KeptAgent(AgentClient):
    """An agent whose answers are kept, so that the next page or command shows them before it asks."""

    def __init__(self, board: Board, owner: Owner, context: JobContext) -> None:
        super().__init__(board, owner, context.cancel)
        self._context = context

    def __enter__(self) -> Self:
        try:
            return super().__enter__()
        except BoardError as error:
            if not self._context.cancel.cancelled:
                self._keep(partial(keep_failure, error=error, road=self.board.road))
            raise

    def probe(self, cancel: CancelToken | None = None) -> BoardFacts:
        """What the board is and has."""
        facts = super().probe(cancel)
        self._keep(partial(keep_probe, facts=facts, road=self.board.road))
        return facts

    def state(self, before: BoardFacts, cancel: CancelToken | None = None) -> BoardFacts:
        """The facts of `probe` with what changed since from minute to minute."""
        facts = super().state(before, cancel)
        self._keep(partial(keep_state, facts=facts))
        return facts

    def _keep(self, act: Callable[[Path, str], KeptBoard]) -> None:
        """A full disk here is no reason to stop the work there."""
        try:
            act(self._context.home, self.board.name)
        except SlipwayError as error:
            self._context.log(Level.WARNING, f"what {self.board.name} told is not kept: {error.summary}")


@dataclass(frozen=True)
class AddedBoard:
    """A board that is known from now on."""

    entry: BoardEntry
    probed: ProbedBoard | None
    """What it told; None: it was not asked."""


@dataclass(frozen=True)
class AddBoardJob:
    """Reach a new board and keep it where that can be done."""

    entry: BoardEntry
    accepted_host_key: str | None = None
    """The fingerprint of its host key, where that is accepted beforehand."""
    probe: bool = True
    """Whether it is reached first."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Add board {self.entry.name}"

    @property
    def board(self) -> str | None:
        """Nobody else has to wait: besides our own files in its root nothing changes on it."""
        return None

    def run(self, context: JobContext) -> AddedBoard:
        """Ask it and save it.

        Raises:
            UsageError: the name is taken, or a key is not what it should be.
            BoardError: it cannot be reached or no agent runs there; it is not saved then.
        """
        check_board(self.entry)
        if self.entry.name in {known.name for known in list_boards()}:
            hint = f"Choose another name, or forget that one first: slipway boards remove {self.entry.name}"
            raise UsageError(f"there is a board {self.entry.name} already", hint)
        if not self.probe:
            save_board(self.entry)
            return AddedBoard(self.entry, None)
        board = reach_entry(self.entry, context, self.accepted_host_key)
        probed = self._probe(board, context)
        save_board(self.entry)
        keep_probe(context.home, self.entry.name, probed.facts, board.road)
        return AddedBoard(self.entry, probed)

    def _probe(self, board: Board, context: JobContext) -> ProbedBoard:
        context.step("probe", f"Reach {self.entry.name}")
        probed = probe_board(agent_of(board, context, keep=False))
        context.end_step(f"{probed.facts.os or 'a system'} on {probed.facts.arch or 'a processor'}")
        return probed


@dataclass(frozen=True)
class ProbeBoardJob:
    """Ask a board what it is, has and lacks."""

    name: str
    runtime: str | None = None
    """What it shall run; what suits it where it is None."""
    accepted_host_key: str | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Probe {self.name}"

    @property
    def board(self) -> str | None:
        """Nobody else has to wait: besides our own files in its root nothing changes on it."""
        return None

    def run(self, context: JobContext) -> ProbedBoard:
        """What it told."""
        board = reach(self.name, context, self.accepted_host_key)
        return probe_board(agent_of(board, context), self.runtime)
