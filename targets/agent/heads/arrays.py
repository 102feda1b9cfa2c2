"""Arithmetic that heads share: rows of an output, what the numbers of a box are, and scores from logits."""

from __future__ import annotations

import math
from typing import Any, Sequence, Tuple

import numpy as np

from ..protocol import E_RUNTIME, CommandError
from .base import Detections

BOX = 4
CODINGS = ("cxcywh", "xyxy", "xywh", "yxyx")
"""Centre and size; two corners; corner and size; two corners with y first."""
ACTIVATIONS = ("none", "sigmoid", "softmax")
"""What scores still need."""
BACKGROUNDS = ("none", "first", "last")
"""Which of a model's classes is no class."""


class BoxCoding:
    """From a model's four numbers to corners in pixels of the input."""

    def __init__(self, coding: str, normalised: bool, width: int, height: int) -> None:
        self._coding = coding
        self._scale = np.array([width, height, width, height], np.float32) if normalised else None

    def __call__(self, rows: Any) -> Any:
        """From [4, k] (a box is a column) to float32 [k, 4] x0, y0, x1, y1."""
        boxes = np.empty((rows.shape[1], BOX), dtype=np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            if self._coding == "cxcywh":
                half_width, half_height = rows[2] * np.float32(0.5), rows[3] * np.float32(0.5)
                np.subtract(rows[0], half_width, out=boxes[:, 0])
                np.subtract(rows[1], half_height, out=boxes[:, 1])
                np.add(rows[0], half_width, out=boxes[:, 2])
                np.add(rows[1], half_height, out=boxes[:, 3])
            elif self._coding == "xywh":
                boxes[:, :2] = rows[:2].T
                np.add(rows[:2].T, rows[2:].T, out=boxes[:, 2:])
            else:
                boxes[:] = rows[[1, 0, 3, 2]].T if self._coding == "yxyx" else rows.T
            if self._scale is not None:
                boxes *= self._scale
        return boxes


def nothing() -> Detections:
    """No detection at all."""
    return Detections(np.zeros((0, BOX), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


def rows_of(array: Any, columns: int) -> Any:
    """An output as float32 [n, columns]: without the axes of length 1 before, turned where its columns come first.

    Raises:
        CommandError: E_RUNTIME where neither of its two last axes has that length.
    """
    array = np.asarray(array, dtype=np.float32)
    shape = array.shape
    if array.ndim < 2:
        raise misshapen(shape, columns)
    flat = array if array.ndim == 2 else array.reshape(-1, shape[-1]) if shape[-1] == columns else array[0]
    if flat.ndim == 2 and flat.shape[1] == columns:
        return flat
    if flat.ndim == 2 and flat.shape[0] == columns:
        return flat.T
    raise misshapen(shape, columns)


def rows_reaching(values: Any, least: float) -> Any:
    """Indices of the rows of [n, c] with any value of at least `least`; quicker than their maxima."""
    with np.errstate(invalid="ignore"):
        hits = np.flatnonzero(values >= least)
    return np.unique(hits // values.shape[1]) if len(hits) else hits


def misshapen(shape: Tuple[int, ...], columns: int) -> CommandError:
    """The error for an output that is no rows of so many values."""
    text = "an output of shape %s came where rows of %d values are decoded"
    return CommandError(E_RUNTIME, text % (list(shape), columns), "The engine was built from another model.")


def count_outside(*scores: Any) -> int:
    """How many numbers are not in [0, 1]; quick where all are."""
    return sum(_outside(array) for array in scores)


def _outside(scores: Any) -> int:
    if not scores.size:
        return 0
    with np.errstate(invalid="ignore"):
        if scores.min() >= 0 and scores.max() <= 1:
            return 0
        return int(scores.size - np.count_nonzero((scores >= 0) & (scores <= 1)))


def sigmoid(values: Any) -> Any:
    """The logistic function in float32; no overflow whatever comes."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.float32(1) / (np.float32(1) + np.exp(-np.asarray(values, np.float32)))


def softmax(values: Any) -> Any:
    """Over the last axis, in float32."""
    values = np.asarray(values, np.float32)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)


def logit(share: float) -> float:
    """What the logistic function turns into `share`; infinite at 0 and 1."""
    if not 0 < share < 1:
        return -math.inf if share <= 0 else math.inf
    return math.log(share / (1 - share))


def grid_of(sides: Sequence[Tuple[int, int, int]]) -> Tuple[Any, Any]:
    """The cells of feature maps, row by row, one map after the other.

    Args:
        sides: (columns, rows, stride) of each map.

    Returns:
        Column and row of each cell, float32 [n, 2], and its stride, float32 [n, 1].
    """
    cells, strides = [], []
    for columns, rows, stride in sides:
        y, x = np.divmod(np.arange(columns * rows, dtype=np.int64), columns)
        cells.append(np.stack([x, y], axis=1).astype(np.float32))
        strides.append(np.full((columns * rows, 1), stride, np.float32))
    return np.concatenate(cells), np.concatenate(strides)
