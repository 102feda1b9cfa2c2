"""`python -m tests.fuzz NAME --seconds N --seed S`: hostile input for one part of the product, or for `all`.

A failure prints its input's path; `--replay PATH` tries it again. Exit code 1 where anything failed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.fuzz.case import NAMES
from tests.fuzz.driver import REPOSITORY, Driver


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    failed = False
    for name in NAMES if options.name == "all" else (options.name,):
        driver = Driver(name, options.keep)
        report = driver.replay([options.replay]) if options.replay else driver.run(options.seconds, options.seed)
        sys.stdout.write("\n".join(report.lines()) + "\n")
        sys.stdout.flush()
        failed = failed or bool(report.failures)
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--seconds", type=float, default=600.0, help="for each fuzzer")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed gives the same inputs")
    parser.add_argument("--keep", type=Path, default=REPOSITORY / "build" / "fuzz", help="where failing inputs are put")
    parser.add_argument("--replay", type=Path, help="one input that failed before")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
