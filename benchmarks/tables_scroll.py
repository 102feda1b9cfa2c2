"""How smoothly the tables of the real pages scroll, by wheel and by keys; how soon a filter and a log answer.

A frame is what Qt does for one event of wheel or key, and the paint that follows; all that the page does on top of it,
such as asking about the row that is selected now, is in it.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QTabWidget

from benchmarks.example_project import make_project
from benchmarks.figure import report
from benchmarks.scenery import load_text, wait_for
from benchmarks.window_probe import SIZE, Probe, application, favour_window, p99, screen, watched
from ui.frame.job_log import JobLog
from ui.main_window import MainWindow
from ui.pages.model.page import ModelView
from ui.pages.results.runs_card import RunsCard
from ui.pages.verify.page import VerifyStagePage
from workbench.jobs.story import JobHead, LogEntry
from workbench.session import Session
from workbench.views.model import LayerRow, LayerTable
from workbench.views.results.values import Figure, ResultsPage, RunLine
from workbench.views.verify.page import read_verify
from workbench.views.verify.values import (
    FAIL,
    INCONCLUSIVE,
    PASS,
    IntervalBar,
    RequirementRow,
    VerifyPage,
    WorstFrame,
)

P = TypeVar("P")
REQUIREMENTS, FRAMES, RUNS, LAYERS, FILTERED, LINES = 500, 10_000, 10_000, 10_000, 100_000, 1_000
STEPS, ROUNDS = 150, 9
LIMIT_S = 60.0
FRAME_MS = 16.7
OUTCOMES = (PASS, PASS, PASS, FAIL, INCONCLUSIVE)
KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_PageDown)


def scroll(probe: Probe, act: Callable[[], None]) -> None:
    """Do one thing to a view, and wait until it is painted, if anything is."""
    painted = len(probe.paints_ms)
    probe.frame(act)
    end_s = time.perf_counter() + 0.05
    wait_for(lambda: len(probe.paints_ms) > painted or time.perf_counter() > end_s, LIMIT_S, "nothing is painted")


def turn_wheel(view: QAbstractItemView) -> None:
    """One notch of the wheel towards oneself, over the middle of a view."""
    place = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(view.viewport(), event)


def measure(name: str, view: QAbstractItemView, probe: Probe) -> None:
    """Scroll a view by wheel and keys, and report."""
    view.scrollToTop()
    view.setFocus()
    bar = view.verticalScrollBar()
    wait_for(lambda: view.isVisible() and bar.maximum() > 0, LIMIT_S, f"{name} has nothing to scroll")
    keys = itertools.cycle(KEYS)
    for _ in range(10):
        scroll(probe, partial(turn_wheel, view))
    probe.start()
    for _ in range(STEPS):
        scroll(probe, partial(turn_wheel, view))
    wheel_ms, place = list(probe.frames_ms), bar.value()
    for _ in range(STEPS):
        scroll(probe, lambda: QTest.keyClick(view, next(keys)))
    probe.stop()
    if place <= 0 or view.currentIndex().row() < STEPS:
        sys.exit(f"{name} did not scroll")
    keys_ms = probe.frames_ms[len(wheel_ms) :]
    print(f"{name}: wheel p99 {p99(wheel_ms):.1f} ms, keys p99 {p99(keys_ms):.1f} ms")
    report(f"scroll_{name}_p99_ms", p99(probe.frames_ms), "ms", "<=", FRAME_MS)


def many_requirements(page: VerifyPage) -> VerifyPage:
    """The project's requirements over and over, with all kinds of verdicts."""
    rng = np.random.default_rng(0)
    rows: list[RequirementRow] = []
    for at in range(REQUIREMENTS):
        own, value = page.rows[at % len(page.rows)], float(rng.uniform(0.1, 0.9))
        rows.append(
            replace(
                own,
                id=f"{own.id}-{at}",
                short_id=f"{own.short_id}-{at}",
                outcome=OUTCOMES[at % len(OUTCOMES)],
                value_text=f"{100 * value:.1f}",
                unit_text="ms",
                interval_text=f"{90 * value:.1f} … {110 * value:.1f}",
                bar=IntervalBar(value, value * 0.9, value * 1.1, low_open=False, high_open=False),
                margin_text=f"{100 * value:.0f} %",
                evidence_text="1,000 frames",
                age_text="2 d",
                stale="the engine changed" if at % 7 == 0 else "",
            )
        )
    return replace(page, rows=tuple(rows), empty_text="")


def many_frames() -> tuple[WorstFrame, ...]:
    """Frames with pictures of their own."""
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (200, 90, 160, 3), np.uint8)
    return tuple(
        WorstFrame(
            at, f"frame-{at:05}.png", at / FRAMES, f"{at / FRAMES:.3f}", at % 3, at % 2, f"{at % 3} missed",
            0.0, pictures[at % len(pictures)],
        )
        for at in range(FRAMES)
    )  # fmt: skip


def many_runs(count: int) -> ResultsPage:
    """Runs as a project has them, only more."""
    figures = [Figure(value, f"{value:.1f}", breaks=value > 40) for value in np.linspace(5, 50, 91).tolist()]
    lines = tuple(
        RunLine(
            f"run-{at}", at, "2026-11-24T09:15:00Z", "24 Nov 09:15", "road_users.onnx", ("int8-k4", "fp16")[at % 2],
            "INT8", f"board-{at % 12}", "all", "Counts", "ok", verdicts=((PASS, 9), (FAIL, at % 4)),
            outcome=OUTCOMES[at % 5], p50_ms=figures[at % 91], p99_ms=figures[at * 7 % 91],
            memory_mb=figures[at * 3 % 91], map50=figures[at * 5 % 91],
            text=f"{at} road_users.onnx {('int8-k4', 'fp16')[at % 2]} board-{at % 12} all counts",
        )
        for at in range(count)
    )  # fmt: skip
    return ResultsPage("bench", lines, (), (), f"{count} runs")


def many_layers() -> LayerTable:
    """Layers as the Model page shows them."""
    rows = tuple(
        LayerRow(
            f"/layer.{at}/conv", f"{at}", "Conv 3x3", "64x48x80", at, f"{at:,}", at * 1000, f"{at} M", 0.4, "0.4 %",
            None, ("int8",),
        )
        for at in range(LAYERS)
    )  # fmt: skip
    return LayerTable(rows, ("int8",), (), len(rows))


def filter_ms(card: RunsCard, probe: Probe) -> list[float]:
    """Type a filter letter by letter: what each letter takes until the table is painted."""
    card.show_page(many_runs(FILTERED))
    card.field.setFocus()
    wait_for(card.table.isVisible, LIMIT_S, "the runs are not shown")
    probe.start()
    for letter in "int8 board-1":
        scroll(probe, lambda letter=letter: QTest.keyClicks(card.field, letter))  # type: ignore[misc]
    probe.stop()
    return list(probe.frames_ms)


def log_ms(log: JobLog, probe: Probe) -> float:
    """A thousand lines that come at once, until they are painted; the median of some rounds."""
    head = JobHead("job", "Verify", "bench", None, "", 0.0, can_retry=False)
    entries: list[LogEntry] = []
    times_ms: list[float] = []
    log.show_log(head, ("running", "Running"), entries, None, None)
    for turn in range(ROUNDS):
        entries += [LogEntry(1e9 + at, "info", f"{turn}.{at}: frame {at} answered after 5.1 ms") for at in range(LINES)]
        painted, began_s = len(probe.paints_ms), time.perf_counter()
        log.show_log(head, ("running", "Running"), entries, None, None)
        wait_for(lambda seen=painted: len(probe.paints_ms) > seen, LIMIT_S, "the log is not painted")  # type: ignore[misc]
        times_ms.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(times_ms)


def shown(window: MainWindow, name: str, kind: type[P]) -> P:
    """A page of the window, once everything of it is there."""
    window.show_page(name)
    wait_for(lambda: not window.bridge.waits, LIMIT_S, f"the page {name} did not come")
    page = window.centre.page
    if not isinstance(page, kind):
        sys.exit(f"the page {name} is a {type(page).__name__}")
    return page


def measure_verify(window: MainWindow, probe: Probe, project: Path, session: Session) -> None:
    """Requirements, frames and runs, each in its tab."""
    page = shown(window, "verify", VerifyStagePage)
    page.requirements.show_page(many_requirements(session.ask(read_verify, project).result()))
    measure("requirements_500", page.requirements.table, probe)
    frames = page.requirements.frames
    for tabs in page.findChildren(QTabWidget):  # below 900 px the evidence is behind tabs
        if tabs.indexOf(frames) >= 0:
            tabs.setCurrentWidget(frames)
    frames.show_frames(many_frames(), "")
    measure("frames_10000", frames.strip, probe)
    page.show_tab("runs")
    wait_for(lambda: not window.bridge.waits, LIMIT_S, "the runs did not come")
    (card,) = page.findChildren(RunsCard)
    card.show_page(many_runs(RUNS))
    measure("runs_10000", card.table, probe)
    took = filter_ms(card, probe)
    print(f"a filter of {FILTERED:,} runs, letter by letter: {', '.join(f'{one:.0f}' for one in took)} ms")
    report("filter_runs_100000_ms", statistics.median(took), "ms", "<=", 50.0)


def main() -> None:
    """Scroll, filter, append, report."""
    with screen(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["SLIPWAY_HOME"] = str(folder / "home")
        make_project(folder / "project")
        application()
        probe = Probe()
        with Session.for_window() as session:
            window = watched(MainWindow, probe)(session)
            window.resize(*SIZE)
            window.show()
            window.desk.open_project(folder / "project")
            favour_window()
            measure_verify(window, probe, folder / "project", session)
            page = shown(window, "model", ModelView)
            wait_for(lambda: bool(page.layers.table.rows.rows), LIMIT_S, "the layers did not come")
            page.layers.show_table(many_layers())
            measure("layers_10000", page.layers.table, probe)
            window.jobs_dock.set_opened(True)
            window.jobs.show_tab(1)
            report("log_1000_lines_ms", log_ms(window.jobs.log, probe), "ms", "<=", 60.0)
            print(load_text())
            window.close()
            window.desk.jobs.close()


if __name__ == "__main__":
    main()
