"""A tree of processes of one test's own: nothing in it gets lost, whoever kills what."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SUPERVISOR = Path(__file__).with_name("supervisor.py")


@dataclass(frozen=True)
class Process:
    """A process of the tree; zombies are none."""

    pid: int
    parent: int
    program: str
    """What it executes: the path of its file; empty where it has just gone."""
    words: tuple[str, ...]
    """Its argument list."""

    def __str__(self) -> str:
        return f"process {self.pid}: {' '.join(self.words)[:300] or self.program}"


class ProcessTree:
    """Everything that was started through it, and everything that these started, detached or not.

    Args:
        prefix: what starts the supervisor, for instance `unshare --net`.
    """

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._supervisor = subprocess.Popen(
            [*prefix, sys.executable, "-I", "-S", str(SUPERVISOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            start_new_session=True,
        )
        assert self._supervisor.stdout is not None
        if self._supervisor.stdout.readline() != "ready\n":  # until then the prefix is at work in its process
            raise RuntimeError(f"{' '.join(prefix)} starts nothing")

    @property
    def pid(self) -> int:
        """The supervisor, in whose namespaces everything runs."""
        return self._supervisor.pid

    def start(self, argv: Sequence[str]) -> int:
        """Start a program; its process id.

        Raises:
            OSError: it does not start.
        """
        assert self._supervisor.stdin is not None
        assert self._supervisor.stdout is not None
        self._supervisor.stdin.write(json.dumps(list(argv)) + "\n")
        self._supervisor.stdin.flush()
        pid, reason = json.loads(self._supervisor.stdout.readline())
        if not pid:
            raise OSError(reason)
        return int(pid)

    def processes(self) -> list[Process]:
        """All that lives below the supervisor now."""
        found, waiting = [], children_of(self.pid)
        while waiting:
            pid = waiting.pop()
            process = read_process(pid)
            if process is not None:
                found.append(process)
            waiting += children_of(pid)
        return sorted(found, key=lambda process: process.pid)

    def close(self) -> None:
        """Kill what still lives, and wait until all of it is gone."""
        self._supervisor.communicate(timeout=30)


def all_pids() -> list[int]:
    """All processes of the machine."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 (fast)


def children_of(pid: int) -> list[int]:
    """The children of all threads of a process; none of one that has ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 (fast)
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def read_process(pid: int) -> Process | None:
    """What /proc says of a process; None for one that has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return None
    if state in "ZX":
        return None
    try:
        program = str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        program = ""
    return Process(pid, int(parent), program, tuple(words))


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to processes that may have gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_for(condition: Callable[[], object], limit_s: float, tick_s: float = 0.01) -> bool:
    """Wait for a condition; whether it came true in time."""
    end_s = time.monotonic() + limit_s
    ticks = threading.Event()
    while not condition():
        if time.monotonic() > end_s:
            return False
        ticks.wait(tick_s)
    return True
