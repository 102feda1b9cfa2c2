"""What a board is, has and lacks, asked now."""

from __future__ import annotations

import os
from dataclasses import dataclass

from targets.agent_client import AgentClient
from targets.facts import BoardFacts
from targets.inventory import THIS_MACHINE, open_board
from targets.lacks import Lack, Weight, find_lacks


@dataclass(frozen=True)
class ProbedBoard:
    """A board as it told of itself."""

    name: str
    facts: BoardFacts
    lacks: tuple[Lack, ...]
    """What it lacks, each with the command that brings it, in the order of doing."""

    @property
    def ready(self) -> bool:
        """Whether nothing is missing without which an engine cannot run."""
        return all(lack.weight is not Weight.MISSING for lack in self.lacks)


def probe_board(agent: AgentClient, runtime: str | None = None) -> ProbedBoard:
    """Ask a board.

    Args:
        agent: the board's agent, not started yet.
        runtime: what it shall run; what suits it where it is None.

    Raises:
        BoardError: no agent can run there; says what is missing and what brings it.
    """
    name = agent.board.name
    with agent as client:
        facts = client.probe()
    return ProbedBoard(name, facts, tuple(find_lacks(name, facts, runtime, facts_here(name))))


def board_findings(name: str, facts: BoardFacts) -> tuple[str, ...]:
    """What a reader of a run on this board has to know of it."""
    lacks = find_lacks(name, facts, here=facts_here(name))
    return tuple(f"{name}: {lack.found}." for lack in lacks if lack.weight is Weight.WARNING)


def facts_here(name: str) -> BoardFacts | None:
    """This machine as a board, for comparison with another one; None for itself, and where it can be none."""
    if os.name != "posix" or name == THIS_MACHINE:
        return None
    from targets.local import LocalBoard
    from targets.local_facts import read_facts_here

    board = open_board(THIS_MACHINE)
    return read_facts_here(board.root, board.lock) if isinstance(board, LocalBoard) else None
