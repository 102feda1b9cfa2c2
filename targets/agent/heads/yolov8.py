"""The head of YOLOv8 and YOLO11 exports: one output [1, 4 + c, n], centre boxes in pixels and scores as they are."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError
from .base import Detections, OutputSpec, in_words, suppress

_BOX = 4


class Yolov8:
    """Decodes `[1, 4 + c, n]`: x centre, y centre, width, height, then one score a class; no objectness."""

    name = "yolov8"
    ranked = False

    def __init__(self, classes: int) -> None:
        self.classes = classes

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Yolov8:
        """For one output [1, 4 + classes, n]; raises CommandError for others."""
        shape = outputs[0].shape if len(outputs) == 1 else ()
        if len(shape) != 3 or shape[:2] != (1, _BOX + choice.classes):
            text = "yolov8 decodes [1, %d, n] for %d classes, not %s"
            raise CommandError(E_USAGE, text % (_BOX + choice.classes, choice.classes, in_words(outputs)))
        return cls(choice.classes)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every anchor."""
        rows = _rows(outputs)
        return _corners(rows[:_BOX]), np.ascontiguousarray(rows[_BOX:].T)

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each anchor, its best; then suppression within each class."""
        rows = _rows(outputs)
        scores = rows[_BOX:]
        with np.errstate(invalid="ignore"):
            candidates = np.flatnonzero(scores.max(axis=0) >= confidence)
        if not len(candidates):
            return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
        chosen = rows[:, candidates]
        classes = chosen[_BOX:].argmax(axis=0)
        best = chosen[_BOX:].max(axis=0)
        boxes = _corners(chosen[:_BOX])
        kept = suppress(boxes, best, classes, nms_iou, max_detections)
        return Detections(boxes[kept], best[kept], classes[kept])

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any anchor that are not numbers in [0, 1]."""
        scores = _rows(outputs)[_BOX:]
        with np.errstate(invalid="ignore"):
            if scores.min() >= 0 and scores.max() <= 1:
                return 0
            return int(scores.size - np.count_nonzero((scores >= 0) & (scores <= 1)))


def _rows(outputs: Sequence[Any]) -> Any:
    return np.asarray(outputs[0], dtype=np.float32)[0]


def _corners(rows: Any) -> Any:
    """From [4, k] centre and size to [k, 4] corners."""
    boxes = np.empty((rows.shape[1], 4), dtype=np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        half_width, half_height = rows[2] * np.float32(0.5), rows[3] * np.float32(0.5)
        np.subtract(rows[0], half_width, out=boxes[:, 0])
        np.subtract(rows[1], half_height, out=boxes[:, 1])
        np.add(rows[0], half_width, out=boxes[:, 2])
        np.add(rows[1], half_height, out=boxes[:, 3])
    return boxes
