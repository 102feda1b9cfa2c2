"""A picture with boxes over it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from ui.theme.tokens import MATCHED, MISSED
from ui.widgets.boxes import Box, place_boxes
from ui.widgets.frame_view import FrameView

CAR = Box(1, 20, 20, 60, 40, "car", 0.9)
SIGN = Box(2, 30, 25, 40, 35, "sign", 0.4, "device only")
PERSON = Box(3, 100, 10, 110, 40, "person", None, "missed")


@pytest.fixture
def view(qtbot):
    made = FrameView("Frame")
    qtbot.addWidget(made)
    made.resize(320, 240)
    made.show_frame(np.zeros((90, 160, 3), np.uint8), (CAR, SIGN, PERSON))
    made.show()
    qtbot.waitActive(made, timeout=5000).__enter__()
    return made


def test_that_a_picture_is_fitted_and_its_channels_are_right(view):
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[..., 0] = 255
    view.show_frame(picture)
    image = view.grab().toImage()
    assert (view.target().width(), view.target().height()) == (320, 180)
    assert image.pixelColor(160, 120) == QColor("#0000FF")
    assert image.pixelColor(160, 5).blue() < 20


def test_that_rows_may_be_padded(view):
    wide = np.zeros((90, 200, 3), np.uint8)
    wide[:, 160:] = 255
    view.show_frame(wide[:, :160])
    assert view.grab().toImage().pixelColor(310, 120).red() == 0
    with pytest.raises(ValueError, match="expected uint8"):
        view.show_frame(np.zeros((90, 160), np.uint8))


def test_that_a_click_chooses_the_smallest_box(view, qtbot):
    with qtbot.waitSignal(view.selected) as told:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(70, 90))
    assert told.args == [SIGN]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(110, 90))
    assert view.selection == CAR
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    assert view.selection is None


def test_that_arrows_walk_through_the_boxes_from_left_to_right(view):
    chosen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Escape):
        QTest.keyClick(view, key)
        chosen.append(view.selection)
    assert chosen == [CAR, SIGN, PERSON, SIGN, None]


def test_that_the_confidence_hides_what_is_below_it_but_no_missed_box(view):
    view.select(SIGN)
    view.set_threshold(0.5)
    assert view.boxes == (CAR, PERSON)
    assert view.selection is None
    assert "1 below the confidence" in view.accessibleDescription()


def test_that_a_box_stays_chosen_by_its_id_in_the_next_frame(view):
    view.select(CAR)
    moved = Box(1, 22, 20, 62, 40, "car", 0.8)
    view.set_boxes((moved,))
    assert view.selection == moved
    view.set_boxes((PERSON,))
    assert view.selection is None


def test_that_keys_zoom_and_a_drag_moves_the_picture(view):
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == pytest.approx(1.25**3)
    before = view.centre
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 120))
    QTest.mouseMove(view, QPoint(150, 120))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 120))
    assert view.centre.x() > before.x()
    QTest.keyClick(view, Qt.Key.Key_0)
    assert (view.zoom, view.centre) == (1.0, QPointF(0.5, 0.5))


def test_that_boxes_are_painted_in_the_colour_of_their_kind(view):
    image = view.grab().toImage()
    colors = {image.pixelColor(x, y).name().upper() for x in range(30, 240) for y in (70, 110)}
    assert MATCHED in colors
    assert MISSED in {image.pixelColor(x, y).name().upper() for x in range(195, 225) for y in range(40, 115)}


def test_that_what_is_shown_is_told_to_assistive_technology(view):
    view.set_badge("reference pending")
    assert view.accessibleName() == "Frame"
    for words in ("1 match", "1 missed", "1 device only", "reference pending"):
        assert words in view.accessibleDescription()
    view.set_message("No camera on this board.")
    view.show_frame(None)
    assert view.accessibleDescription() == "No camera on this board."


def test_that_names_stay_in_the_picture_and_do_not_cover_each_other(view):
    boxes = [Box(n, 140 + n, 1, 158, 30 + n, "pedestrian", 0.5) for n in range(2)]
    placed = place_boxes(boxes, view.target(), 2.0, view.target())
    assert all(view.target().contains(item.label) for item in placed)
    assert not placed[0].label.intersects(placed[1].label)
