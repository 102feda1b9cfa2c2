"""What comparing 1,000 samples with the reference takes, against what the two inferences take one after the other.

Device alone: the same run on the board, its outputs taken and dropped. Reference alone: ONNX Runtime over the same
pack. All are measured from their start to their last frame, loading included, in turns, so that whatever else the
machine does meets all of them alike.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.example_project import BOARD, PRECISION, SAMPLES, change, make_board, make_project
from benchmarks.figure import report
from projects.project import Project
from projects.record_file import Author
from projects.runs import list_runs
from targets.agent.frames import Preprocessor
from targets.agent_client import AgentClient
from targets.inventory import open_board
from workbench.base.events import JobEnded, JobState, Progress, StepStarted
from workbench.base.reporter import Silent
from workbench.frames.pack import Pack
from workbench.jobs.job import Job
from workbench.pipeline.build import BuildJob
from workbench.pipeline.deploy import DeployJob
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import open_test_set, pack_frames
from workbench.pipeline.optimise import OptimiseJob, worker_threads
from workbench.pipeline.verify import VerifyJob
from workbench.reference import Reference
from workbench.session import Session

FRAMES = 1000
ROUNDS = 3
GOAL = 1.15
KINDS = ("output_difference", "detection_iou")
BY = Author("Benchmark")


def finish(session: Session, job: Job) -> None:
    """Carry a job out."""
    ended = session.start(job).wait()
    if ended.state is not JobState.SUCCEEDED:
        raise RuntimeError(f"{job.title} ended as {ended.state.value}: {ended.error}")


class Cost(NamedTuple):
    """What something took: time on the clock, and on cores by this process and all below it."""

    wall_s: float
    cpu_s: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)

    def plus(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


def spent() -> Cost:
    """What was spent so far; of other processes only those that ended count."""
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(time.perf_counter(), own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime)


def compare(session: Session, project: Path, frames: int) -> Cost:
    """From the start of a verification's run to the last sample that was compared, as its progress tells it."""
    began = compared = ended = spent()
    for event in session.start(VerifyJob(project, BOARD, KINDS)).events():
        if isinstance(event, StepStarted) and event.step == "verify":
            began = spent()
        elif isinstance(event, Progress) and f"of {frames} frames" in event.text:
            compared = spent()
        elif isinstance(event, JobEnded):
            ended = spent()
            if event.state is not JobState.SUCCEEDED:
                raise RuntimeError(f"the verification ended as {event.state.value}: {event.error}")
    return Cost(compared.wall_s - began.wall_s, ended.cpu_s - began.cpu_s)


def infer_on_device(plan: dict[str, Any]) -> Cost:
    """The same run without a reference."""
    run = f"alone-{time.monotonic_ns()}"
    began = spent()
    with AgentClient(open_board(BOARD)) as client, client.locked("benchmark"):
        started = spent()
        client.start_run(run, {**plan, "run": run})
        client.follow(run, lambda _: None)
        took = spent() - started
        client.remove_run(run)
    return Cost(took.wall_s, spent().cpu_s - began.cpu_s)


def infer_with_reference(pack: Pack, detector: Detector) -> Cost:
    """The reference over the same frames, as a verification runs it."""
    began = spent()
    with Reference(detector.model, worker_threads()) as reference:
        preprocess = Preprocessor(detector.preprocess, pack.height, pack.width)
        for frame in pack.open():
            reference.infer(preprocess(np.ascontiguousarray(frame)))
    return spent() - began


def main() -> None:
    """Measure and report."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        path = folder / "project"
        make_project(path, range(6_000_000, 6_000_000 + frames))
        make_board(folder / "board", folder / "lock")
        change(path / "deployment_tests.yaml", SAMPLES, frames)
        change(path / "deployment.yaml", PRECISION, "INT8")  # the quicker the device, the more the rest shows
        with Session(folder / "home", by=BY) as session:
            for job in (OptimiseJob(path), BuildJob(path, BOARD), DeployJob(path, BOARD)):
                finish(session, job)
            project = Project.open(path)
            detector = open_detector(project)
            pack = pack_frames(
                open_test_set(project, detector, frames, Silent()), detector, project.layout.cache, Silent()
            )
            both = device = reference = Cost(0.0, 0.0)
            for _ in range(ROUNDS):
                both = both.plus(compare(session, path, frames))
                plan = json.loads((list_runs(path / "runs")[-1].path / "plan.json").read_text(encoding="utf-8"))["plan"]
                device = device.plus(infer_on_device(plan))
                reference = reference.plus(infer_with_reference(pack, detector))
    for name, cost in (("together", both), ("device alone", device), ("reference alone", reference)):
        print(f"{name}: {cost.wall_s:.1f} s, {cost.cpu_s:.1f} s on cores, judging and drawing included")
    report("equivalence_overlap_ratio", both.wall_s / (device.wall_s + reference.wall_s), "ratio", "<=", GOAL)


if __name__ == "__main__":
    main()
