"""What telemetry at 10 Hz with latency samples costs: CPU of the run and its follower, and time added to each frame."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from benchmarks.agent_overhead import SETTLE_FRAMES, TURN_FRAMES
from benchmarks.example_board import ExampleBoard
from benchmarks.figure import report
from benchmarks.pairs import in_turn, ratio_of
from targets.agent.follow import Follower, Item
from targets.agent.plan import parse_plan
from targets.agent.process import agent_command
from targets.agent.run import Run
from targets.agent.run_folder import RunFolder
from targets.agent.worker_client import Event, WorkerClient

SOAK_S = 30.0
MARGIN_S = 3.0
PAIRS = 80
CPU_GOAL_PERCENT = 1.0
LATENCY_GOAL = 1.01
RUN = "import sys; from targets.agent.run import main; sys.exit(main(sys.argv[1:]))"


def cpu_ns(pid: int) -> int:
    """Nanoseconds that all threads of a process have been on a core."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def cpu_percents(board: ExampleBoard) -> tuple[float, float]:
    """Shares of one core that a run's process and who follows it use while the worker measures without a pause."""
    soak = {"id": "soak", "kind": "continuous", "warm_up": 10, "duration_s": SOAK_S, "rate_hz": None}
    board.plan("soak", soak)
    folder = board.root / "runs" / "soak"
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)])
    items = iter(Follower(folder, {}, lambda: False))
    reach_frames(items, 0)
    began_ns, before_ns, own_ns = time.monotonic_ns(), cpu_ns(process.pid), time.thread_time_ns()
    reach_frames(items, began_ns + int((SOAK_S - 2 * MARGIN_S) * 1e9))
    passed_ns = time.monotonic_ns() - began_ns
    shares = (cpu_ns(process.pid) - before_ns) / passed_ns, (time.thread_time_ns() - own_ns) / passed_ns
    process.send_signal(signal.SIGTERM)
    process.wait()
    return 100 * shares[0], 100 * shares[1]


def reach_frames(items: Iterator[Item], moment_ns: int) -> None:
    """Follow a run to its first block of frames after a moment."""
    for item in items:
        if item.event == "run_block" and item.data["stream"] == "frames" and item.data["last_ns"] >= moment_ns:
            return


class Turns:
    """One worker, asked by turns as a run does it and with nothing else going on."""

    def __init__(self, board: ExampleBoard) -> None:
        plan = parse_plan(board.plan("turns", {"id": "io", "kind": "validation"}))
        self._run = Run(RunFolder(board.root / "runs" / "turns"), plan)
        self._worker = WorkerClient(agent_command("worker"), board.root / "worker.log")
        self._worker.ask("hello", {"runtime": "openvino"})
        self._worker.ask("load", self._run.load_arguments())

    def mean_us(self, with_telemetry: bool) -> float:
        """Mean latency of one turn."""
        found: list[float] = []

        def keep(event: Event) -> None:
            names = [name for name, _ in event.data["columns"]]
            if event.attachments:
                found.extend(memoryview(event.attachments[names.index("latency_us")]).cast("f"))

        def record(event: Event) -> None:
            self._run.take(event)
            keep(event)

        for which, frames in ((-1, SETTLE_FRAMES), (0, TURN_FRAMES)):
            job = {"phase": 0, "start": 0, "which": which, "iterations": frames, "duration_s": None, "rate_hz": None}
            if with_telemetry:
                self._worker.ask("measure", job, idle=self._run.tend, on_event=record)
            else:
                self._worker.ask("measure", job, on_event=keep)
        return fmean(found)

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        board = ExampleBoard(Path(folder))
        run, follower = cpu_percents(board)
        print(f"run {run:.2f} %, follower {follower:.2f} % of a core")
        report("telemetry_cpu", run + follower, "%_of_a_core", "<=", CPU_GOAL_PERCENT)
        turns = Turns(board)
        pairs = [
            in_turn(lambda: turns.mean_us(with_telemetry=True), lambda: turns.mean_us(with_telemetry=False), number)
            for number in range(PAIRS)
        ]
        turns.close()
        ratio = ratio_of(pairs, ("with telemetry", "without"))
        report("telemetry_latency_ratio", ratio, "ratio", "<=", LATENCY_GOAL)


if __name__ == "__main__":
    main()
