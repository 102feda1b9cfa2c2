"""Rows that are detections already, each with one score and one class: what such heads share."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from .arrays import BoxCoding, misshapen, nothing
from .base import Detections
from .options import Options

BACKGROUNDS = ("none", "first")
"""Whether label 0 is the background, so that the first class has the label 1."""


class Rows(NamedTuple):
    """What a model gives, row by row, as it gives it."""

    boxes: Any
    """float32 [n, 4]."""
    scores: Any
    """float32 [n]."""
    labels: Any
    """float32 [n]; a label that is none marks a row of padding."""


class RankedHead:
    """Takes rows as they are: those that reach the confidence, best first, without another suppression."""

    name = ""
    ranked = True

    def __init__(self, choice: HeadChoice, options: Options, coding: BoxCoding) -> None:
        self.classes = choice.classes
        self._corners = coding
        self._first = 1 if options.word("background", BACKGROUNDS, "none") == "first" else 0

    def rows(self, outputs: Sequence[Any]) -> Rows:
        """The rows of the outputs."""
        raise NotImplementedError

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] of every row and scores float32 [n, c], zero but for the row's own class."""
        rows = self.rows(outputs)
        labels, known = self._classes(rows.labels)
        scores = np.zeros((len(rows.scores), self.classes), np.float32)
        scores[np.flatnonzero(known), labels[known]] = rows.scores[known]
        return self._corners(rows.boxes.T), scores

    def detect(self, outputs: Sequence[Any], confidence: float, _nms_iou: float, max_detections: int) -> Detections:
        """The rows that reach the confidence; those of a class that the model does not have are passed over."""
        rows = self.rows(outputs)
        with np.errstate(invalid="ignore"):
            chosen = np.flatnonzero(rows.scores >= confidence)
        if not len(chosen):
            return nothing()
        labels, known = self._classes(rows.labels[chosen])
        chosen, labels = chosen[known], labels[known]
        order = np.argsort(-rows.scores[chosen], kind="stable")[:max_detections]
        chosen = chosen[order]
        return Detections(self._corners(rows.boxes[chosen].T), rows.scores[chosen], labels[order])

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores that are not numbers in [0, 1], and those above 0 of a class that the model does not have."""
        rows = self.rows(outputs)
        with np.errstate(invalid="ignore"):
            good = (rows.scores >= 0) & (rows.scores <= 1)
            good &= self._classes(rows.labels)[1] | (rows.scores == 0) | (rows.labels == -1)
        return int(len(good) - np.count_nonzero(good))

    def _classes(self, labels: Any) -> Tuple[Any, Any]:
        """Numbers of classes from 0, int64 [k], and which of them the model has, bool [k]."""
        with np.errstate(invalid="ignore"):
            whole = np.rint(labels) - self._first
            known = (whole >= 0) & (whole < self.classes)
        return np.where(known, whole, 0).astype(np.int64), known


def flat_rows(array: Any, columns: int) -> Any:
    """An output [1, n, columns], [n, columns] or [1, 1, n, columns] as float32 [n, columns]."""
    array = np.asarray(array, dtype=np.float32)
    if array.ndim < 2 or array.shape[-1] != columns:
        raise misshapen(array.shape, columns)
    return array.reshape(-1, columns)


def flat(array: Any) -> Any:
    """An output [1, n] or [n] as float32 [n]."""
    return np.asarray(array, dtype=np.float32).reshape(-1)
