"""What decodes an engine's outputs into detections; arrays in, arrays out. The desktop uses it too."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Protocol, Sequence, Tuple

import numpy as np

from ..protocol import E_USAGE, CommandError

_BLOCK = 128
"""Boxes that are compared with each other at once; bounds the memory of a crowded frame."""


class Detections(NamedTuple):
    """What was found, best first."""

    boxes: Any
    """float32 [k, 4]: x0, y0, x1, y1 in pixels of the input; not clipped to it."""
    scores: Any
    """float32 [k]."""
    classes: Any
    """int64 [k]."""


class Head(Protocol):
    """Decodes one layout of outputs."""

    name: str
    classes: int

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Every anchor before any threshold: boxes float32 [n, 4] x0, y0, x1, y1 in pixels, scores float32 [n, c]."""

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """Detections with a score of at least `confidence`, after suppression within each class."""

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """How many scores of any anchor are not numbers in [0, 1]."""


def count_bad_boxes(boxes: Any, width: int, height: int) -> int:
    """How many boxes [k, 4] are not finite, have no area, or lie wholly outside of the input."""
    if not len(boxes):
        return 0
    x0, y0, x1, y1 = boxes.T
    with np.errstate(invalid="ignore"):
        good = (x1 > x0) & (y1 > y0) & (x0 < width) & (y0 < height) & (x1 > 0) & (y1 > 0)
    good &= np.isfinite(boxes).all(axis=1)
    return int(len(boxes) - np.count_nonzero(good))


def suppress(boxes: Any, scores: Any, classes: Any, nms_iou: float, max_detections: int) -> Any:
    """Greedy non-maximum suppression within each class.

    Args:
        boxes: float32 [k, 4] x0, y0, x1, y1.
        scores: float32 [k].
        classes: int [k].
        nms_iou: a box that overlaps a better one of its class by more than this goes.
        max_detections: at most so many stay.

    Returns:
        Indices of the boxes that stay, best first; equal scores keep their order.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, classes = boxes[order], classes[order]
    kept: List[int] = []
    for start in range(0, len(order), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(order)))
        if kept:
            block = block[~_overlap(boxes, classes, np.array(kept), block, nms_iou).any(axis=0)]
        kept.extend(block[_greedy(_overlap(boxes, classes, block, block, nms_iou))].tolist())
        if len(kept) >= max_detections:
            break
    return order[kept[:max_detections]]


def _overlap(boxes: Any, classes: Any, first: Any, second: Any, nms_iou: float) -> Any:
    """bool [len(first), len(second)]: same class, and an IoU above the limit."""
    one, two = boxes[first][:, None], boxes[second][None]
    with np.errstate(invalid="ignore", over="ignore"):
        sides = np.minimum(one[..., 2:], two[..., 2:]) - np.maximum(one[..., :2], two[..., :2])
        np.maximum(sides, 0, out=sides)
        inner = sides[..., 0] * sides[..., 1]
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        close = inner > nms_iou * (areas[first][:, None] + areas[second][None] - inner)
    return close & (classes[first][:, None] == classes[second][None])


def _greedy(overlap: Any) -> List[int]:
    """Which of the rows, best first, stay when each that stays removes those that it overlaps."""
    gone = np.zeros(len(overlap), dtype=bool)
    kept: List[int] = []
    for row, others in enumerate(overlap):
        if not gone[row]:
            kept.append(row)
            gone |= others
    return kept


def find_head(output_shapes: Sequence[Sequence[int]], classes: int = 0) -> Head:
    """The head for an engine's outputs.

    Args:
        output_shapes: the static shape of each output.
        classes: how many classes the model has; 0 takes what the shape says.

    Raises:
        CommandError: E_USAGE with what the outputs look like, where no head knows them.
    """
    from .yolov8 import Yolov8

    shapes = [tuple(int(size) for size in shape) for shape in output_shapes]
    if len(shapes) != 1:
        raise _unknown(shapes, "a YOLOv8 head has one output")
    (shape,) = shapes
    if len(shape) != 3 or shape[0] != 1:
        raise _unknown(shapes, "a YOLOv8 head gives [1, 4 + classes, anchors]")
    if classes and shape[1] == 4 + classes:
        return Yolov8(classes)
    if shape[2] in (6, 7) and shape[1] <= 1000:
        raise _unknown(shapes, "this looks like detections after suppression inside the graph")
    if shape[1] > shape[2]:
        raise _unknown(shapes, "this looks like [1, anchors, 4 + classes] or [1, anchors, 5 + classes]")
    found = shape[1] - 4
    if found < 1 or classes:
        expected = "%d classes" % classes if classes else "at least one class"
        raise _unknown(shapes, "%d rows are 4 box values and %d scores; expected %s" % (shape[1], found, expected))
    return Yolov8(found)


def _unknown(shapes: Sequence[Tuple[int, ...]], reason: str) -> CommandError:
    text = ", ".join("[%s]" % ", ".join(str(size) for size in shape) for shape in shapes) or "nothing"
    return CommandError(
        E_USAGE,
        "no head decodes outputs of shape %s: %s" % (text, reason),
        "Export the model without suppression, as YOLOv8 does: [1, 4 + classes, anchors].",
    )
