"""How long `make check` takes once everything is set up: ruff, mypy, the arrows and the unit tests."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figure import report

ROOT = Path(__file__).resolve().parent.parent
GOAL_S = 60


def main() -> None:
    """Measure and report; a check that finds something gives no figure."""
    subprocess.run(["make", "ready"], cwd=ROOT, check=True)
    started_s = time.perf_counter()
    found = subprocess.run(["make", "check"], cwd=ROOT, check=False).returncode
    if found:
        sys.exit(found)
    report("make_check_s", time.perf_counter() - started_s, "s", "<=", GOAL_S)


if __name__ == "__main__":
    main()
