"""Histograms, points, pictures side by side, small pictures, and pictures as files."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from ui.theme.theme import THEME
from ui.theme.tokens import DARK
from ui.widgets.boxes import Box
from ui.widgets.frame_pair import FramePair
from ui.widgets.histogram import Bins, Histogram, Level
from ui.widgets.picture_export import as_png, as_svg
from ui.widgets.plot_head import Channel
from ui.widgets.plot_marks import Limit
from ui.widgets.scatter_plot import Point, ScatterPlot
from ui.widgets.thumbnails import Thumbnail, ThumbnailStrip
from ui.widgets.time_axis import TimeAxis
from ui.widgets.time_plot import TimePlot
from workbench.telemetry.plot_source import RunSeries

PICTURE = np.zeros((90, 160, 3), np.uint8)
POINTS = (
    Point("fp32", 20.0, 0.83, "fp32", (19, 22), (0.80, 0.85)),
    Point("fp16", 12.0, 0.82, "fp16", tip="made yesterday"),
    Point("int8", 8.0, 0.70, "int8", state="err"),
    Point("int8-k7", 9.0, 0.80, "int8-k7", hollow=True),
)


def shown(qtbot, widget, width: int = 500, height: int = 260):
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget, timeout=5000):
        widget.show()
    return widget


def colors(widget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


def place(plot: ScatterPlot | Histogram, x: float, y: float):
    canvas = plot.canvas
    return canvas.view.mapFromScene(canvas.box.mapToScene(canvas.mapping.point(x, y)))


def test_that_a_histogram_shows_a_single_count_beside_thousands(qtbot):
    THEME.set(DARK)
    plot = shown(qtbot, Histogram("Latency", "ms"))
    edges = tuple(float(edge) for edge in range(11))
    plot.show_bins(Bins(edges, (9000, *(0,) * 8, 1)), (Level(8.5, "p99 8.5"), Level(9.8, "limit 9.8", "limit")))
    image = plot.grab().toImage()
    spot = plot.canvas.mapTo(plot, plot.canvas.view.mapTo(plot.canvas, place(plot, 9.3, -0.05)))
    assert image.pixelColor(spot).name().upper() == DARK.data[0]
    assert DARK.err in colors(plot)
    assert plot.accessibleName() == "Latency, ms: 9001 frames, p99 8.5, limit 9.8"


def test_that_the_pointer_reads_one_bar(qtbot):
    plot = shown(qtbot, Histogram("Latency", "ms"))
    plot.show_bins(Bins((0.0, 1.0, 2.0), (5, 7)))
    QTest.mouseMove(plot.canvas.view.viewport(), place(plot, 1.5, 0.1))
    qtbot.waitUntil(lambda: plot._head._note == "1 to 2: 7 frames", timeout=5000)


def test_that_an_empty_histogram_says_so(qtbot):
    plot = shown(qtbot, Histogram("Latency", "ms"))
    plot.set_message("Run verification to measure latency.")
    assert plot.accessibleName() == "Latency: Run verification to measure latency."


def test_that_a_click_chooses_a_point_and_the_outside_can_too(qtbot):
    plot = shown(qtbot, ScatterPlot("Candidates", "p99, ms", "mAP50"))
    plot.show_points(POINTS, front=("int8", "fp16", "fp32"), x_limits=[Limit(16.7, "limit 16.7")])
    with qtbot.waitSignal(plot.chosen) as told:
        QTest.mouseClick(plot.canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=place(plot, 12.0, 0.82))
    assert told.args == ["fp16"]
    with qtbot.assertNotEmitted(plot.chosen):
        plot.select("fp32")
    assert "selected fp32" in plot.accessibleName()
    assert {DARK.err, DARK.data[0]} <= colors(plot)


def test_that_arrows_walk_from_point_to_point_and_enter_opens(qtbot):
    plot = shown(qtbot, ScatterPlot("Candidates", "p99, ms", "mAP50"))
    plot.show_points(POINTS)
    walked: list[str] = []
    plot.chosen.connect(walked.append)
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert walked == ["int8", "int8-k7", "fp16"]
    with qtbot.waitSignal(plot.opened) as told:
        QTest.keyClick(plot, Qt.Key.Key_Return)
    assert told.args == ["fp16"]
    plot.show_points(POINTS[:1])
    assert plot.selected == ""


def test_that_both_sides_of_a_pair_share_selection_zoom_and_confidence(qtbot):
    pair = shown(qtbot, FramePair("Reference", "Device"))
    pair.left.show_frame(PICTURE, [Box(7, 10, 10, 60, 60, "car", 0.9)])
    pair.right.show_frame(PICTURE, [Box(7, 12, 10, 62, 60, "car", 0.8), Box(9, 90, 10, 120, 60, "car", 0.3)])
    with qtbot.waitSignal(pair.selected):
        QTest.keyClick(pair.left, Qt.Key.Key_Right)
    assert pair.right.selection is not None
    assert pair.right.selection.score == 0.8
    QTest.keyClick(pair.right, Qt.Key.Key_Plus)
    assert pair.left.zoom == pair.right.zoom > 1
    pair.set_threshold(0.5)
    assert len(pair.right.boxes) == 1
    pair.select(-1)
    assert pair.left.selection is None


def test_that_small_pictures_are_chosen_by_arrows_and_opened_by_enter(qtbot):
    strip = shown(qtbot, ThumbnailStrip("Worst frames"), 500, 120)
    frames = [Thumbnail(str(at), PICTURE, f"frame {at}  IoU 0.{at}") for at in range(5)]
    strip.show_thumbnails(frames)
    assert strip.choose("1")
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.current is not None
    assert strip.current.id == "2"
    with qtbot.waitSignal(strip.opened) as told:
        QTest.keyClick(strip, Qt.Key.Key_Return)
    assert told.args[0].id == "2"
    strip.show_thumbnails(frames[2:])
    assert strip.current.id == "2"
    assert strip.model().index(0, 0).data() == "frame 2  IoU 0.2"


def test_that_a_plot_is_exported_as_picture_and_as_editable_text(qtbot):
    axis = TimeAxis()
    axis.set_extent(0, 10)
    axis.see_all()
    plot = TimePlot("Latency", "ms", [Channel("p50")], axis, limits=[Limit(2.0, "limit 2")])
    t = np.arange(1000) / 100
    plot.set_source(RunSeries(("a",), t, np.sin(t)[None] + 1), (0,))
    shown(qtbot, plot)
    image = QImage.fromData(as_png(plot))
    assert image.width() >= 500
    tree = ET.fromstring(as_svg(plot, "Latency"))  # noqa: S314 (our own bytes)
    texts = {element.text for element in tree.iter() if element.tag.endswith("text")}
    assert {"Latency", "p50", "limit 2"} <= texts
    lines = [element for element in tree.iter() if element.tag.endswith("polyline")]
    assert any(len(line.attrib["points"].split()) > 300 for line in lines)


def test_that_a_point_of_the_plot_is_found_where_it_is_drawn(qtbot):
    plot = shown(qtbot, ScatterPlot("Candidates", "p99, ms", "mAP50"))
    plot.show_points(POINTS)
    to_px = plot.canvas.mapping
    back = to_px.value(to_px.point(9.0, 0.8))
    assert (back.x(), back.y()) == (pytest.approx(9.0), pytest.approx(0.8))
    assert plot._nearest(QPointF(9.0, 0.8)) == POINTS[3]
