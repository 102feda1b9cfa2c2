"""Twelve live curves of 100 values a second over ten minutes of history, in five plots of a 1600x900 window."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from benchmarks.figure import report
from benchmarks.window_probe import SIZE, Probe, application, p99, screen, watched
from ui.widgets.plot_clock import PlotClock
from ui.widgets.plot_head import Channel
from ui.widgets.plot_marks import Limit
from ui.widgets.time_axis import TimeAxis
from ui.widgets.time_plot import TimePlot
from workbench.telemetry.plot_source import LiveSeries

CURVES, RATE_HZ, HISTORY_S, BATCH_MS = 12, 100, 600, 40
PLOTS = ((0, 1, 2), (3, 4), (5, 6, 7), (8, 9), (10, 11))
SETTLE_S, RUN_S = 2.0, 20.0


class TimedClock(PlotClock):
    """Says what each turn costs, its paint included."""

    def __init__(self, plots: list[TimePlot], probe: Probe, parent: QWidget) -> None:
        super().__init__(plots, parent)
        self._probe = probe

    def _on_turn(self) -> None:
        self._probe.frame(super()._on_turn)


class Feed:
    """Random walks with peaks, as fast as the clock says."""

    def __init__(self, series: LiveSeries, axis: TimeAxis) -> None:
        self._series, self._axis = series, axis
        self._rng = np.random.default_rng(0)
        self._level = np.arange(CURVES, dtype=float)[:, None] + 5
        self._next = 0
        self._zero_s = time.perf_counter() - HISTORY_S
        self.turn()

    def turn(self) -> None:
        """Add what has become due."""
        due = int((time.perf_counter() - self._zero_s) * RATE_HZ)
        rows = np.arange(self._next, due)
        values = self._level + self._rng.normal(0, 0.3, (CURVES, len(rows))) + np.sin(rows / 4000)
        self._series.extend(rows / RATE_HZ, values)
        self._next = due
        self._axis.set_extent(0.0, due / RATE_HZ)


def main() -> None:
    """Draw for 20 seconds and report."""
    with screen():
        app = application()
        axis, series = TimeAxis(), LiveSeries([f"curve {n}" for n in range(CURVES)], rate_hz=RATE_HZ, raw_s=HISTORY_S)
        axis.follow(HISTORY_S)
        feed = Feed(series, axis)
        probe = Probe()
        window = watched(QWidget, probe)()
        grid = QGridLayout(window)
        plots = []
        for at, picks in enumerate(PLOTS):
            channels = [Channel(f"curve {pick}", color) for color, pick in enumerate(picks)]
            plot = TimePlot(f"Plot {at}", "ms", channels, axis, limits=[Limit(20.0, "limit 20")])
            plot.set_source(series, picks)
            plots.append(plot)
            grid.addWidget(plot, at // 2, at % 2)
        window.resize(*SIZE)
        clock = TimedClock(plots, probe, window)
        batches = QTimer(window)
        batches.timeout.connect(feed.turn)
        batches.start(BATCH_MS)
        window.show()
        clock.start()
        QTimer.singleShot(round(SETTLE_S * 1000), probe.start)
        QTimer.singleShot(round((SETTLE_S + RUN_S) * 1000), app.quit)
        app.exec()
        report("live_plots_frame_p99_ms", p99(probe.frames_ms), "ms", "<=", 12.0)
        report("live_plots_ui_busy_percent", probe.busy_percent(), "%", "<=", 30.0)
        report("live_plots_frames_per_second", len(probe.frames_ms) / RUN_S, "1/s", ">=", 36.0)
        window.deleteLater()


if __name__ == "__main__":
    main()
