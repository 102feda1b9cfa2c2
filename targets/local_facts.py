"""What of this machine as a board tells whether another board shares its root; nothing is started or made for it."""

from __future__ import annotations

from pathlib import Path

from targets.agent import facts
from targets.agent.board_lock import BoardLock
from targets.facts import BoardFacts


def read_facts_here(root: Path, lock: Path | None) -> BoardFacts | None:
    """The facts of this machine with that root; None where it was never used as a board.

    Args:
        root: its root as a board.
        lock: its lock where it is not the usual one.
    """
    if not (root / facts.ROOT_ID).is_file():
        return None
    return BoardFacts.parse({**facts.probe(root), "lock": BoardLock(root, lock).describe()})
