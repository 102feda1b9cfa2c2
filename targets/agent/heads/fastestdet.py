"""The head of FastestDet: one feature map of an objectness, a box and class scores for each cell."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, nothing, sigmoid
from .base import Detections, OutputSpec, in_words, select
from .options import Options

_AHEAD = BOX + 1
_OBJECT, _CLASS = 0.6, 0.4
"""Powers of objectness and class value in a score."""


class FastestDet:
    """Decodes `[1, 5 + c, h, w]`: centre (tanh(value) + cell) / cells, size sigmoid(value), as parts of the input.

    The score of a class is objectness ** 0.6 * value ** 0.4.
    """

    name = "fastestdet"
    ranked = False

    def __init__(self, choice: HeadChoice) -> None:
        self.classes = choice.classes
        self._scale = np.array([choice.width, choice.height], np.float32)

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> FastestDet:
        """For one output [1, 5 + classes, h, w]; raises CommandError for others."""
        Options(choice).close()
        shape = outputs[0].shape if len(outputs) == 1 else ()
        if len(shape) != 4 or shape[0] not in (0, 1) or shape[1] != _AHEAD + choice.classes:
            text = "fastestdet decodes [1, %d, h, w] for %d classes, not %s"
            raise CommandError(E_USAGE, text % (_AHEAD + choice.classes, choice.classes, in_words(outputs)))
        return cls(choice)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every cell, row by row."""
        cells, columns, rows = self._cells(outputs)
        return self._boxes(cells, np.arange(cells.shape[1]), columns, rows), self._scores(cells)

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each cell, its best; then suppression within each class."""
        cells, columns, rows = self._cells(outputs)
        least = confidence ** (1 / _OBJECT)
        with np.errstate(invalid="ignore"):
            # no class's value is above 1, so where the objectness is too small no score is large enough
            chosen = np.flatnonzero(cells[0] >= least * 0.999)
        if not len(chosen):
            return nothing()
        some = cells[:, chosen]
        boxes = self._boxes(some, chosen, columns, rows)
        return select(boxes, self._scores(some), confidence, nms_iou, max_detections)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any cell where objectness or value is no number in [0, 1]."""
        cells, _, _ = self._cells(outputs)
        with np.errstate(invalid="ignore"):
            good = (cells >= 0) & (cells <= 1)
        return int(cells.shape[1] * self.classes - np.count_nonzero(good[:1] & good[_AHEAD:]))

    def _cells(self, outputs: Sequence[Any]) -> Tuple[Any, int, int]:
        """Values [5 + c, h * w], columns and rows of the map."""
        array = np.asarray(outputs[0], np.float32)
        if array.ndim != 4 or array.shape[1] != _AHEAD + self.classes:
            raise CommandError(E_RUNTIME, "an output of shape %s came; fastestdet decodes others" % list(array.shape))
        return array[0].reshape(array.shape[1], -1), array.shape[3], array.shape[2]

    def _boxes(self, cells: Any, places: Any, columns: int, rows: int) -> Any:
        y, x = np.divmod(places, columns)
        with np.errstate(invalid="ignore", over="ignore"):
            centre_x, centre_y = (np.tanh(cells[1]) + x) / columns, (np.tanh(cells[2]) + y) / rows
            half_width, half_height = sigmoid(cells[3]) / 2, sigmoid(cells[4]) / 2
            low = np.stack([centre_x - half_width, centre_y - half_height], axis=1) * self._scale
            high = np.stack([centre_x + half_width, centre_y + half_height], axis=1) * self._scale
        return np.concatenate([low, high], axis=1).astype(np.float32)

    @staticmethod
    def _scores(cells: Any) -> Any:
        with np.errstate(invalid="ignore"):
            scores = (np.power(cells[0], _OBJECT) * np.power(cells[_AHEAD:], _CLASS)).T
        return np.ascontiguousarray(scores, np.float32)
