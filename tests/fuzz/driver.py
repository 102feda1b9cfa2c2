"""Drives a fuzzer: starts its process, ends it where a case hangs, keeps what failed, goes on behind it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LIMIT_S = 40.0
"""No case may take longer, also on a busy machine."""
START_S = 120.0
CASES_EACH = 3000
"""A process of its own for so many cases, so that what a library leaks does not count as an input's."""


@dataclass(frozen=True)
class Failure:
    """A case that the product did not take as it should."""

    number: int
    text: str
    trace: str
    kept: Path | None
    """Where its input lies."""

    @property
    def kind(self) -> str:
        """What failures of one cause have in common: the error, and the last line of ours that it passed."""
        lines = [line.strip() for line in self.trace.splitlines() if 'File "' in line and "/tests/" not in line]
        ours = [line for line in lines if any(f"/{room}/" in line for room in ("workbench", "targets", "projects"))]
        return f"{self.text.partition(':')[0]} {ours[-1] if ours else self.text[:120]}"


@dataclass
class Report:
    """What came of a fuzzer's run."""

    name: str
    seed: int
    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = 0

    def lines(self) -> list[str]:
        """For a person: what was tried, and each kind of failure once."""
        words = ", ".join(f"{count} {word}" for word, count in self.outcomes.most_common(12))
        text = f"{self.name} --seed {self.seed}: {self.cases} cases ({words}), {len(self.failures)} failed"
        found = [f"{text}; the slowest ({self.slowest}) took {self.slowest_s:.1f} s"]
        kinds = Counter(failure.kind for failure in self.failures)
        for kind, count in kinds.most_common():
            first = next(failure for failure in self.failures if failure.kind == kind)
            found.append(f"  {count} x {first.text}\n    input: {first.kept} (case {first.number})")
            found += [f"    {line}" for line in first.trace.rstrip().splitlines()[-14:]]
        return found


class Driver:
    """One fuzzer.

    Args:
        name: its module in this folder.
        keep: where failing inputs are put; made where it is not there.
        limit_s: how long a case may take.
    """

    def __init__(self, name: str, keep: Path, limit_s: float = LIMIT_S) -> None:
        self.name, self._keep, self._limit_s = name, keep, limit_s

    def run(self, seconds: float, seed: int, cases: int | None = None) -> Report:
        """Fuzz for a time, or for a number of cases."""
        report = Report(self.name, seed)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and (cases is None or report.cases < cases):
            count = CASES_EACH if cases is None else min(CASES_EACH, cases - report.cases)
            left_s = max(0.1, end_s - time.monotonic())
            before = report.cases
            arguments = ["--seed", str(seed), "--first", str(report.cases), "--count", str(count)]
            self._run_child([*arguments, "--seconds", f"{left_s:.1f}"], report)
            if report.cases == before:
                break
        return report

    def replay(self, paths: Sequence[Path]) -> Report:
        """Try inputs again; the name of each is what follows `--` in its file's, where that has one."""
        report = Report(self.name, 0)
        while report.cases < len(paths):
            before = report.cases
            self._run_child(["--replay", *(str(path.resolve()) for path in paths[before:])], report)
            if report.cases == before:
                break
        return report

    def _run_child(self, arguments: Sequence[str], report: Report) -> None:
        home = self._keep / f".{self.name}-{os.getpid()}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        log = home / "log"
        with log.open("wb") as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.child", self.name, "--home", str(home), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                env=_environment(home),
                start_new_session=True,
            )
        try:
            self._listen(child, home, log, report)
        finally:
            _end(child)
            shutil.rmtree(home, ignore_errors=True)

    def _listen(self, child: subprocess.Popen[bytes], home: Path, log: Path, report: Report) -> None:
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        assert child.stdout is not None
        reader = threading.Thread(target=_read, args=(child.stdout, lines), name="fuzz-reader", daemon=True)
        reader.start()
        number, began_s = -1, time.monotonic()
        try:
            while True:
                limit_s = self._limit_s if number >= 0 else START_S
                try:
                    line = lines.get(timeout=max(0.01, began_s + limit_s - time.monotonic()))
                except queue.Empty:
                    child.send_signal(signal.SIGABRT)  # the child then says where its threads are
                    child.wait()
                    trace = log.read_text(errors="replace")[-6000:]
                    self._fail(report, number, {"failure": f"hangs: over {limit_s:g} s", "trace": trace}, home)
                    return
                if line is None:
                    self._note_end(child, number, home, log, report)
                    return
                word, _, rest = line.partition(" ")
                if word == "begin":
                    number, began_s = int(rest), time.monotonic()
                elif word == "end":
                    self._take(report, json.loads(rest.partition(" ")[2]), number, time.monotonic() - began_s, home)
                    number, began_s = -1, time.monotonic()
        finally:
            _end(child)
            reader.join()
            child.stdout.close()

    def _take(self, report: Report, said: dict[str, Any], number: int, seconds: float, home: Path) -> None:
        if seconds > report.slowest_s:
            report.slowest_s, report.slowest = seconds, number
        if "failure" in said:
            self._fail(report, number, said, home)
            return
        report.cases += 1
        report.outcomes[str(said["outcome"])] += 1

    def _note_end(self, child: subprocess.Popen[bytes], number: int, home: Path, log: Path, report: Report) -> None:
        code = child.wait()
        if number >= 0 or code != 0:
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            trace = log.read_text(errors="replace")[-4000:]
            if number < 0:
                raise RuntimeError(f"the fuzzer {self.name} itself ended with {how}:\n{trace}")
            self._fail(report, number, {"failure": f"the process died: {how}", "trace": trace}, home)

    def _fail(self, report: Report, number: int, said: dict[str, Any], home: Path) -> None:
        kept = None
        for path in (home / "inputs").glob(f"{number}--*"):
            kept = self._keep / f"{self.name}-{report.seed}-{path.name}"
            shutil.copyfile(path, kept)
        report.cases += 1
        report.outcomes["failed"] += 1
        report.failures.append(Failure(number, said["failure"], said.get("trace", ""), kept))


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own: homes and temporary files lie where writing is allowed."""
    places = dict.fromkeys(("HOME", "TMPDIR", "SLIPWAY_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"), str(home))
    quiet = {
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
        "OPENCV_LOG_LEVEL": "SILENT",
        "OMP_NUM_THREADS": "1",
    }
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **places, **quiet}


def _read(stream: IO[bytes], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line.decode(errors="replace").rstrip("\n"))
    lines.put(None)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group; nothing that a case started may outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
