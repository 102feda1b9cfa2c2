"""What telemetry at 10 Hz with latency samples costs: CPU of the run's process, and time added to each frame."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean, median

from benchmarks.agent_overhead import SETTLE_FRAMES, TURN_FRAMES
from benchmarks.example_board import ExampleBoard
from benchmarks.figure import report
from targets.agent.follow import Follower
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


def run_cpu_percent(board: ExampleBoard) -> float:
    """Share of one core that a run's process uses while its worker measures without a pause."""
    soak = {"id": "soak", "kind": "continuous", "warm_up": 10, "duration_s": SOAK_S, "rate_hz": None}
    board.plan("soak", soak)
    folder = board.root / "runs" / "soak"
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)])
    for item in Follower(folder, {}, lambda: False):
        if item.event == "run_block" and item.data["stream"] == "frames":
            break
    began_s, before_ns = time.monotonic(), cpu_ns(process.pid)
    time.sleep(SOAK_S - 2 * MARGIN_S)
    used_ns, passed_s = cpu_ns(process.pid) - before_ns, time.monotonic() - began_s
    process.wait()
    return 100 * used_ns / 1e9 / passed_s


class Turns:
    """One worker, asked by turns as a run does it and with nothing else going on."""

    def __init__(self, board: ExampleBoard) -> None:
        plan = parse_plan(board.plan("turns", {"id": "io", "kind": "validation"}))
        self._run = Run(RunFolder(board.root / "runs" / "turns"), plan)
        self._worker = WorkerClient(agent_command("worker"), board.root / "worker.log")
        self._worker.ask("hello", {"runtime": "openvino"})
        self._worker.ask("load", self._run.load_arguments())

    def mean_us(self, telemetry: bool) -> float:
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
            if telemetry:
                self._worker.ask("measure", job, idle=self._run.tend, on_event=record)
            else:
                self._worker.ask("measure", job, on_event=keep)
        return fmean(found)

    def pair(self, telemetry_first: bool) -> tuple[float, float]:
        """Two turns, with telemetry and without; the order changes, so that a drift meets both alike."""
        means = {telemetry: self.mean_us(telemetry) for telemetry in (telemetry_first, not telemetry_first)}
        return means[True], means[False]

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        board = ExampleBoard(Path(folder))
        report("telemetry_run_cpu", run_cpu_percent(board), "%_of_a_core", "<=", CPU_GOAL_PERCENT)
        turns = Turns(board)
        pairs = [turns.pair(telemetry_first=turn % 2 == 0) for turn in range(PAIRS)]
        turns.close()
        print(f"with {median(one for one, _ in pairs):.0f} us, without {median(two for _, two in pairs):.0f} us")
        report("telemetry_latency_ratio", median(one / two for one, two in pairs), "ratio", "<=", LATENCY_GOAL)


if __name__ == "__main__":
    main()
