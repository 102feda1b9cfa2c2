"""A million values in one plot: how long the pyramid takes to build, and each step of a scripted zoom and pan."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from benchmarks.figure import report
from benchmarks.window_probe import Probe, application, p99, screen, watched
from ui.widgets.plot_head import Channel
from ui.widgets.time_axis import TimeAxis
from ui.widgets.time_plot import TimePlot
from workbench.telemetry.plot_source import RunSeries
from workbench.telemetry.pyramid import Pyramid

VALUES, RATE_HZ = 1_000_000, 100
SIZE = (1280, 500)
STEPS = 400
STEP_MS = 20
BUILDS = 5


class Tour:
    """Zooms in at a place, pans there, and out again, over and over."""

    def __init__(self, axis: TimeAxis, probe: Probe, timer: QTimer) -> None:
        self._axis, self._probe, self._timer = axis, probe, timer
        self._step = 0

    def turn(self) -> None:
        """One step; the first ones are not counted, everything is drawn for the first time in them."""
        if self._step == STEPS // 10:
            self._probe.start()
        if self._step == STEPS + STEPS // 10:
            self._timer.stop()
            QTimer.singleShot(200, application_quit)
            return
        self._step += 1
        self._probe.frame(self._go)

    def _go(self) -> None:
        phase = self._step % 80
        if phase < 30:
            self._axis.zoom(1.25, VALUES / RATE_HZ * 0.3)
        elif phase < 50:
            self._axis.pan(0.1)
        else:
            self._axis.zoom(1 / 1.25, VALUES / RATE_HZ * 0.3)


def application_quit() -> None:
    """End the event loop."""
    from PySide6.QtCore import QCoreApplication

    QCoreApplication.quit()


def build_ms(t_s: np.ndarray, values: np.ndarray) -> float:
    """The median time to build the pyramid."""
    took = []
    for _ in range(BUILDS):
        began_s = time.perf_counter()
        Pyramid(t_s, values)
        took.append((time.perf_counter() - began_s) * 1000)
    return float(np.median(took))


def main() -> None:
    """Build, tour and report."""
    with screen():
        app = application()
        t_s = np.arange(VALUES) / RATE_HZ
        values = np.cumsum(np.random.default_rng(0).normal(0, 1, VALUES))
        report("million_pyramid_build_ms", build_ms(t_s, values), "ms", "<=", 60.0)
        probe = Probe()
        window = watched(QWidget, probe)()
        axis = TimeAxis(window)
        plot = TimePlot("A million values", "units", [Channel("walk")], axis)
        QVBoxLayout(window).addWidget(plot)
        window.resize(*SIZE)
        began_s = time.perf_counter()
        plot.set_source(RunSeries(("walk",), t_s, values[None]), (0,))
        axis.set_extent(0.0, VALUES / RATE_HZ)
        axis.see_all()
        window.show()
        timer = QTimer(window)
        tour = Tour(axis, probe, timer)
        timer.timeout.connect(tour.turn)
        timer.start(STEP_MS)
        app.exec()
        report("million_zoom_and_pan_p99_ms", p99(probe.frames_ms), "ms", "<=", 16.7)
        print(f"{len(probe.frames_ms)} steps in {time.perf_counter() - began_s:.1f} s")
        window.deleteLater()


if __name__ == "__main__":
    main()
