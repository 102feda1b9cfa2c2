"""A recorded run of a day, opened in the Live page: from the key that chooses it until its plots are painted.

Thirty frames a second with three boxes each and ten samples of the machine a second, frozen as a live run's are.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from benchmarks.example_project import make_project
from benchmarks.figure import report
from benchmarks.scenery import load_text, wait_for
from benchmarks.window_probe import SIZE, Probe, application, favour_window, screen, watched
from projects.record_file import Author
from projects.runs import RunFolder
from targets.agent.live_play import BOX_COLUMNS, COLUMNS
from targets.agent.sampler import COLUMNS as SAMPLED
from ui.main_window import MainWindow
from ui.pages.live.page import LivePage
from ui.pages.live.recorded import Recorded
from workbench.results.run_record import TRY, RunRecord, RunState
from workbench.session import Session
from workbench.telemetry.blocks import Table
from workbench.telemetry.events_file import write_events
from workbench.telemetry.freeze import freeze
from workbench.telemetry.recording import Recording, RunEvent

DAY_S, FPS, TELEMETRY_HZ, BOXES = 86_400, 30, 10, 3
START_NS = 5_000_000_000_123
ROUNDS = 5
LIMIT_S = 60.0
GOAL_S = 1.0
BY = Author("bench")
DTYPES = {"q": "<i8", "i": "<i4", "h": "<i2", "f": "<f4", "d": "<f8"}


def record_day(rng: np.random.Generator) -> Recording:
    """A day of frames, of the machine and of boxes, as a board records them."""
    frames = blank(COLUMNS, DAY_S * FPS)
    count = len(frames["mono_ns"])
    frames["mono_ns"] += START_NS + np.arange(count) * 10**9 // FPS
    frames["frame_id"] += np.arange(count, dtype="<i4")
    frames["frame"] += np.arange(count, dtype="<i4") % 24
    for name in ("preprocess_us", "copy_in_us", "execute_us", "copy_out_us", "decode_us"):
        frames[name] += rng.gamma(9.0, 200.0, count).astype("<f4")
        frames["latency_us"] += frames[name]
    frames["detections"] += BOXES
    telemetry = blank((("mono_ns", "q"), *SAMPLED), DAY_S * TELEMETRY_HZ)
    telemetry["mono_ns"] += START_NS + np.arange(len(telemetry["mono_ns"])) * 10**9 // TELEMETRY_HZ
    for name, _ in SAMPLED:
        telemetry[name] += 60 + rng.normal(0, 1, len(telemetry[name])).astype(telemetry[name].dtype)
    boxes = blank(BOX_COLUMNS, count * BOXES)
    boxes["mono_ns"] += np.repeat(frames["mono_ns"], BOXES)
    boxes["frame_id"] += np.repeat(frames["frame_id"], BOXES)
    boxes["score"] += rng.uniform(0.3, 0.9, len(boxes["score"])).astype("<f4")
    for name, low in (("x0", 0), ("y0", 0), ("x1", 60), ("y1", 60)):
        boxes[name] += rng.integers(low, low + 50, len(boxes[name])).astype("<f4")
    meta = {"started_mono_ns": str(START_NS), "run": "day", "format": "slipway.live/1"}
    events = (RunEvent(START_NS, "phase_started", {"phase": "live"}),)
    return Recording(meta, events, {"frames": frames, "telemetry": telemetry, "boxes": boxes}, ())


def blank(columns: tuple[tuple[str, str], ...], rows: int) -> Table:
    """Columns of zeros in the types of the board."""
    return {name: np.zeros(rows, DTYPES[code]) for name, code in columns}


def keep_day(project: Path, recording: Recording) -> str:
    """The day as a try among a project's runs; its id."""
    folder = RunFolder.create(project / "runs", {}, BY, is_try=True)
    files = {**freeze(recording, folder.path), **write_events(folder.path, recording, ())}
    played = {"source": "data/test", "kind": "packs", "path": str(project / "data" / "test")}
    record = RunRecord(
        folder.id, folder.number, folder.read_plan().created, BY, RunState.FINISHED, "played until it was stopped",
        quick=False, only=(), project={}, chain={}, board={"name": "bench"}, machine={}, tools={}, frames=played,
        settings={"confidence": 0.3}, requirements=(), figures={}, findings=(), worst=(), files=files, kind=TRY,
    )  # fmt: skip
    folder.finish(record.to_json())
    return folder.id


class Opening:
    """One opening of the run in the page."""

    def __init__(self, page: LivePage, probe: Probe) -> None:
        self._page, self._probe = page, probe

    def take_s(self) -> tuple[float, float]:
        """Choose the run by a key: seconds until its plots are painted, and until its frame and figures are there."""
        page, choice = self._page, self._page.toolset.run
        choice.setFocus()
        self._probe.start()
        began_s = time.perf_counter()
        QTest.keyClick(choice, Qt.Key.Key_Down)
        wait_for(lambda: isinstance(page.shown, Recorded), LIMIT_S, "the run was not opened")
        shown = len(self._probe.paints_ms)
        wait_for(lambda: len(self._probe.paints_ms) > shown, LIMIT_S, "the plots were not painted")
        plots_s = time.perf_counter() - began_s
        self._check_plots()
        wait_for(self._complete, LIMIT_S, "frame and figures did not come")
        whole_s = time.perf_counter() - began_s
        QTest.keyClick(choice, Qt.Key.Key_Up)
        wait_for(lambda: page.shown is None, LIMIT_S, "the run was not left")
        return plots_s, whole_s

    def _complete(self) -> bool:
        shown = self._page.shown
        tiles = self._page.tiles.tiles
        return isinstance(shown, Recorded) and shown.frame is not None and tiles["latency_p99"].kpi.value is not None

    def _check_plots(self) -> None:
        for key, plot in self._page.wall.plots.items():
            if plot.source is None or plot.axis.range[1] < DAY_S - 1:
                sys.exit(f"the plot {key} does not show the day")


def main() -> None:
    """Make the day, open it some times, report."""
    with screen(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_project(folder / "project")
        keep_day(folder / "project", record_day(np.random.default_rng(0)))
        application()
        probe = Probe()
        with Session.for_window() as session:
            window = watched(MainWindow, probe)(session)
            window.resize(*SIZE)
            window.show()
            window.desk.open_project(folder / "project")
            window.show_page("live")
            page = window.centre.page
            if not isinstance(page, LivePage):
                sys.exit("there is no Live page")
            wait_for(lambda: page.toolset.run.count() == 2 and not window.bridge.waits, LIMIT_S, "no run was offered")
            favour_window()
            took = [Opening(page, probe).take_s() for _ in range(ROUNDS)]
            print(f"first: plots {took[0][0]:.2f} s, frame and figures {took[0][1]:.2f} s; {load_text()}")
            report("day_run_first_plots_s", took[0][0], "s", "<=", GOAL_S)
            report("day_run_plots_s", statistics.median(plots for plots, _ in took), "s", "<=", GOAL_S)
            print(f"frame and figures: median {statistics.median(whole for _, whole in took):.2f} s")
            window.close()
            window.desk.jobs.close()


if __name__ == "__main__":
    main()
