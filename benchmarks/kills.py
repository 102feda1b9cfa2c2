"""Kills one of the processes of a running job at a random moment, and looks at what that left."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.example_project import BOARD
from projects.runs import list_runs
from workbench.base.errors import Fault, SlipwayError
from workbench.base.events import JobState
from workbench.jobs.handle import JobHandle
from workbench.jobs.job import Job
from workbench.pipeline.run import RunJob
from workbench.pipeline.verify import VerifyJob
from workbench.session import Session
from workbench.telemetry.freeze import read_parquet

COMMAND, JOB_WORKER, AGENT, RUN, ENGINE_WORKER = "command", "job_worker", "agent", "run", "engine_worker"
VICTIMS = (COMMAND, JOB_WORKER, AGENT, RUN, ENGINE_WORKER)
MODES = {AGENT: "serve", RUN: "run", ENGINE_WORKER: "worker"}
"""What stands in the argument list of a process on the board."""
LIMIT_S = 60.0
SPREAD_S = 2.0
"""A kill comes up to so long after its process is there."""
WHOLE_SPREAD_S = 8.0
REPOSITORY = Path(__file__).resolve().parent.parent
SLIPWAY = [sys.executable, "-c", "import sys; from workbench import cli; sys.exit(cli.main(sys.argv[1:]))"]


@dataclass
class Struck:
    """What a kill left."""

    what: str
    measuring: bool
    """Whether frames were measured when it came."""
    problems: list[str] = field(default_factory=list)
    """What must not be, in words; empty where everything held."""
    lost_s: float | None = None
    """From the last sample that is kept to the kill; None where nothing was measured."""


class _Work:
    """A job at work, and which of its processes is killed."""

    def pids(self) -> list[int]:
        """Processes that are to be killed."""
        raise NotImplementedError

    def settle(self, struck: Struck, more: Callable[[], bool]) -> None:
        """Wait for what the kill comes to; `more` tells whether measuring went on."""
        raise NotImplementedError

    def kill(self) -> int:
        """Kill; the moment on the monotonic clock, in ns."""
        killed_ns = time.monotonic_ns()
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        return killed_ns


class _CommandWork(_Work):
    """The command in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def pids(self) -> list[int]:
        """The command's own process."""
        return [self._process.pid]

    def settle(self, struck: Struck, more: Callable[[], bool]) -> None:
        """The command is gone at once, or had ended with a verdict before."""
        del more
        if self._process.wait(LIMIT_S) not in {-signal.SIGKILL, 0, 1, 3}:
            struck.problems.append(f"the command ended with {self._process.returncode}")


class _JobWork(_Work):
    """A job of the session."""

    def __init__(self, handle: JobHandle, find: Callable[[], list[int]], *, goes_on: bool) -> None:
        self._handle, self._find, self._goes_on = handle, find, goes_on

    def pids(self) -> list[int]:
        """What there is of the kind that is killed, once the job has begun: until then a dead worker is replaced."""
        return self._find() if self._handle.state is not JobState.WAITING else []

    def settle(self, struck: Struck, more: Callable[[], bool]) -> None:
        """The job ends in words; one that lost its engine's worker alone measures on until it is cancelled."""
        expected = {JobState.FAILED, JobState.LOST, JobState.SUCCEEDED}
        if self._goes_on:
            _until(lambda: more() or self._handle.ended is not None, "measuring goes on")
            self._handle.cancel()
            expected = {JobState.CANCELLED}
        ended = self._handle.wait(LIMIT_S)
        if ended.state not in expected or (ended.error is not None and ended.error.fault is Fault.INTERNAL):
            struck.problems.append(f"the job ended as {ended.state.value}: {ended.error}")


class KillGround:
    """A project whose release is installed on a board of its own, and a session for it.

    The throughput test of the project's documents must last long: it is what runs when the kill comes.
    """

    def __init__(self, project: Path, root: Path, session: Session) -> None:
        self.project, self.root, self.session = project, root, session

    def strike(self, what: str, chance: random.Random, *, measuring: bool) -> Struck:
        """Start a verification, kill one of its processes, and look at what is left.

        Args:
            what: one of VICTIMS.
            chance: chooses the moment.
            measuring: wait until frames are recorded; else the kill comes as soon as the process is there, or later.
        """
        struck = Struck(what, measuring)
        job = VerifyJob(self.project, BOARD, ("throughput",))
        with self._at_work(what, job, ["verify", "--only", "throughput"]) as work:
            _until(work.pids, f"the process {what} starts")
            if measuring:
                _until(lambda: self._rows() > 0, "frames are recorded")
            threading.Event().wait(chance.uniform(0.0, SPREAD_S))
            rows = self._rows()
            killed_ns = work.kill()
            work.settle(struck, lambda: self._rows() > rows)
        self._look(struck)
        self._use(struck, VerifyJob(self.project, BOARD, ("null_input",)))
        if measuring:
            self._count(struck, rows, killed_ns)
        return struck

    def strike_whole(self, what: str, chance: random.Random) -> Struck:
        """Start the main job with nothing made yet, kill one of its processes anywhere, and look at what is left."""
        struck = Struck(what, measuring=False)
        for folder in (
            self.project / "records",
            self.project / ".slipway",
            self.root / "releases",
            self.root / "blobs",
        ):
            shutil.rmtree(folder, ignore_errors=True)
        with self._at_work(what, RunJob(self.project, BOARD, quick=True), ["run", "--quick"]) as work:
            _until(work.pids, f"the process {what} starts")
            threading.Event().wait(chance.uniform(0.0, WHOLE_SPREAD_S))
            work.kill()
            work.settle(struck, lambda: False)
        self._look(struck)
        self._use(struck, RunJob(self.project, BOARD, quick=True))
        return struck

    @contextmanager
    def _at_work(self, what: str, job: Job, words: list[str]) -> Iterator[_Work]:
        if what == COMMAND:
            argv = [*SLIPWAY, words[0], str(self.project), "--board", BOARD, *words[1:]]
            process = subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                yield _CommandWork(process)
            finally:
                process.kill()
                process.wait()
            return
        handle = self.session.start(job)
        finder = _job_workers if what == JOB_WORKER else lambda: processes(self.root, MODES[what])
        try:
            yield _JobWork(handle, finder, goes_on=what == ENGINE_WORKER)
        finally:
            handle.cancel()

    def _rows(self) -> int:
        """Frames that are recorded on the board by the run that is there now."""
        return sum(_frames_in(path) for path in self.root.glob("runs/*/live.sqlite"))

    def _look(self, struck: Struck) -> None:
        """Nothing runs any more, and nothing is half-written."""
        try:
            _until(lambda: not processes(self.root), "nothing runs on the board any more")
        except TimeoutError as error:
            struck.problems.append(f"{error}: {processes(self.root)}")
        for path in (*self.project.glob("records/*/*.json"), *self.project.glob("runs/*/*.json")):
            try:
                json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                struck.problems.append(f"{path} is half-written: {error}")

    def _use(self, struck: Struck, job: Job) -> None:
        """The next job works, and closes what was left open."""
        ended = self.session.start(job).wait(LIMIT_S)
        if ended.state is not JobState.SUCCEEDED:
            struck.problems.append(f"the next job ended as {ended.state.value}: {ended.error}")
        elif isinstance(job, VerifyJob):
            struck.problems += [
                f"{run.id} is open" for run in list_runs(self.project / "runs") if not run.is_finished()
            ]

    def _count(self, struck: Struck, rows: int, killed_ns: int) -> None:
        """What was recorded before the kill is kept: all that was seen, and up to the last second."""
        run = list_runs(self.project / "runs")[-2]
        try:
            tables = [read_parquet(run.path / f"{name}.parquet") for name in ("frames", "telemetry")]
        except SlipwayError as error:
            struck.problems.append(f"the recording of {run.id} cannot be read: {error}")
            return
        kept = len(tables[0]["mono_ns"])
        if kept < rows:
            struck.problems.append(f"{run.id} keeps {kept} frames; {rows} had been recorded")
        last = [max((int(ns) for ns in table["mono_ns"] if ns <= killed_ns), default=0) for table in tables]
        struck.lost_s = (killed_ns - min(last)) / 1e9


def processes(root: Path, mode: str | None = None) -> list[int]:
    """Processes of a board, by the board's root in their arguments; those of one mode, or all."""
    found = []
    for entry in Path("/proc").iterdir():
        words = _arguments(entry) if entry.name.isdigit() else []
        if any(word == str(root) or word.startswith(f"{root}/") for word in words) and (mode is None or mode in words):
            found.append(int(entry.name))
    return found


def _arguments(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def _job_workers() -> list[int]:
    """Processes of the executor, the one that works and the one that waits."""
    children = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent_of(entry) == os.getpid()]
    return [int(entry.name) for entry in children if "spawn_main" in " ".join(_arguments(entry))]


def _parent_of(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _frames_in(path: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10.0)) as database:
            (rows,) = database.execute("SELECT coalesce(sum(rows), 0) FROM blocks WHERE stream = 'frames'").fetchone()
            return int(rows)
    except sqlite3.Error:
        return 0


def _until(condition: Callable[[], Any], what: str) -> None:
    ticks = threading.Event()
    end_s = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"it did not come true within {LIMIT_S:g} s that {what}")
        ticks.wait(0.02)
