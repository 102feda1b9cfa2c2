"""What the agent's worker adds to an inference: against a bare loop on the same engine, and against benchmark_app.

One side works at a time, in short turns (`pairs.py`), so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import array
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.example_board import LOAD, MODEL, ExampleBoard
from benchmarks.figure import report
from benchmarks.pairs import in_turn, ratio_of
from targets.agent.plan import parse_plan
from targets.agent.process import agent_command
from targets.agent.run import Run
from targets.agent.run_folder import RunFolder
from targets.agent.worker_client import Event, WorkerClient

PAIRS = 80
TURN_FRAMES = 60
SETTLE_FRAMES = 10
APP_PAIRS = 12
APP_FRAMES = 200
LATENCY_GOAL = 1.02
APP_GOAL = 1.05

BARE = """
import sys, time
sys.modules["openvino_telemetry"] = None
import numpy as np, openvino as ov
core = ov.Core()
config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 2, "NUM_STREAMS": 1}
request = core.import_model(open(sys.argv[1], "rb").read(), "CPU", config).create_infer_request()
request.set_input_tensor(ov.Tensor(np.random.default_rng(1).random((1, 3, 384, 640), dtype=np.float32)))
for line in sys.stdin:
    settle, frames = (int(word) for word in line.split())
    for _ in range(settle):
        request.infer(share_outputs=True)
    spent_ns = 0
    for _ in range(frames):
        began_ns = time.perf_counter_ns()
        request.infer(share_outputs=True)
        spent_ns += time.perf_counter_ns() - began_ns
    print(spent_ns / frames / 1e3, flush=True)
"""
APP = """
import sys
sys.modules["openvino_telemetry"] = None
from openvino.tools.benchmark.main import main
main()
"""


class Bare:
    """A process that does nothing but infer, a turn for each line that it is sent."""

    def __init__(self, engine: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE, str(engine)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def mean_us(self, frames: int) -> float:
        """Mean latency of one turn."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 (pipes)
        self._process.stdin.write(f"{SETTLE_FRAMES} {frames}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class Measured:
    """The agent's own worker, asked as a run asks it."""

    def __init__(self, board: ExampleBoard) -> None:
        plan = board.plan("overhead", {"id": "io", "kind": "validation"})
        folder = RunFolder(board.root / "runs" / "overhead")
        self._worker = WorkerClient(agent_command("worker"), folder.logs / "worker.log")
        self._worker.ask("hello", {"runtime": "openvino"})
        self._worker.ask("load", Run(folder, parse_plan(plan)).load_arguments())

    def mean_us(self, frames: int) -> float:
        """Mean of the engine's span of one turn, as the worker reports it."""
        self._measure(-1, SETTLE_FRAMES)
        return fmean(self._measure(0, frames))

    def _measure(self, which: int, frames: int) -> list[float]:
        spans: list[float] = []

        def take(event: Event) -> None:
            columns: dict[str, Any] = {}
            for (name, code), part in zip(event.data["columns"], event.attachments, strict=False):
                columns[name] = array.array(code, part)
            if columns:
                stages = (columns[name] for name in ("copy_in_us", "execute_us", "copy_out_us"))
                spans.extend(sum(row) for row in zip(*stages, strict=True))

        job = {"phase": 0, "start": 0, "which": which, "iterations": frames, "duration_s": None, "rate_hz": None}
        self._worker.ask("measure", job, on_event=take)
        return spans

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def benchmark_app_mean_us() -> float:
    """Mean latency that OpenVINO's own benchmark_app reports for the candidate."""
    options = f"-d CPU -infer_precision f32 -hint none -nstreams {LOAD['streams']} -nthreads {LOAD['threads']}"
    words = ["-m", str(MODEL), *options.split(), "-api", "sync", "-niter", str(APP_FRAMES)]
    done = subprocess.run([sys.executable, "-c", APP, *words], check=True, capture_output=True, text=True)
    found = re.search(r"Average:\s+([0-9.]+) ms", done.stdout)
    if found is None:
        raise RuntimeError(f"benchmark_app printed no average:\n{done.stdout[-2000:]}")
    return float(found[1]) * 1e3


def main() -> None:
    """Measure both ratios and report them."""
    with tempfile.TemporaryDirectory() as folder:
        board = ExampleBoard(Path(folder))
        measured, bare = Measured(board), Bare(board.engine)
        pairs = [
            in_turn(lambda: measured.mean_us(TURN_FRAMES), lambda: bare.mean_us(TURN_FRAMES), n) for n in range(PAIRS)
        ]
        ratio = ratio_of(pairs, ("worker", "bare loop"))
        report("agent_mean_latency_ratio", ratio, "ratio", "<=", LATENCY_GOAL)
        apps = [in_turn(lambda: measured.mean_us(APP_FRAMES), benchmark_app_mean_us, n) for n in range(APP_PAIRS)]
        ratio = ratio_of(apps, ("worker", "benchmark_app"))
        report("benchmark_app_ratio", max(ratio, 1 / ratio), "ratio", "<=", APP_GOAL)
        measured.close()
        bare.close()


if __name__ == "__main__":
    main()
