"""How long the command takes to say what it can do, and to check a project: medians of whole processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figure import report
from workbench.base.reporter import Silent
from workbench.pipeline.example import make_example

RUNS = 9
SLIPWAY = Path(sys.executable).parent / "slipway"
HELP_GOAL_S = 0.3
CHECK_GOAL_S = 1.5


def median_s(argv: list[str]) -> float:
    """The median wall time of a call, after one that fills the caches of the machine, in seconds."""
    times_s = []
    for _ in range(RUNS + 1):
        started_s = time.perf_counter()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        times_s.append(time.perf_counter() - started_s)
    return statistics.median(times_s[1:])


def main() -> None:
    """Measure and report; the project that is checked is the example."""
    report("slipway_help_s", median_s([str(SLIPWAY), "--help"]), "s", "<=", HELP_GOAL_S)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        make_example(project, Silent())
        report("slipway_check_s", median_s([str(SLIPWAY), "check", str(project)]), "s", "<=", CHECK_GOAL_S)


if __name__ == "__main__":
    main()
