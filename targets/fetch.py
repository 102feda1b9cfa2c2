"""Bringing a run's files from a board to the desktop."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from targets.agent.protocol import E_MISSING
from targets.board import Board
from targets.replies import Refused
from workbench.base.cancel import CancelToken, Deadline

NEEDED: Final = ("plan.json", "live.sqlite")
OPTIONAL: Final = ("live.sqlite-wal", "status.json", "outputs.bin", "run.log")
"""A killed run leaves its write-ahead log and has no status; not every run keeps outputs."""
LIMIT_S: Final = 3600.0


def fetch_run(board: Board, run: str, folder: Path, cancel: CancelToken, outputs: bool = True) -> tuple[Path, ...]:
    """Bring the files of a run that ended into a folder; each is wholly there or not at all.

    Args:
        board: where it ran.
        run: its name.
        folder: where its files go; made where it is not there.
        cancel: stops it.
        outputs: False leaves the raw outputs where they are.

    Raises:
        Refused: the board has no such run.
        LinkLost: the link went; fetch it again.
    """
    fetched = []
    for name in (*NEEDED, *OPTIONAL):
        if name == "outputs.bin" and not outputs:
            continue
        try:
            board.get_file(f"runs/{run}/{name}", folder / name, Deadline(LIMIT_S), cancel)
        except Refused as error:
            if error.code != E_MISSING or name in NEEDED:
                raise
        else:
            fetched.append(folder / name)
    return tuple(fetched)
