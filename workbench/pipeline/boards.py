"""Reaching boards for a job, and the jobs that add one and ask one what it is."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from targets.agent_client import AgentClient, Owner
from targets.board import Board
from targets.inventory import BoardEntry, check_board, list_boards, open_board, open_entry, save_board
from targets.person import Person
from workbench.base.errors import UsageError
from workbench.base.events import Level
from workbench.pipeline.probe import ProbedBoard, probe_board

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


def person_of(context: JobContext) -> Person:
    """Whoever follows a job: asked by its questions, told by its log."""
    return Person(partial(context.ask, about_board=True), partial(context.log, Level.WARNING))


def reach(name: str, context: JobContext) -> Board:
    """A board for a job, which may ask its questions about it; nothing is sent yet.

    Raises:
        UsageError: there is none.
    """
    return open_board(name, person_of(context))


def agent_of(board: Board, context: JobContext) -> AgentClient:
    """The agent of a board, for whoever the job is by; the job's token stops it."""
    return AgentClient(board, Owner(context.by.name, socket.gethostname(), os.getpid()), context.cancel)


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
        probed = self._probe(context) if self.probe else None
        save_board(self.entry)
        return AddedBoard(self.entry, probed)

    def _probe(self, context: JobContext) -> ProbedBoard:
        context.step("probe", f"Reach {self.entry.name}")
        board = open_entry(self.entry, person_of(context), self.accepted_host_key)
        probed = probe_board(agent_of(board, context))
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
        board = open_board(self.name, person_of(context), self.accepted_host_key)
        return probe_board(agent_of(board, context), self.runtime)
