"""What the pictures show: a real project on this machine, with two candidates verified and its layers ranked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.desk import THIS_MACHINE
from workbench.orders.example import RunExample
from workbench.orders.optimise import CountObjects, MadeCandidate, MakeCandidate, RankLayers, VerifyCandidate
from workbench.views.optimise.page import read_candidates

if TYPE_CHECKING:
    from workbench.jobs.job import Job
    from workbench.session import Session

OTHER = "fp16"


def complete(session: Session, folder: Path) -> None:
    """Make the example in a folder and run it, unless a finished project lies there; then add what is missing.

    Raises:
        SystemExit: one of the jobs failed; it says which and what to do.
    """
    if not (folder / "runs").is_dir():
        _do(session, "making and running the example (about two minutes)", RunExample(folder, THIS_MACHINE))
    rows = session.ask(read_candidates, folder).result().rows
    if not any(row.name == OTHER for row in rows):
        made = _do(session, "making a second candidate", MakeCandidate(folder, OTHER))
        assert isinstance(made, MadeCandidate)  # noqa: S101 - what that order gives
        order = VerifyCandidate(folder, THIS_MACHINE, made.key, made.name, made.sha256)
        _do(session, "verifying it (about two minutes)", order)
        _do(session, "ranking the layers (some minutes)", RankLayers(folder))
        _do(session, "counting what the calibration frames show", CountObjects(folder))


def _do(session: Session, words: str, order: Job) -> Any:
    sys.stderr.write(f"{words}\n")
    ended = session.start(order).wait()
    if ended.error is not None:
        raise SystemExit(f"error: {ended.error.summary}\n{ended.error.hint}")
    return ended.result
