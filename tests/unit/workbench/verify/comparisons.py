"""Comparisons of detections that are written down by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from targets.agent.heads.yolov8 import Yolov8
from workbench.frames.resize import Fit
from workbench.verify.side_by_side import Criteria, SideBySide, Thresholds

SIZE = 64
FIT = Fit(0.5, 0.5, 0.0, 0.0, 2 * SIZE, 2 * SIZE)
Box = tuple[float, float, float, float, float]
"""Centre, size and score of a detection of class 0, in pixels of the model's input."""


def outputs(*boxes: Box) -> list[NDArray[np.float32]]:
    array = np.zeros((1, 6, 4), np.float32)
    for place, (x, y, width, height, score) in enumerate(boxes):
        array[0, :5, place] = (x, y, width, height, score)
    return [array]


def compare(pairs: Sequence[tuple[Sequence[Box], Sequence[Box]]], labelled: bool = False) -> SideBySide:
    compared = SideBySide(
        Yolov8(2), Thresholds(0.25, 0.45, 300), (SIZE, SIZE), len(pairs), Criteria(0.25, 0.25), labelled=labelled
    )
    for position, (reference, device) in enumerate(pairs):
        compared.add(position, outputs(*reference), outputs(*device))
    return compared


CAR: Box = (16, 16, 16, 16, 0.8)
OTHER: Box = (48, 48, 16, 16, 0.6)
FAINT: Box = (48, 48, 16, 16, 0.2)
