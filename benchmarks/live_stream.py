"""A live run over SSH to a server on the loopback: what reaches a subscriber of a 720p video at 30 frames a second.

The age of a frame is from its arrival at the device to its event in this process, which is no worker of the run.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.example_project import make_project
from benchmarks.figure import report
from benchmarks.ssh_ground import SshGround, ssh_ground
from projects.record_file import Author
from workbench.base.events import Event, JobState
from workbench.base.live import LiveBatch, LiveFrame
from workbench.frames.slots import SlotReader
from workbench.jobs.job import Job
from workbench.jobs.processes import ProcessExecutor
from workbench.orders.live import LiveOrder, LiveOutcome
from workbench.pipeline.build import BuildJob
from workbench.pipeline.deploy import DeployJob
from workbench.pipeline.optimise import OptimiseJob
from workbench.session import Session

FPS = 30
VIDEO_FRAMES = 150
WARM_UP_S = 8.0
"""One round of the video and more: by then the reference of each frame is known."""
MEASURED_S = 20.0
BOARD = "bench"
BY = Author("bench")


def make_video(path: Path) -> None:
    """Rendered scenes that move, 1280 x 720."""
    import cv2

    from workbench.scenes.scene import render_scene

    scenes = [cv2.resize(render_scene(seed).image, (1280, 720)) for seed in range(10)]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (1280, 720))
    for number in range(VIDEO_FRAMES):
        writer.write(np.roll(scenes[number * len(scenes) // VIDEO_FRAMES], 4 * number, axis=1))
    writer.release()


class Subscriber:
    """What came, by when; reads each picture as a window would."""

    def __init__(self) -> None:
        self.frames: deque[tuple[float, int, float | None, str]] = deque()
        self.batches: deque[tuple[float, LiveBatch]] = deque()
        self.unread = 0
        self._reader: SlotReader | None = None
        self._shown = -1

    def take(self, event: Event) -> None:
        """An event, in the thread that brings it."""
        now_s = time.monotonic()
        if isinstance(event, LiveBatch):
            self.batches.append((now_s, event))
        elif isinstance(event, LiveFrame) and event.frame_id > self._shown:
            self._shown = event.frame_id
            age_ms = None if event.arrived_s is None else (now_s - event.arrived_s) * 1e3
            self.frames.append((now_s, event.frame_id, age_ms, event.reference))
            self._read(event)

    def _read(self, event: LiveFrame) -> None:
        if event.picture is None:
            return
        if self._reader is None:
            self._reader = SlotReader(event.picture.memory)
        self.unread += self._reader.copy(event.picture) is None

    def close(self) -> None:
        """Let go of the pictures."""
        if self._reader is not None:
            self._reader.close()


def do(session: Session, job: Job) -> object:
    """Carry a job out."""
    ended = session.start(job).wait()
    if ended.state is not JobState.SUCCEEDED:
        raise RuntimeError(f"{job.title}: {ended.error}")
    return ended.result


def play(session: Session, project: Path, video: Path) -> tuple[Subscriber, LiveOutcome]:
    """Play the video for a while, and hear of it."""
    subscriber = Subscriber()
    order = LiveOrder(project, BOARD, source=str(video), seconds=WARM_UP_S + MEASURED_S, telemetry_hz=100.0)
    handle = session.start(order)
    forget = handle.subscribe(subscriber.take)
    ended = handle.wait()
    forget()
    subscriber.close()
    if isinstance(ended.result, LiveOutcome):
        return subscriber, ended.result
    raise RuntimeError(f"the live run ended as {ended.state.value}: {ended.error}")


def measure(subscriber: Subscriber) -> None:
    """Report what came in the last part of the run."""
    end_s = subscriber.frames[-1][0]
    seen = [item for item in subscriber.frames if item[0] > end_s - MEASURED_S]
    ages = [age for _, _, age, _ in seen if age is not None]
    pauses = [later[0] - earlier[0] for earlier, later in pairwise(seen)]
    last = subscriber.batches[-1][1]
    first = next(batch for moment, batch in subscriber.batches if moment > end_s - MEASURED_S)
    known = sum(reference == "there" for *_, reference in seen) / len(seen)
    print(f"{len(seen)} frames in {MEASURED_S:g} s; {subscriber.unread} pictures overwritten before they were read")
    print(f"reference there for {100 * known:.1f} % of them; longest pause {1e3 * max(pauses):.0f} ms")
    report("live_delivered", len(seen) / MEASURED_S, "fps", ">=", 0.98 * FPS)
    report("live_age_p99", float(np.quantile(ages, 0.99)), "ms", "<=", 80.0)
    report("live_dropped", 100.0 * (last.dropped - first.dropped) / (FPS * MEASURED_S), "%", "<=", 1.0)
    report("live_lost", float(last.lost), "messages", "<=", 0.0)


def run(ground: SshGround) -> None:
    """Make a project and a board, install the engine, play."""
    next(ground.boards())
    project, video = ground.folder / "project", ground.folder / "moving.avi"
    make_project(project)
    make_video(video)
    home = ground.folder / "home"
    with Session(home, ProcessExecutor(home, BY), BY) as session:
        for job in (OptimiseJob(project), BuildJob(project, BOARD), DeployJob(project, BOARD)):
            do(session, job)
        subscriber, outcome = play(session, project, video)
    print(
        f"{outcome.frames} frames on the board, latency p99 {outcome.latency_p99_ms:.1f} ms, {outcome.dropped} dropped"
    )
    measure(subscriber)


def main() -> None:
    """Measure."""
    with ssh_ground() as ground:
        run(ground)
    leftover = [thread.name for thread in threading.enumerate() if "live" in thread.name]
    if leftover:
        raise RuntimeError(f"threads are left: {leftover}")


if __name__ == "__main__":
    main()
