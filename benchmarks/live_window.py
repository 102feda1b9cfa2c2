"""The whole window while it plays live over SSH, at 1600x900: paint, how busy its thread is, how late a timer; and the
same while a job pushes 200 MB to the same server.

Frames of 1280x720 come 30 times a second through a real agent, engine and head, with fifty boxes each; the model is a
light one, so that two cores are enough for board and window. Columns of telemetry come 100 times a second, those of
frames with each frame, and ten minutes of history at 100 a second lie before them.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.example_project import make_project, require_outputs_alone
from benchmarks.figure import report
from benchmarks.push_job import PushJob
from benchmarks.scenery import load_text, wait_for
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
BOXES, CLASSES = 50, 6
FPS = 30.0
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
    crowd(project / "models" / "road_users.onnx")
    require_outputs_alone(project)
    with Session() as session:
        ended = session.start(RunJob(project, BOARD)).wait()
    if ended.state is not JobState.SUCCEEDED:
        sys.exit(f"the example did not run: {ended.error}")
    write_frames(project / "data" / "wide")
    return project


def crowd(path: Path) -> None:
    """Replace a model by a light one with the same input, outputs and metadata: fifty boxes that follow the brightness.

    What the window has to show is the same, and two cores are enough for board and window.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    places = model.graph.output[0].type.tensor_type.shape.dim[2].dim_value
    boxes, scores = np.ones((1, 4, places), np.float32), np.zeros((1, CLASSES, places), np.float32)
    for at in range(BOXES):
        boxes[0, :, at] = 40 + 62 * (at % 10), 50 + 70 * (at // 10), 36, 50
        scores[0, at % CLASSES, at] = 0.3 + at / 100
    constants = {"boxes": boxes, "scores": scores, "follow": np.array([[[60], [60], [8], [8]]], np.float32)}
    constants["one"] = np.array([1, 1, 1], np.int64)
    nodes = [
        helper.make_node("GlobalAveragePool", [model.graph.input[0].name], ["colours"]),
        helper.make_node("ReduceMean", ["colours"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Reshape", ["mean", "one"], ["brightness"]),
        helper.make_node("Mul", ["brightness", "follow"], ["moved"]),
        helper.make_node("Add", ["boxes", "moved"], ["placed"]),
        helper.make_node("Concat", ["placed", "scores"], [model.graph.output[0].name], axis=1),
    ]
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    onnx.checker.check_model(model)
    onnx.save(model, path)


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


def measure(probe: Probe, seconds: float) -> None:
    """Let the window work and watch it."""
    favour_window()
    end_s = time.perf_counter() + seconds
    probe.start()
    wait_for(lambda: time.perf_counter() >= end_s, seconds + 5, "the time does not go on")
    probe.stop()


def play(window: MainWindow, project: Path) -> tuple[LivePage, Playing]:
    """Begin a live run on the page, wait for its first frames, and give it its history."""
    window.desk.open_project(project)
    window.show_page("live")
    page = window.centre.page
    if not isinstance(page, LivePage):
        sys.exit("there is no Live page")
    order = LiveOrder(
        project, BOARD, source="data/wide", fps=FPS, telemetry_hz=TELEMETRY_HZ, confidence=0.1, reference=False
    )
    page.show_playing(window.bridge.start(order), order)
    playing = page.shown
    if not isinstance(playing, Playing):
        sys.exit("the page shows nothing")
    fill_history(playing)
    page.axis.follow(HISTORY_S)
    wait_for(lambda: playing.frame is not None or not playing.working, START_LIMIT_S, "the live run did not begin")
    if not playing.working:
        sys.exit(f"the live run ended: {playing.intake.handle.ended}")
    return page, playing


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
            page, playing = play(window, project)
            boxes: list[int] = []
            playing.intake.framed.connect(lambda frame, _picture: boxes.append(len(frame.boxes)))
            measure(probe, SETTLE_S)
            boxes.clear()
            measure(probe, RUN_S)
            report("live_window_paint_p99_ms", p99(probe.paints_ms), "ms", "<=", 12.0)
            report("live_window_ui_busy_percent", probe.busy_percent(), "%", "<=", 35.0)
            report("live_window_timer_late_p99_ms", p99(probe.late_ms), "ms", "<=", 12.0)
            shown, batch = len(boxes) / RUN_S, playing.intake.batch
            fps = math.nan if batch is None or batch.fps is None else batch.fps
            tiles = () if batch is None else batch.tiles
            latency = ", ".join(f"{tile.name} {tile.value_text} {tile.unit}" for tile in tiles[:2])
            print(f"{fps:.1f} frames/s from the board ({latency}), {shown:.1f} shown; {load_text()}")
            report("live_window_frames_per_second", shown, "1/s", ">=", 0.95 * FPS)
            report("live_window_boxes", statistics.median(boxes or [0]), "boxes", ">=", float(BOXES))
            pushing = window.bridge.start(PushJob(BOARD, blob, sha256))
            measure(probe, RUN_S / 2)
            report("live_window_push_timer_late_p99_ms", p99(probe.late_ms), "ms", "<=", 15.0)
            columns = sum(len(columns) - 1 for columns in LIVE_COLUMNS.values())
            curves = sum(len(plot.values) for plot in page.wall.plots.values())
            print(f"{columns} columns, {curves} curves; push: {pushing.state.value}; {load_text()}")
            playing.intake.handle.cancel()
            wait_for(lambda: not playing.working, START_LIMIT_S, "the live run does not end")
            window.close()
            window.desk.jobs.close()


if __name__ == "__main__":
    main()
