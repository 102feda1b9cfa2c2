"""Links to a board cut in every way at every stage of a job: seconds until it is LOST, and what is left on the board.

`python -m benchmarks.cut_links verify` cuts at that stage alone; `... verify "black hole"` in that way alone. As root.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.example_project import BOARD, make_board, make_project, require_outputs_alone
from benchmarks.figure import report
from targets.agent.main import RUN_GRACE_S
from targets.agent.protocol import SILENCE_S
from tests.ssh_lab.field import BY, PAIRS, CutField
from tests.ssh_lab.link import compile_emulator, why_no_link
from tests.ssh_lab.server import make_keys, why_not
from workbench.base.events import JobState
from workbench.pipeline.run import RunJob
from workbench.session import Session

AT_ONCE = 3
LATE_S = 10.0
"""A cut that is told later is told too late."""
BOARD_S = SILENCE_S + RUN_GRACE_S + 10.0
"""How long what runs on a board may go on after its desktop has gone silent."""


def make_field(folder: Path) -> CutField:
    """The example, installed on a board of this machine, and what cuts need."""
    os.environ |= {"HOME": str(folder / "user"), "SLIPWAY_HOME": str(folder / "home")}
    os.environ.pop("SSH_AUTH_SOCK", None)
    project, root = folder / "project", folder / "board"
    make_project(project)
    require_outputs_alone(project)
    make_board(root, folder / "lock")
    with Session(by=BY) as session:
        ended = session.start(RunJob(project, BOARD)).wait(300)
    if ended.state is not JobState.SUCCEEDED:
        raise RuntimeError(f"the first run ended as {ended.state.value}: {ended.error}")
    return CutField(folder, make_keys(folder), compile_emulator(folder), project, root, folder / "user", "bench-board")


def main() -> None:
    """Cut and report: the slowest news of a cut, the slowest end on the board, and what did not hold."""
    reason = why_not() or why_no_link()
    if reason:
        sys.exit(reason)
    pairs = [pair for pair in PAIRS if all(word in pair for word in sys.argv[1:])]
    lost_s, quiet_s, problems = [], [], 0
    with tempfile.TemporaryDirectory(prefix="slipway-") as name:
        for struck in make_field(Path(name)).strike_all(pairs, AT_ONCE):
            state = struck.state.value if struck.state else "never ended"
            told = f"{struck.lost_s or 0:5.1f} s, board quiet after {struck.quiet_s or 0:5.1f} s"
            print(f"{struck.stage:8} {struck.cut:14} {state} after {told} {struck.problems or ''}", flush=True)
            lost_s += [] if struck.lost_s is None else [struck.lost_s]
            quiet_s += [] if struck.quiet_s is None else [struck.quiet_s]
            problems += bool(struck.problems)
    report("cut_link_worst_s_to_lost", max(lost_s), "s", "<=", LATE_S)
    report("cut_link_worst_s_to_quiet_board", max(quiet_s), "s", "<=", BOARD_S)
    report("cut_links_that_went_wrong", problems, "cuts", "<=", 0)


if __name__ == "__main__":
    main()
