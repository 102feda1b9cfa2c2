"""The head of YOLOv8, YOLO11 and later exports: one output [1, 4 + c, n], boxes and scores as they are."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError
from .arrays import BOX, CODINGS, BoxCoding, count_outside, logit, nothing, rows_reaching, sigmoid
from .base import Detections, OutputSpec, in_words, suppress
from .options import Options


class Yolov8:
    """Decodes `[1, 4 + c, n]` or `[1, n, 4 + c]`: x centre, y centre, width, height, one score a class; no objectness.

    Options: `boxes`, `normalised`, and `activation` none or sigmoid.
    """

    name = "yolov8"
    ranked = False

    def __init__(self, classes: int, corners: Optional[BoxCoding] = None, logits: bool = False) -> None:
        self.classes = classes
        self._corners = corners or BoxCoding("cxcywh", False, 0, 0)
        self._logits = logits

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Yolov8:
        """For one output [1, 4 + classes, n] or turned; raises CommandError for others."""
        shape = outputs[0].shape if len(outputs) == 1 else ()
        if len(shape) != 3 or shape[0] not in (0, 1) or BOX + choice.classes not in shape[1:]:
            text = "yolov8 decodes [1, %d, n] for %d classes, not %s"
            raise CommandError(E_USAGE, text % (BOX + choice.classes, choice.classes, in_words(outputs)))
        options = Options(choice)
        coding = options.word("boxes", CODINGS, "cxcywh")
        corners = BoxCoding(coding, options.flag("normalised", False), choice.width, choice.height)
        logits = options.word("activation", ("none", "sigmoid"), "none") == "sigmoid"
        options.close()
        return cls(choice.classes, corners, logits)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every anchor."""
        rows = self._rows(outputs)
        scores = np.ascontiguousarray(rows[BOX:].T)
        return self._corners(rows[:BOX]), sigmoid(scores) if self._logits else scores

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each anchor, its best; then suppression within each class."""
        rows = self._rows(outputs)
        candidates = self._candidates(rows, logit(confidence) if self._logits else confidence)
        if not len(candidates):
            return nothing()
        chosen = rows[:, candidates]
        classes = chosen[BOX:].argmax(axis=0)
        best = chosen[BOX:].max(axis=0)
        if self._logits:
            best = sigmoid(best)
        boxes = self._corners(chosen[:BOX])
        kept = suppress(boxes, best, classes, nms_iou, max_detections)
        return Detections(boxes[kept], best[kept], classes[kept])

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any anchor that are not numbers in [0, 1]."""
        scores = self._rows(outputs)[BOX:]
        return count_outside(sigmoid(scores) if self._logits else scores)

    @staticmethod
    def _candidates(rows: Any, least: float) -> Any:
        """Which columns of [4 + c, n] reach the least score; by the quicker way for how they lie in memory."""
        if not rows.flags.c_contiguous:
            return rows_reaching(rows[BOX:].T, least)
        with np.errstate(invalid="ignore"):
            return np.flatnonzero(rows[BOX:].max(axis=0) >= least)

    def _rows(self, outputs: Sequence[Any]) -> Any:
        rows = np.asarray(outputs[0], dtype=np.float32)[0]
        return rows if rows.shape[0] == BOX + self.classes else rows.T
