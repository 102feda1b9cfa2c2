"""What decodes an engine's outputs into detections; arrays in, arrays out. The desktop uses it too."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Sequence, Tuple

import numpy as np

from ..plan import PLUGIN, HeadChoice
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


class OutputSpec(NamedTuple):
    """An output of a model or an engine; an axis is 0 where its length depends on the data."""

    name: str
    shape: Tuple[int, ...]
    dtype: str = "float32"


class Head(Protocol):
    """Decodes one layout of outputs; outputs come in the model's order."""

    name: str
    classes: int
    ranked: bool
    """Whether rows are sorted or suppressed already: then row n of two sides need not be the same object, the number
    of rows may differ, and `decode_anchors` is only asked for its scores."""

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


def select(boxes: Any, scores: Any, confidence: float, nms_iou: float, max_detections: int) -> Detections:
    """Detections among rows: one class for each, its best, where it reaches `confidence`; then suppression.

    Args:
        boxes: float32 [n, 4] x0, y0, x1, y1.
        scores: float32 [n, c].
        confidence: least score.
        nms_iou: see `suppress`.
        max_detections: at most so many.
    """
    with np.errstate(invalid="ignore"):
        candidates = np.flatnonzero(scores.max(axis=1) >= confidence) if scores.size else np.zeros(0, np.int64)
    if not len(candidates):
        return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
    chosen, scores = boxes[candidates], scores[candidates]
    classes, best = scores.argmax(axis=1), scores.max(axis=1)
    kept = suppress(chosen, best, classes, nms_iou, max_detections)
    return Detections(chosen[kept], best[kept], classes[kept])


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


def make_head(choice: HeadChoice, outputs: Sequence[OutputSpec], plugin: bytes = b"") -> Head:
    """The head of that name, for outputs of these shapes.

    Args:
        choice: which head, for how many classes and which input, with its options.
        outputs: of the engine or the model, in its order.
        plugin: the source of the project's own head, which the caller has checked by its sha256.

    Raises:
        CommandError: E_USAGE where there is no such head, or it cannot decode such outputs.
    """
    from .one_of import OneOf
    from .plugin import Plugin

    if choice.name == PLUGIN:
        return Plugin(choice, plugin)
    makers = _makers()
    if choice.name not in makers:
        raise CommandError(E_USAGE, "no head is called %r" % choice.name, "Known: %s." % ", ".join(sorted(makers)))
    place = _only_rows(choice, outputs)
    if place is None:
        return makers[choice.name](choice, outputs)
    options = {name: value for name, value in choice.options.items() if name != "outputs"}
    return OneOf(makers[choice.name](choice._replace(options=options), [outputs[place]]), place)


def _only_rows(choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Optional[int]:
    """Which output is decoded alone, where the option `outputs` says that one has all rows."""
    roles = choice.options.get("outputs")
    if not isinstance(roles, (list, tuple)) or "rows" not in roles:
        return None
    if len(roles) != len(outputs) or set(roles) not in ({"rows"}, {"rows", "unused"}) or roles.count("rows") > 1:
        text = "the option 'outputs' is %s; expected rows for one of %d outputs and unused for the others"
        raise CommandError(E_USAGE, text % (list(roles), len(outputs)))
    return list(roles).index("rows")


def head_names() -> Tuple[str, ...]:
    """The heads that Slipway brings."""
    return tuple(_makers())


def _makers() -> Dict[str, Callable[[HeadChoice, Sequence[OutputSpec]], Head]]:
    from .boxes_scores import BoxesScores
    from .detections import SeparateDetections
    from .detr import Detr
    from .end2end import End2End
    from .fastestdet import FastestDet
    from .nanodet import Nanodet
    from .ssd import Ssd
    from .suppressed import Suppressed
    from .yolov5 import Yolov5
    from .yolov8 import Yolov8
    from .yolox import Yolox

    return {
        "yolov8": Yolov8.of,
        "yolov5": Yolov5.of,
        "yolox": Yolox.of,
        "end2end": End2End.of,
        "suppressed": Suppressed.of,
        "detections": SeparateDetections.of,
        "detr": Detr.of,
        "boxes_scores": BoxesScores.of,
        "ssd": Ssd.of,
        "nanodet": Nanodet.of,
        "fastestdet": FastestDet.of,
    }


def in_words(outputs: Sequence[OutputSpec]) -> str:
    """Shapes for a sentence."""
    texts = ["%s [%s]" % (one.name, ", ".join(str(size or "?") for size in one.shape)) for one in outputs]
    return ", ".join(texts) or "nothing"
