"""An hour's worth of live data at eight times the live rate: how much the window's process grows in the last half.

It takes an eighth of an hour.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from benchmarks.example_project import make_project
from benchmarks.figure import report
from benchmarks.scenery import load_text
from benchmarks.window_probe import SIZE, application, screen
from ui.main_window import MainWindow
from ui.pages.live.page import LivePage
from workbench.base.live import LIVE_COLUMNS, LiveBatch, LiveBox, LiveFrame, LiveMark, Tile
from workbench.frames.slots import SlotWriter
from workbench.jobs.context import JobContext
from workbench.orders.live import LiveOrder
from workbench.session import Session

DATA_S, TIMES = 3600.0, 8.0
TELEMETRY_HZ, BATCH_HZ, FRAME_HZ = 100.0, 25.0, 30.0
WIDTH, HEIGHT, BOXES, MARKS_EVERY_S = 1280, 720, 50, 60.0
LOOK_S = 5.0
PAGE_BYTES = 4096


@dataclass(frozen=True)
class HourJob:
    """Tells what a live run tells, eight times as fast; it runs in a thread of the window's process, so what it keeps
    for itself is made before the watch begins."""

    go: SimpleQueue[None] = field(default_factory=SimpleQueue)
    title: str = "An hour of live data"
    board: str | None = None

    def run(self, context: JobContext) -> None:
        """Tell batches and frames when they are due until the hour is full."""
        writer = SlotWriter(WIDTH, HEIGHT)
        pictures = [np.full((HEIGHT, WIDTH, 3), shade, np.uint8) for shade in (40, 90)]
        self.go.get()
        began_s, told_s, shown, marked = time.perf_counter(), 0.0, 0, 0
        try:
            while told_s < DATA_S and not context.cancel.cancelled:
                due_s = min(DATA_S, (time.perf_counter() - began_s) * TIMES)
                if due_s < DATA_S and due_s - told_s < 1 / BATCH_HZ:
                    time.sleep(1 / BATCH_HZ / TIMES / 2)
                    continue
                context.publish(_batch(context.job_id, told_s, due_s))
                told_s = due_s
                if told_s * FRAME_HZ > shown + 1:
                    shown = int(told_s * FRAME_HZ)
                    place = writer.write(pictures[shown % 2], WIDTH, HEIGHT)
                    context.publish(_frame(context.job_id, shown, told_s, place))
                if told_s > marked * MARKS_EVERY_S:
                    marked += 1
                    context.publish(LiveMark(context.job_id, "phase", told_s, f"minute {marked}"))
        finally:
            writer.close()


def _batch(job_id: str, start_s: float, end_s: float) -> LiveBatch:
    rows = max(1, round((end_s - start_s) * TELEMETRY_HZ))
    moments = tuple(start_s + (row + 1) * (end_s - start_s) / rows for row in range(rows))
    tables = {
        table: {"t_s": moments, **{name: tuple(10 + math.sin(t / 7) for t in moments) for name in columns[1:]}}
        for table, columns in LIVE_COLUMNS.items()
    }
    tiles = tuple(Tile(key, key, f"{end_s % 50:.1f}", "ms", value=end_s % 50) for key in ("latency_p50", "latency_p99"))
    return LiveBatch(job_id, "hour", tables, tiles, end_s, fps=30.0, age_ms=end_s % 40)


def _frame(job_id: str, frame_id: int, t_s: float, place: object) -> LiveFrame:
    boxes = tuple(
        LiveBox(
            "matched", f"class {at % 6}", "", 20.0 * at, 10.0 * at, 20.0 * at + 60, 10.0 * at + 80, 0.5, 0.5, 0.9, 0.0
        )
        for at in range(BOXES)
    )
    return LiveFrame(
        job_id, frame_id, 0, "hour", f"{frame_id}.png", frame_id, t_s, "14:02:31", 40.0, 0.25, "there", "", boxes,
        place,  # type: ignore[arg-type]
        frame_width=WIDTH, frame_height=HEIGHT,
    )  # fmt: skip


def resident_mb() -> float:
    """What this process holds in memory, 10^6 bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


def watch(page: LivePage, seconds: float) -> list[tuple[float, float]]:
    """Run the event loop until the hour is told: (data seconds, MB) every few seconds."""
    looks: list[tuple[float, float]] = []
    loop, timer = QEventLoop(), QTimer()
    began_s = time.perf_counter()

    def look() -> None:
        if page.playing is None or time.perf_counter() - began_s > seconds:
            loop.quit()  # a run that has ended let go of its memory: that is no look at the hour
            return
        gc.collect()
        looks.append((page.axis.now_s, resident_mb()))

    timer.timeout.connect(look)
    timer.start(round(LOOK_S * 1000))
    loop.exec()
    return looks


def growth_mb(looks: list[tuple[float, float]]) -> float:
    """From the mean of the first tenth of the last half to that of its last tenth."""
    half = [mb for told_s, mb in looks if told_s >= DATA_S / 2]
    if len(half) < 10:
        sys.exit(f"only {len(half)} looks at the last half: the hour was not told")
    tenth = len(half) // 10
    return float(np.mean(half[-tenth:]) - np.mean(half[:tenth]))


def main() -> None:
    """Feed, look and report."""
    with screen(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_project(folder / "project")
        application()
        with Session(folder / "home") as session:
            window = MainWindow(session)
            window.resize(*SIZE)
            window.show()
            window.desk.open_project(folder / "project")
            window.show_page("live")
            page = window.centre.page
            if not isinstance(page, LivePage):
                sys.exit("there is no Live page")
            job = HourJob()
            page.show_playing(window.bridge.start(job), LiveOrder(folder / "project", "this-machine"))
            job.go.put(None)
            looks = watch(page, 2 * DATA_S / TIMES)
            for told_s, mb in looks[:: max(1, len(looks) // 20)]:
                print(f"{told_s / 60:5.1f} min: {mb:.1f} MB", flush=True)
            print(load_text())
            report("window_memory_growth_mb", growth_mb(looks), "MB", "<=", 5.0)
            window.close()
            window.desk.jobs.close()


if __name__ == "__main__":
    main()
