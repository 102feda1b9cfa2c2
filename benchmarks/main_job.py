"""The main job on a fresh copy of the example, on a board that has nothing yet: from its start to the verdicts."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.example_project import BOARD, make_board
from benchmarks.figure import report
from projects.record_file import Author
from workbench.base.events import JobEnded, JobState, VerdictReached
from workbench.pipeline.run import DemoJob
from workbench.session import Session

GOAL_S = 180


def seconds_to_verdicts(session: Session, project: Path) -> float:
    """Carry the job out; the time from its start until the last requirement has its verdict, in seconds.

    Raises:
        RuntimeError: the job did not succeed, or reached no verdict.
    """
    verdicts_s: float | None = None
    started_s = time.perf_counter()
    for event in session.start(DemoJob(project, BOARD, session.settings.telemetry_hz)).events():
        if isinstance(event, VerdictReached):
            verdicts_s = time.perf_counter() - started_s
            print(f"{verdicts_s:7.1f} s  {event.title}: {event.outcome}", flush=True)
        elif isinstance(event, JobEnded) and event.state is not JobState.SUCCEEDED:
            raise RuntimeError(f"the job ended as {event.state}: {event.text}")
    if verdicts_s is None:
        raise RuntimeError("the job reached no verdict")
    return verdicts_s


def main() -> None:
    """Measure and report; home, board and project lie in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_board(folder / "board", folder / "lock")
        with Session(folder / "home", by=Author("benchmark")) as session:
            report("main_job_s", seconds_to_verdicts(session, folder / "demo"), "s", "<=", GOAL_S)


if __name__ == "__main__":
    main()
