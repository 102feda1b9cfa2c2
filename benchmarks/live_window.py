"""The whole window while it plays live over SSH, at 1600x900: paint, how busy its thread is, how late a timer; and the
same while a job pushes 200 MB to the same server.

Frames of 1280x720 are four road scenes each, so that about as many boxes lie over them as over a crowded street; twelve
columns of telemetry come 100 times a second, and ten minutes of history lie before them.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.example_project import make_project, require_outputs_alone
from benchmarks.figure import report
from benchmarks.push_job import PushJob
from benchmarks.ssh_ground import ssh_ground
from benchmarks.window_probe import SIZE, Probe, application, favour_window, p99, screen, watched
from ui.main_window import MainWindow
from ui.pages.live.page import LivePage
from ui.pages.live.playing import Playing
from workbench.base.events import JobState
from workbench.base.hashing import sha256_file
from workbench.base.live import LIVE_COLUMNS
from workbench.orders.live import LiveOrder
from workbench.pipeline.run import RunJob
from workbench.session import Session

BOARD = "bench"
FRAMES, WIDTH, HEIGHT = 48, 1280, 720
HISTORY_S, TELEMETRY_HZ = 600.0, 100.0
SETTLE_S, RUN_S, START_LIMIT_S = 5.0, 20.0, 180.0
PUSH_BYTES = 200_000_000


def prepare(folder: Path) -> Path:
    """The example, verified once on the board so that its engine lies there, and a folder of wide frames.

    Raises:
        SystemExit: its run did not succeed.
    """
    project = folder / "project"
    make_project(project)
    require_outputs_alone(project)
    with Session() as session:
        ended = session.start(RunJob(project, BOARD)).wait()
    if ended.state is not JobState.SUCCEEDED:
        sys.exit(f"the example did not run: {ended.error}")
    write_frames(project / "data" / "wide")
    return project


def write_frames(folder: Path) -> None:
    """Pictures of four scenes each."""
    import cv2

    from workbench.scenes.scene import render_scene

    folder.mkdir()
    for number in range(FRAMES):
        parts = [render_scene(6_000_000 + 4 * number + part).image for part in range(4)]
        whole = np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
        cv2.imwrite(str(folder / f"{number:03}.jpg"), cv2.resize(whole, (WIDTH, HEIGHT)))


def fill_history(playing: Playing) -> None:
    """Ten minutes at full rate before the run, as if it had played so long."""
    rng = np.random.default_rng(0)
    moments = np.arange(-HISTORY_S, 0, 1 / TELEMETRY_HZ)
    for table, series in playing.intake.feed.series.items():
        values = 10 + rng.normal(0, 1, (len(series.channels), len(moments)))
        if table == "telemetry":
            values[series.channels.index("power_w")] = 12 + rng.normal(0, 1, len(moments))
        series.extend(moments, values)


def wait_for(found: Callable[[], bool], limit_s: float) -> None:
    """Run the event loop until something holds.

    Raises:
        SystemExit: it did not in time.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    loop, began_s = QEventLoop(), time.perf_counter()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if found() or time.perf_counter() - began_s > limit_s else None)
    timer.start(100)
    loop.exec()
    if not found():
        sys.exit("the live run did not begin")


def measure(probe: Probe, seconds: float) -> None:
    """Let the window work and watch it."""
    favour_window()
    end_s = time.perf_counter() + seconds
    probe.start()
    wait_for(lambda: time.perf_counter() >= end_s, seconds + 5)
    probe.stop()


def play(window: MainWindow, project: Path) -> Playing:
    """Begin a live run on the page, wait for its first frames, and give it its history."""
    window.desk.open_project(project)
    window.show_page("live")
    page = window.centre.page
    if not isinstance(page, LivePage):
        sys.exit("there is no Live page")
    order = LiveOrder(project, BOARD, source="data/wide", telemetry_hz=TELEMETRY_HZ, confidence=0.1, reference=False)
    page.show_playing(window.bridge.start(order), "camera")
    playing = page.shown
    if not isinstance(playing, Playing):
        sys.exit("the page shows nothing")
    fill_history(playing)
    page.axis.follow(HISTORY_S)
    wait_for(lambda: playing.frame is not None or not playing.working, START_LIMIT_S)
    if not playing.working:
        sys.exit(f"the live run ended: {playing.intake.handle.ended}")
    return playing


def main() -> None:
    """Play, measure alone and during a push, and report."""
    with ssh_ground() as ground, screen():
        next(ground.boards())
        project = prepare(ground.folder)
        blob = ground.folder / "blob"
        blob.write_bytes(np.random.default_rng(1).bytes(PUSH_BYTES))
        sha256 = sha256_file(blob)
        application()
        probe = Probe()
        with Session.for_window() as session:
            window = watched(MainWindow, probe)(session)
            window.resize(*SIZE)
            window.show()
            playing = play(window, project)
            boxes: list[int] = []
            playing.intake.framed.connect(lambda frame, _picture: boxes.append(len(frame.boxes)))
            measure(probe, SETTLE_S)
            boxes.clear()
            measure(probe, RUN_S)
            report("live_window_paint_p99_ms", p99(probe.paints_ms), "ms", "<=", 12.0)
            report("live_window_ui_busy_percent", probe.busy_percent(), "%", "<=", 35.0)
            report("live_window_timer_late_p99_ms", p99(probe.late_ms), "ms", "<=", 12.0)
            pushing = window.bridge.start(PushJob(BOARD, blob, sha256))
            measure(probe, RUN_S / 2)
            report("live_window_push_timer_late_p99_ms", p99(probe.late_ms), "ms", "<=", 15.0)
            batch = playing.intake.batch
            fps = math.nan if batch is None or batch.fps is None else batch.fps
            curves = sum(len(columns) - 1 for columns in LIVE_COLUMNS.values())
            print(
                f"{len(boxes) / (1.5 * RUN_S):.1f} frames/s shown of {fps:.1f}, "
                f"{statistics.median(boxes or [0]):.0f} boxes, {curves} columns; push: {pushing.state.value}"
            )
            playing.intake.handle.cancel()
            wait_for(lambda: not playing.working, START_LIMIT_S)
            window.close()
            window.desk.jobs.close()


if __name__ == "__main__":
    main()
