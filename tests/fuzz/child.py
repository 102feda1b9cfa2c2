"""Runs the cases of one fuzzer in a process of its own, bounded in memory; its driver kills it where it hangs.

Standard output carries lines: `begin N`, then `end N` and a JSON object with what came of it.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import json
import os
import resource
import shutil
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import Any, TextIO, cast

from tests.fuzz.case import MAX_WORDS, Case, Fuzzer
from tests.fuzz.guard import Guard
from workbench.base.errors import Fault, SlipwayError

MEMORY_BYTES = 6 << 30
"""Address space, which bounds what C and C++ libraries take too."""
RESIDENT_BYTES = 3 << 30
"""What a case may really have used at its most."""
FILE_BYTES = 256 << 20
SECRET = b"SLIPWAY-SECRET-OUTSIDE-OF-EVERY-PROJECT"


def main() -> int:
    """Run cases until their number or the time is up."""
    options = _options()
    words = os.fdopen(os.dup(1), "w", buffering=1)
    faulthandler.enable()
    os.dup2(2, 1)  # what libraries print is no answer of ours
    home = Path(options.home).resolve()
    outside = home / "outside"
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "secret").write_bytes(SECRET * 64)
    fuzzer = cast("Fuzzer", importlib.import_module(f"tests.fuzz.{options.name}"))
    fuzzer.prepare(home)
    bound()
    runner = _Runner(fuzzer, home, Guard(home, outside, fuzzer.PROCESSES), words)
    for number, path in enumerate(options.replay):
        runner.run(number, Case(path.name.partition("--")[2] or path.name, path.read_bytes()))
    if options.replay:
        return 0
    end_s = time.monotonic() + options.seconds
    for number in range(options.first, options.first + options.count):
        if time.monotonic() >= end_s or runner.run(
            number, fuzzer.make(Random(f"{options.seed}/{options.name}/{number}"))
        ):
            break
    return 0


def bound() -> None:
    """Bound this process: memory, files, no core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Runner:
    def __init__(self, fuzzer: Fuzzer, home: Path, guard: Guard, words: TextIO) -> None:
        self._fuzzer, self._home, self._guard, self._words = fuzzer, home, guard, words

    def run(self, number: int, case: Case) -> int:
        """Run one case; 1 where this process is of no more use."""
        kept, folder = self._home / "inputs" / f"{number}--{case.name}", self._home / "case"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(case.data)
        self._words.write(f"begin {number}\n")
        self._guard.watch()
        said = self._outcome(case, folder)
        seen = self._guard.rest()
        if seen:
            said = {"failure": "touched what it must not: " + "; ".join(seen[:5])}
        elif "failure" not in said and resident_bytes() > RESIDENT_BYTES:
            said = {"failure": f"took {resident_bytes() >> 20} MiB of memory"}
        if "failure" not in said:
            kept.unlink()
        self._words.write(f"end {number} {json.dumps(said)}\n")
        return int(resident_bytes() > RESIDENT_BYTES)

    def _outcome(self, case: Case, folder: Path) -> dict[str, Any]:
        try:
            return {"outcome": self._fuzzer.check(case, folder)}
        except SlipwayError as error:
            return _judge_words(error)
        except BaseException as error:  # boundary: the end of a case, whose defects are what is looked for
            if isinstance(error, KeyboardInterrupt):
                raise
            return {"failure": f"{type(error).__name__}: {str(error)[:300]}", "trace": traceback.format_exc()[-6000:]}


def _judge_words(error: SlipwayError) -> dict[str, Any]:
    """A refusal counts only where a person can read it: it says something, is no novel, and can be printed."""
    text = str(error)
    if not error.summary.strip() or len(text) > MAX_WORDS:
        return {"failure": f"an error of {len(text)} characters: {error.summary[:200]!r}"}
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"failure": f"an error that cannot be printed: {text[:200]!r}"}
    if error.fault is Fault.INTERNAL:
        return {"failure": f"the product calls it its own defect: {error.summary[:300]}", "trace": error.detail[-6000:]}
    return {"outcome": "refused"}


def resident_bytes() -> int:
    """The most that this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--home", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--replay", type=Path, nargs="+", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
