"""Whether what a head makes of real outputs can be detections: scores, boxes, and the grid that rows stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.heads.arrays import BOX, grid_of, rows_of
from targets.agent.heads.base import Head
from targets.agent.heads.yolox import sides_of, strides_of
from workbench.intake.values import Seen

Floats = NDArray[np.float32]

_GRIDS = ("yolov8", "yolov5", "yolox", "nanodet")
"""Heads whose rows are cells of a grid, always as many."""
_TOP = 50
_SPARE = 0.02
_FAR = 4.0
"""Boxes' middles are no further from their cell than so many strides, in the median."""
_BACKGROUND_SCORE, _OBJECTNESS = 0.01, 0.06
"""Where the fifth value is below the first, other values above the second are class values beside an objectness."""


@dataclass(frozen=True)
class Judged:
    """What speaks for and against a head, in words."""

    evidence: tuple[str, ...]
    against: tuple[str, ...]
    fatal: bool = False
    """Whether the outputs cannot be what this head decodes, however broken the model may be."""


def judge_head(head: Head, seen: Seen, size: tuple[int, int]) -> Judged:
    """Look at everything that a head decodes of the frames that were seen.

    Raises:
        CommandError: the outputs have other shapes than the head decodes.
    """
    decoded = [head.decode_anchors(outputs) for outputs in seen.frames]
    boxes = np.concatenate([part for part, _ in decoded])
    scores = np.concatenate([part.max(axis=1) if part.size else np.zeros(len(part)) for _, part in decoded])
    lowest = min((float(part.min()) for _, part in decoded if part.size), default=0.0)
    counts = {len(part) for part, _ in decoded}
    if head.name in _GRIDS and (len(counts) > 1 or 0 in counts):
        return Judged((), ("the number of rows depends on the frame, so they are no anchors",), fatal=True)
    if not len(boxes):
        return Judged((f"nothing was detected on {seen.about}, which tells nothing",), ())
    evidence, against = [], []
    fatal = False
    if not np.isfinite(scores).all() or lowest < -_SPARE or scores.max() > 1 + _SPARE:
        text = f"scores lie between {lowest:.3g} and {float(scores.max()):.3g}; they are from 0 to 1"
        against.append(text)
        fatal = bool(np.isfinite(scores).all())
    else:
        evidence.append(f"scores reach {float(scores.max()):.2g}")
    for told, good in (_judge_boxes(head, decoded, size), _judge_grid(head, decoded, size)):
        if told:
            (evidence if good else against).append(told)
    return Judged(tuple(evidence), tuple(against), fatal)


def _judge_boxes(head: Head, decoded: Sequence[tuple[Any, Any]], size: tuple[int, int]) -> tuple[str, bool]:
    best = [_best(boxes, scores) for boxes, scores in decoded]
    boxes = np.asarray(np.concatenate(best), np.float64)
    if not len(boxes):
        return "", True
    width, height = size
    x0, y0, x1, y1 = boxes.T
    with np.errstate(invalid="ignore", over="ignore"):
        middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
        inside = (middle_x > -0.1 * width) & (middle_x < 1.1 * width)
        inside &= (middle_y > -0.1 * height) & (middle_y < 1.1 * height)
        good = inside & (x1 > x0) & (y1 > y0) & (x1 - x0 < 2 * width) & (y1 - y0 < 2 * height)
        side = float(np.median(np.maximum(x1 - x0, y1 - y0)))
    share = float(np.mean(good))
    if share < 0.9 and not (head.ranked and len(boxes) < 3):
        return f"{1 - share:.0%} of the best boxes have no area, or lie outside of the picture", False
    if side < 2:
        return f"the best boxes are {side:.2g} pixels large in the median", False
    return f"the best boxes lie in the picture ({side:.0f} pixels large in the median)", True


def _best(boxes: Floats, scores: Floats) -> Floats:
    """The boxes of the best rows; of all rows where no score is above 0 (a dead head still has boxes)."""
    if not scores.size:
        return boxes
    best = np.nan_to_num(scores.max(axis=1))
    if not (best > 0).any():
        return boxes
    order = np.argsort(-best, kind="stable")[:_TOP]
    chosen: Floats = boxes[order[best[order] > 0]]
    return chosen


def _judge_grid(head: Head, decoded: Sequence[tuple[Any, Any]], size: tuple[int, int]) -> tuple[str, bool]:
    """Whether boxes lie where the cells of their rows are; only of heads whose rows are such cells."""
    if head.name not in _GRIDS:
        return "", True
    rows = len(decoded[0][0])
    for each in (1, 3):
        strides = strides_of(rows, *size, each)
        if strides:
            cells, steps = _centres(strides, size, each)
            far = np.concatenate([_distance(boxes, cells, steps) for boxes, _ in decoded if len(boxes) == rows])
            off = float(np.median(far))
            listed = ", ".join(map(str, strides))
            text = f"the boxes' middles are {off:.2g} strides from their cells (strides {listed}) in the median"
            return (text, True) if off <= _FAR else (f"{text}: the rows are no such cells", False)
    return "", True


def _centres(strides: Sequence[int], size: tuple[int, int], each: int) -> tuple[Floats, Floats]:
    """Middles of all rows' cells in pixels [n, 2] and strides [n, 1]; several anchors of a map come one by one."""
    parts = []
    for side in sides_of(strides, *size):
        parts += [grid_of([side])] * each
    cells, steps = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    return (cells + 0.5) * steps, steps


def _distance(boxes: Floats, cells: Floats, steps: Floats) -> Floats:
    """How many strides the middle of each box is from its cell."""
    with np.errstate(invalid="ignore", over="ignore"):
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        far = np.abs(middles - cells).max(axis=1) / steps[:, 0]
    return np.asarray(np.nan_to_num(far, nan=1e9, posinf=1e9), np.float32)


def tell_objectness(seen: Seen, place: int, columns: int) -> tuple[bool | None, str]:
    """Whether the fifth value of a row is an objectness, by what stands beside it where it is small.

    Class values beside an objectness were only trained where there is an object, so they are not small elsewhere; class
    scores are.

    Args:
        seen: raw outputs.
        place: which output has the rows.
        columns: values of a row.

    Returns:
        None where values do not tell; and the evidence in words.
    """
    beside = []
    for outputs in seen.frames:
        rows = rows_of(outputs[place], columns)
        if rows.shape[1] <= BOX + 1:
            return None, ""
        beside.append(rows[rows[:, BOX] < _BACKGROUND_SCORE, BOX + 1 :].max(axis=1))
    values = np.concatenate(beside)
    if len(values) < 100 or not np.isfinite(values).all():
        return None, ""
    typical = float(np.median(values))
    said = (
        f"where the fifth value is below {_BACKGROUND_SCORE} the best of those behind it is {typical:.2g} in the median"
    )
    if typical >= _OBJECTNESS:
        return True, f"{said}: they are class values beside an objectness"
    return (False, f"{said}: all are class scores") if typical < _OBJECTNESS / 2 and typical > 0 else (None, "")
