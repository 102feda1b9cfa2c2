from __future__ import annotations

import numpy as np

from workbench.evaluate.matching import make_detections
from workbench.frames.resize import Fit
from workbench.live.boxes import show_boxes

NAMES = ("car", "person")
WHOLE = Fit(1.0, 1.0, 0.0, 0.0, 640, 384)


def boxes(*rows: tuple[float, float, float, float, float, int]):
    table = np.array(rows, np.float64).reshape(-1, 6)
    return make_detections(table[:, :4], table[:, 4], table[:, 5])


CAR = (10, 10, 110, 60, 0.9, 0)
PERSON = (200, 100, 230, 180, 0.6, 1)


def test_that_what_both_sides_found_is_matched_with_overlap_and_change_of_score():
    shown = show_boxes(boxes((12, 10, 112, 60, 0.87, 0)), boxes(CAR), 0.25, NAMES, WHOLE, 1.0)
    (box,) = shown.boxes
    assert (shown.matched, shown.missed, shown.device_only) == (1, 0, 0)
    assert (box.kind, box.label) == ("matched", "car 0.87")
    assert box.iou is not None
    assert box.score_change is not None
    assert 0.95 < box.iou < 0.97
    assert round(box.score_change, 3) == -0.03


def test_that_what_one_side_has_alone_is_said():
    shown = show_boxes(boxes(CAR), boxes(PERSON), 0.25, NAMES, WHOLE, 1.0)
    assert {box.kind: box.label for box in shown.boxes} == {
        "device_only": "car 0.90 device only",
        "missed": "person missed",
    }
    assert (shown.matched, shown.missed, shown.device_only) == (0, 1, 1)


def test_that_flicker_at_the_edge_is_neither_missed_nor_alone():
    weak = (200, 100, 230, 180, 0.45, 1)
    missed = show_boxes(boxes(weak), boxes(PERSON), 0.5, NAMES, WHOLE, 1.0)
    alone = show_boxes(boxes(PERSON), boxes(weak), 0.5, NAMES, WHOLE, 1.0)
    for shown in (missed, alone):
        assert [box.kind for box in shown.boxes] == ["matched"]
        assert (shown.missed, shown.device_only) == (0, 0)


def test_that_another_confidence_matches_anew():
    device, reference = boxes(CAR, PERSON), boxes(CAR, PERSON)
    counts = [len(show_boxes(device, reference, level, NAMES, WHOLE, 1.0).boxes) for level in (0.25, 0.7, 0.95)]
    assert counts == [2, 1, 0]


def test_that_without_a_reference_nothing_is_called_missed_or_alone():
    shown = show_boxes(boxes(CAR, (0, 0, 5, 5, 0.1, 1)), None, 0.25, NAMES, WHOLE, 1.0)
    assert [(box.kind, box.label) for box in shown.boxes] == [("device", "car 0.90")]


def test_that_boxes_come_in_pixels_of_the_picture():
    letterbox = Fit(0.5, 0.5, 0.0, 12.0, 1280, 720)
    (box,) = show_boxes(boxes((100, 62, 200, 112, 0.9, 0)), None, 0.25, NAMES, letterbox, 0.5).boxes
    assert (box.x0, box.y0, box.x1, box.y1) == (100.0, 50.0, 200.0, 100.0)


def test_that_a_class_beyond_the_names_has_its_number():
    (box,) = show_boxes(boxes((0, 0, 9, 9, 0.9, 7)), None, 0.25, NAMES, WHOLE, 1.0).boxes
    assert box.label == "class 7 0.90"
