"""The head of YOLOv5 and YOLOv7 exports: one output [1, n, 5 + c], boxes as they are, an objectness, class scores."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError
from .arrays import BOX, CODINGS, BoxCoding, nothing, rows_of
from .base import Detections, OutputSpec, in_words, select
from .options import Options

_AHEAD = BOX + 1
"""Values before the classes' scores: a box and the objectness."""


class Yolov5:
    """Decodes `[1, n, 5 + c]` or `[1, 5 + c, n]`; the score of a class is objectness times its value.

    YOLOv6, YOLOv7 and YOLOX exported with its decoding look alike. Options: `boxes`, `normalised`.
    """

    name = "yolov5"
    ranked = False

    def __init__(self, classes: int, corners: BoxCoding) -> None:
        self.classes = classes
        self._corners = corners

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Yolov5:
        """For one output [1, n, 5 + classes] or turned; raises CommandError for others."""
        require_rows(choice, outputs)
        options = Options(choice)
        coding = options.word("boxes", CODINGS, "cxcywh")
        corners = BoxCoding(coding, options.flag("normalised", False), choice.width, choice.height)
        options.close()
        return cls(choice.classes, corners)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every anchor."""
        rows = self._rows(outputs)
        return self._boxes(rows, slice(None), len(rows)), self._scores(rows)

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each anchor, its best; then suppression within each class."""
        rows = self._rows(outputs)
        with np.errstate(invalid="ignore"):
            # no class's value is above 1, so where the objectness is too small no score is large enough
            candidates = np.flatnonzero(rows[:, BOX] >= confidence)
        if not len(candidates):
            return nothing()
        chosen = rows[candidates]
        boxes = self._boxes(chosen, candidates, len(rows))
        return select(boxes, self._scores(chosen), confidence, nms_iou, max_detections)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any anchor where objectness or value is no number in [0, 1]."""
        rows = self._rows(outputs)[:, BOX:]
        with np.errstate(invalid="ignore"):
            if not rows.size or (rows.min() >= 0 and rows.max() <= 1):
                return 0
            good = (rows >= 0) & (rows <= 1)
        return int(self.classes * len(rows) - np.count_nonzero(good[:, :1] & good[:, 1:]))

    def _rows(self, outputs: Sequence[Any]) -> Any:
        return rows_of(outputs[0], _AHEAD + self.classes)

    def _boxes(self, rows: Any, _places: Any, _count: int) -> Any:
        """Corners of some rows, whose places among all `count` rows are given."""
        return self._corners(rows[:, :BOX].T)

    def _scores(self, rows: Any) -> Any:
        with np.errstate(invalid="ignore", over="ignore"):
            return rows[:, _AHEAD:] * rows[:, BOX:_AHEAD]


def require_rows(choice: HeadChoice, outputs: Sequence[OutputSpec]) -> None:
    """Refuse anything but one output of rows of 5 + classes values, or turned; raises CommandError."""
    shape = outputs[0].shape if len(outputs) == 1 else ()
    if len(shape) != 3 or shape[0] not in (0, 1) or _AHEAD + choice.classes not in shape[1:]:
        text = "%s decodes [1, n, %d] for %d classes, not %s"
        said = (choice.name, _AHEAD + choice.classes, choice.classes, in_words(outputs))
        raise CommandError(E_USAGE, text % said)
