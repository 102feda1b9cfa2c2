"""Plots over a shared time, driven by mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import DARK, LIGHT
from ui.widgets.plot_clock import PlotClock
from ui.widgets.plot_head import Channel
from ui.widgets.plot_marks import Limit
from ui.widgets.time_axis import Mark, TimeAxis
from ui.widgets.time_plot import TimePlot
from workbench.telemetry.plot_source import LiveSeries, RunSeries

T = np.arange(10_000) / 100
VALUES = np.stack([10 + np.sin(T), 12 + np.sin(T)])


@pytest.fixture
def axis(qapp):
    made = TimeAxis()
    made.set_extent(0.0, 100.0)
    made.see_all()
    return made


@pytest.fixture
def plots(qtbot, axis):
    """Two plots of one run in one window, on one time."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    column = QVBoxLayout(window)
    made = []
    for title in ("Latency", "Stage"):
        plot = TimePlot(title, "ms", [Channel("p50"), Channel("p99", 1)], axis, limits=[Limit(14, "limit 14")])
        plot.set_source(RunSeries(("a", "b"), T, VALUES), (0, 1))
        column.addWidget(plot)
        made.append(plot)
    with qtbot.waitActive(window, timeout=5000):
        window.show()
    QApplication.processEvents()
    yield made
    window.close()


def at(plot: TimePlot, part: float, height: float = 0.5) -> QPoint:
    """A point inside the axes, in pixels of the viewport."""
    box = plot.canvas.box
    inside = box.mapToScene(QPointF(box.width() * part, box.height() * height))
    return QPoint(plot.canvas.view.mapFromScene(inside))


def viewport(plot: TimePlot) -> QWidget:
    found = plot.canvas.view.viewport()
    assert isinstance(found, QWidget)
    return found


def colors(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


def test_that_a_click_sets_the_one_cursor_and_values_are_read_there(plots, axis):
    QTest.mouseClick(viewport(plots[0]), Qt.MouseButton.LeftButton, pos=at(plots[0], 0.25))
    assert axis.cursor_s == pytest.approx(25, abs=0.5)
    for plot in plots:
        assert float(plot.values[0]) == pytest.approx(10 + np.sin(axis.cursor_s), abs=0.06)
    assert "p50" in plots[1].accessibleName()


def test_that_ctrl_and_wheel_zoom_all_plots_where_the_pointer_is(plots, axis):
    here = QPointF(at(plots[0], 0.5))
    event = QWheelEvent(
        here,
        viewport(plots[0]).mapToGlobal(here),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport(plots[0]), event)
    start, end = axis.range
    assert end - start == pytest.approx(100 / 1.5)
    assert (start + end) / 2 == pytest.approx(50, abs=1)
    assert plots[1].canvas.seen.width() == pytest.approx(end - start)


def test_that_a_drag_measures_on_all_plots(plots, axis):
    view = viewport(plots[0])
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at(plots[0], 0.2))
    QTest.mouseMove(view, at(plots[0], 0.3))
    QTest.mouseMove(view, at(plots[0], 0.4, 0.25))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(plots[0], 0.4, 0.25))
    assert axis.measure == pytest.approx((20, 40), abs=0.6)
    words = plots[0]._measure_words()
    assert words.startswith(("19.", "20."))
    assert "p99" in words
    assert plots[1]._measure_words() == ""
    QTest.keyClick(plots[0], Qt.Key.Key_Escape)
    assert axis.measure is None


def test_that_keys_zoom_move_and_go_from_event_to_event(plots, axis):
    axis.set_marks([Mark(70, "throttle", "warn"), Mark(30, "link lost", "err")])
    plots[0].setFocus()
    QTest.keyClick(plots[0], Qt.Key.Key_W)
    assert axis.window_s == pytest.approx(100 / 1.5)
    QTest.keyClick(plots[0], Qt.Key.Key_D)
    assert axis.range[0] > 100 / 6
    QTest.keyClick(plots[0], Qt.Key.Key_BracketLeft)
    assert axis.cursor_s == 70
    QTest.keyClick(plots[0], Qt.Key.Key_BracketLeft)
    assert axis.cursor_s == 30
    assert axis.range[0] <= 30 <= axis.range[1]
    QTest.keyClick(plots[0], Qt.Key.Key_BracketRight)
    assert axis.cursor_s == 70
    QTest.keyClick(plots[0], Qt.Key.Key_Home)
    assert axis.range == (0.0, 100.0)


def test_that_limits_gaps_and_events_are_drawn(qtbot, plots, axis):
    assert DARK.err in colors(plots[0])
    assert DARK.warn_bg not in colors(plots[0])
    kept = (T < 40) | (T > 60)
    plots[0].set_source(RunSeries(("a", "b"), T[kept], VALUES[:, kept]), (0, 1))
    axis.set_marks([Mark(20, "review", "review")])
    QApplication.processEvents()
    seen = colors(plots[0])
    assert DARK.warn_bg in seen
    assert DARK.review in seen


def test_that_a_live_plot_follows_and_is_drawn_in_seconds_ago(qtbot):
    axis = TimeAxis()
    axis.follow(60)
    series = LiveSeries(("a", "b"))
    plot = TimePlot("Latency", "ms", [Channel("p50"), Channel("p99", 1)], axis)
    qtbot.addWidget(plot)
    plot.resize(500, 200)
    plot.set_source(series, (0, 1))
    clock = PlotClock([plot], plot)
    plot.show()
    clock.start()
    series.extend(T, VALUES)
    axis.set_extent(0.0, 100.0)
    qtbot.waitUntil(lambda: plot.values[1] == f"{VALUES[1, -1]:.1f}", timeout=5000)
    seen = plot.canvas.seen
    assert (seen.left(), seen.right()) == (-60, 0)
    assert axis.text(-30.0, 10.0) == "−30 s"
    clock.stop()
    assert not clock.running
    axis.hold()
    assert axis.range == (40.0, 100.0)
    assert axis.text(45.0, 5.0) == "0:45"


def test_that_the_range_of_values_changes_only_when_they_leave_it(qtbot, plots, axis):
    before = plots[0].canvas.seen
    assert before.top() < 9
    axis.see(10, 20)
    assert plots[0].canvas.seen.top() == before.top()
    plots[0].set_source(RunSeries(("a", "b"), T, 10 * VALUES), (0, 1))
    assert plots[0].canvas.seen.bottom() > 120


def test_that_a_plot_without_values_says_why(qtbot, axis):
    plot = TimePlot("Power", "W", [Channel("total")], axis)
    qtbot.addWidget(plot)
    plot.set_message("This board reports no power.")
    plot.resize(400, 200)
    plot.show()
    plot.refresh()
    assert plot.accessibleName() == "Power: This board reports no power."
    assert DARK.text3 in colors(plot) | colors(plot)


def test_that_plots_follow_the_theme(qtbot, plots):
    try:
        THEME.set(LIGHT)
        QApplication.processEvents()
        seen = colors(plots[0].canvas)
    finally:
        THEME.set(DARK)
    assert {LIGHT.plot, LIGHT.data[0], LIGHT.err} <= seen
    assert QColor(DARK.plot).name().upper() not in seen
