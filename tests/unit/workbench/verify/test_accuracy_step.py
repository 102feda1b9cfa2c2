"""Accuracy of both sides on labelled frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.frames.labels import FrameLabels, Labels
from workbench.verify.accuracy_step import measure_accuracy
from workbench.verify.side_by_side import SideBySide

from .comparisons import CAR, FIT, OTHER, compare


def label(boxes: Sequence[Sequence[float]], crowd: Sequence[bool] = ()) -> FrameLabels:
    marks = np.array(crowd or [False] * len(boxes), bool)
    return FrameLabels(np.array(boxes, np.float32).reshape(-1, 4), np.zeros(len(boxes), np.int64), marks)


WHERE = [16.0, 16.0, 48.0, 48.0]
"""The car, in pixels of the frame: twice those of the model's input."""
THERE = [80.0, 80.0, 112.0, 112.0]
NAMES = ("0.png", "1.png", "2.png")


def accuracy(compared: SideBySide, frames: dict[str, FrameLabels]) -> Any:
    return measure_accuracy(compared.samples, Labels(frames, Path("l")), NAMES, [FIT] * 3, ("car", "sign"), 0.25)


def test_that_accuracy_is_taken_on_labelled_frames_in_their_own_pixels() -> None:
    compared = compare([([CAR], [CAR]), ([CAR], []), ([CAR], [])], labelled=True)
    found = accuracy(compared, {"0.png": label([WHERE]), "1.png": label([WHERE])})
    assert (found["device"].images, found["device"].objects) == (2, 2)
    assert found["reference"].overall["recall"].value == 1.0
    assert found["device"].overall["recall"].value == 0.5
    assert found["reference"].overall["map50_95"].value == pytest.approx(1.0)


def test_that_a_crowd_neither_counts_nor_penalises() -> None:
    compared = compare([([CAR, OTHER], [CAR])], labelled=True)
    found = accuracy(compared, {"0.png": label([WHERE, THERE], [False, True])})
    assert found["reference"].objects == 1
    assert [found[side].overall["precision"].value for side in ("reference", "device")] == [1.0, 1.0]
    without = accuracy(compared, {"0.png": label([WHERE])})
    assert without["reference"].overall["precision"].value == 0.5


def test_that_boxes_that_are_nowhere_are_no_hits() -> None:
    compared = compare([([CAR], [(np.nan, 16, 16, 16, 0.9)])], labelled=True)
    assert accuracy(compared, {"0.png": label([WHERE])})["device"].overall["recall"].value == 0.0


def test_that_without_a_labelled_frame_there_is_no_accuracy() -> None:
    compared = compare([([CAR], [CAR])], labelled=True)
    assert accuracy(compared, {"9.png": label([WHERE])}) == {}
    assert accuracy(compare([([CAR], [CAR])]), {"0.png": label([WHERE])}) == {}
