"""Seeded random SIGKILLs of each process of a running job: after how many of them all that must hold held.

`python -m benchmarks.kill_recovery 10` makes ten of each instead of fifty; `... 10 agent run` of these two alone.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.example_project import BOARD, THROUGHPUT_DURATION, change, make_board, make_project
from benchmarks.figure import report
from benchmarks.kills import JOB_WORKER, VICTIMS, KillGround, Struck
from projects.record_file import Author
from workbench.base.events import JobState
from workbench.jobs.processes import ProcessExecutor
from workbench.pipeline.run import RunJob
from workbench.session import Session

KILLS = 50
LOST_GOAL_S = 1.0
WHOLE_EVERY = 5
"""Each so many kills of what makes things, one comes while everything is made from nothing."""
MADE_BY = ("command", "job_worker", "agent")
BY = Author("Benchmark")


@contextmanager
def open_session(what: str, home: Path) -> Iterator[Session]:
    """A session whose jobs run where the victim is."""
    with Session(home, ProcessExecutor(home, BY) if what == JOB_WORKER else None, BY) as session:
        yield session


def strikes(folder: Path, what: str, kills: int) -> Iterator[Struck]:
    """Kill so many times; a project that a kill left broken would break all after it."""
    chance = random.Random(f"kill_recovery {what}")
    with open_session(what, folder / "home") as session:
        ground = KillGround(folder / "project", folder / "board", session)
        for number in range(kills):
            if what in MADE_BY and number % WHOLE_EVERY == WHOLE_EVERY - 1:
                yield ground.strike_whole(what, chance)
            else:
                yield ground.strike(what, chance, measuring=number % 2 == 0)


def main() -> None:
    """Kill and report: per victim how many kills were survived, and the longest loss of samples."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_project(folder / "project")
        make_board(folder / "board", folder / "lock")
        change(folder / "project" / "deployment_tests.yaml", THROUGHPUT_DURATION, "60 seconds")
        for what in sys.argv[2:] or VICTIMS:
            with open_session("first", folder / "home") as session:
                ended = session.start(RunJob(folder / "project", BOARD, quick=True)).wait(300)
            if ended.state is not JobState.SUCCEEDED:
                raise RuntimeError(f"the first run ended as {ended.state.value}: {ended.error}")
            survived, losses = 0, []
            for number, struck in enumerate(strikes(folder, what, kills), 1):
                survived += not struck.problems
                losses += [] if struck.lost_s is None else [struck.lost_s]
                print(f"{what} {number}: {struck.problems or 'survived'}, lost {struck.lost_s}", flush=True)
            report(f"kills_survived_{what}", survived, "runs", ">=", KILLS)
            report(f"kill_lost_samples_{what}", max(losses, default=0.0), "s", "<=", LOST_GOAL_S)


if __name__ == "__main__":
    main()
