"""Starts programs and adopts whatever they leave behind, so that all of it stays one tree; ends it when its input ends.

It says when it begins. A line of JSON on standard input is an argument list; the answer is its process id. Standard
library alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    """Serve until the input ends, then kill every process below."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this kernel lets no process adopt orphans")
    awake, wake = os.pipe()
    for handle in (awake, wake):
        os.set_blocking(handle, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = b""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        ready, _, _ = select.select([0, awake], [], [])
        reap()
        if awake in ready:
            os.read(awake, 4096)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                answer(json.loads(line))
    end_all()
    return 0


def answer(argv: list[str]) -> None:
    """Start a program and say its process id; 0 and the reason where it does not start."""
    try:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        process.returncode = 0  # it is `reap` that waits for it
        told: list[object] = [process.pid, ""]
    except OSError as error:
        told = [0, str(error)]
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def reap() -> bool:
    """Wait for everything that ended; whether anything is left."""
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return True
    return False


def end_all() -> None:
    """Kill all children, then those that thereby become children, until there are none."""
    while reap():
        for pid in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        select.select([], [], [], 0.005)


def children() -> list[int]:
    """Process ids of the children of this process."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123 (quick to start: no pathlib)
        return [int(word) for word in file.read().split()]


if __name__ == "__main__":
    sys.exit(main())
