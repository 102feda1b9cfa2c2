"""Detections of one image, their overlaps, and who belongs to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.evaluate.intervals import Floats

MATCH_IOU = 0.1  # below this, two boxes of a class are neighbours, not the same object

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Detections:
    """What a detector found in one image.

    Attributes:
        boxes: [k, 4] x1, y1, x2, y2 in pixels.
        scores: [k] confidences.
        classes: [k] class numbers.

    Raises:
        ValueError: the arrays do not fit together.
    """

    boxes: Floats
    scores: Floats
    classes: Indices

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes, dtype=np.float64).reshape(-1, 4)
        scores = np.asarray(self.scores, dtype=np.float64).reshape(-1)
        classes = np.asarray(self.classes).astype(np.intp).reshape(-1)
        if not len(boxes) == len(scores) == len(classes):
            raise ValueError(f"{len(boxes)} boxes, {len(scores)} scores and {len(classes)} classes do not fit together")
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "classes", classes)

    def __len__(self) -> int:
        return len(self.scores)

    def at_least(self, threshold: float) -> Detections:
        """Those with at least this score; a score that is no number is below every threshold."""
        kept = self.scores >= threshold
        return Detections(self.boxes[kept], self.scores[kept], self.classes[kept])


def make_detections(boxes: ArrayLike, scores: ArrayLike, classes: ArrayLike) -> Detections:
    """Detections from anything that numpy takes, empty lists included."""
    return Detections(np.asarray(boxes, np.float64), np.asarray(scores, np.float64), np.asarray(classes, np.intp))


class Matches(NamedTuple):
    """Pairs: `reference[i]` belongs to `device[i]` (indices) with overlap `ious[i]`."""

    reference: Indices
    device: Indices
    ious: Floats


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """Intersection over union [m, n] of boxes [m, 4] and [n, 4]; 0 for boxes without area or with bad numbers."""
    with np.errstate(invalid="ignore", over="ignore"):
        top_left = np.maximum(first[:, None, :2], second[None, :, :2])
        bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
        overlap = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
        areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1) for boxes in (first, second)]
        union = areas[0][:, None] + areas[1][None, :] - overlap
        ratio = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
    matrix: Floats = np.where(np.isfinite(ratio), ratio, 0.0)
    return matrix


def match(reference: Detections, device: Detections, minimum_iou: float = MATCH_IOU) -> Matches:
    """One-to-one pairs within each class that maximise the sum of overlaps; pairs below `minimum_iou` are none."""
    from scipy.optimize import linear_sum_assignment

    overlaps = iou_matrix(reference.boxes, device.boxes)
    overlaps[reference.classes[:, None] != device.classes[None, :]] = 0.0
    overlaps[overlaps < max(minimum_iou, 1e-12)] = 0.0
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    ious = overlaps[rows, columns]
    paired = ious > 0
    return Matches(rows[paired], columns[paired], ious[paired])


def unmatched(count: int, matched: Indices) -> Indices:
    """Those of `count` that are in no pair."""
    free = np.ones(count, dtype=bool)
    free[matched] = False
    return np.flatnonzero(free)
