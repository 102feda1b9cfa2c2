"""What 50 seeded kills each of a run and of its worker lose, and whether anything is left half-written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.example_board import FRAMES, ExampleBoard
from benchmarks.figure import report
from targets.agent.follow import Follower
from workbench.telemetry.recording import Recording, read_recording

KILLS = 50
LOST_GOAL_S = 1.0
SOAK_S = 3.0
LATEST_KILL_S = 2.0
DEADLINE_S = 60.0
RUN = "import sys; from targets.agent.run import main; sys.exit(main(sys.argv[1:]))"


class Attempt:
    """One run that loses its process or its worker at a random moment after its first frames."""

    def __init__(self, board: ExampleBoard, name: str) -> None:
        soak = {"id": "soak", "kind": "continuous", "warm_up": 2, "duration_s": SOAK_S, "rate_hz": None}
        board.plan(name, soak)
        self.folder = board.root / "runs" / name
        self.process = subprocess.Popen([sys.executable, "-c", RUN, str(self.folder)], start_new_session=True)

    def kill(self, worker: bool, after_s: float) -> int:
        """Kill once the first frames are on disk; the moment on the monotonic clock."""
        pid = self.process.pid
        end_s = time.monotonic() + DEADLINE_S
        for item in Follower(self.folder, {}, lambda: time.monotonic() > end_s):
            if worker and item.event == "run_event" and item.data["kind"] == "start_began":
                pid = item.data["data"]["pid"]
            if item.event == "run_block" and item.data["stream"] == "frames":
                break
        time.sleep(after_s)
        moment_ns = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        return moment_ns

    def ended(self) -> Recording:
        """What is on disk once the run is over."""
        end_s = time.monotonic() + DEADLINE_S
        for _ in Follower(self.folder, {}, lambda: time.monotonic() > end_s):
            continue
        self.process.wait(DEADLINE_S)
        return read_recording(self.folder / "live.sqlite")


def count_faults(recording: Recording) -> int:
    """Problems of the file, and frames that do not follow each other as they were measured."""
    table = recording.frames_table()
    wrong = 0
    for start in np.unique(table["start"]):
        numbers = table["frame"][table["start"] == start]
        wrong += int(np.count_nonzero(numbers != np.arange(len(numbers)) % FRAMES))
    return len(recording.problems) + wrong


def lost_s(recording: Recording, moment_ns: int) -> float:
    """From the last frame before the kill that is on disk to the kill."""
    times = recording.frames_table()["mono_ns"]
    return float(moment_ns - times[times <= moment_ns].max()) / 1e9


def main() -> None:
    """Kill, read, and report the worst."""
    rng = random.Random(20261124)
    with tempfile.TemporaryDirectory() as folder:
        board = ExampleBoard(Path(folder))
        for victim in ("run", "worker"):
            losses, faults = [], 0
            for number in range(KILLS):
                attempt = Attempt(board, f"{victim}-{number}")
                moment_ns = attempt.kill(victim == "worker", rng.uniform(0, LATEST_KILL_S))
                recording = attempt.ended()
                losses.append(lost_s(recording, moment_ns))
                faults += count_faults(recording)
                faults += victim == "worker" and recording.events_of("run_ended")[0].data["state"] != "done"
            print(f"{victim}: median loss {sorted(losses)[KILLS // 2]:.2f} s")
            report(f"killed_{victim}_lost_s", max(losses), "s", "<=", LOST_GOAL_S)
            report(f"killed_{victim}_faults", faults, "records", "<=", 0)


if __name__ == "__main__":
    main()
