"""A sample as a picture: the reference's detections beside the device's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from workbench.frames.source import Image

_QUALITY = 88
_LEAST_WIDTH = 480
_GAP = 8


class Mark(Enum):
    """What became of a box; the colour is BGR."""

    MATCHED = (60, 150, 30)
    MISSED = (33, 18, 193)
    EXTRA = (0, 120, 230)


@dataclass(frozen=True)
class Drawn:
    """Detections of one side, in pixels of the frame."""

    boxes: NDArray[np.float32]
    """[k, 4] xyxy."""
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]
    marks: Sequence[Mark]


def draw_pair(frame: Image, reference: Drawn, device: Drawn, class_names: Sequence[str]) -> bytes:
    """Reference on the left, device on the right, as JPEG bytes; the same input gives the same bytes."""
    import cv2

    scale = max(1.0, _LEAST_WIDTH / frame.shape[1])
    sides = [_draw(frame, side, class_names, scale) for side in (reference, device)]
    gap = np.full((sides[0].shape[0], _GAP, 3), 255, np.uint8)
    good, data = cv2.imencode(".jpg", np.hstack([sides[0], gap, sides[1]]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not good:
        raise ValueError(f"no JPEG of a picture of {frame.shape}")
    return data.tobytes()


def _draw(frame: Image, side: Drawn, class_names: Sequence[str], scale: float) -> Image:
    import cv2

    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    picture = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    for box, score, kind, mark in zip(side.boxes * scale, side.scores, side.classes, side.marks, strict=True):
        if not np.isfinite(box).all():
            continue  # the engine gave no place; the figures beside the picture count it
        x0, y0, x1, y1 = (round(float(value)) for value in box)
        if mark is Mark.MATCHED:
            cv2.rectangle(picture, (x0, y0), (x1, y1), mark.value, 2)
        else:
            _dashed(picture, (x0, y0, x1, y1), mark.value)
        name = class_names[kind] if 0 <= kind < len(class_names) else f"class {kind}"
        _caption(picture, f"{name} {score:.2f}", x0, y0, mark.value)
    return picture


def _dashed(picture: Image, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    import cv2

    x0, y0, x1, y1 = box
    for start, end in (((x0, y0), (x1, y0)), ((x1, y0), (x1, y1)), ((x1, y1), (x0, y1)), ((x0, y1), (x0, y0))):
        a, b = np.array(start, float), np.array(end, float)
        pieces = max(1, int(np.hypot(*(b - a)) // 5))
        for piece in range(0, pieces, 2):
            first = a + (b - a) * piece / pieces
            last = a + (b - a) * min(1.0, (piece + 1) / pieces)
            cv2.line(picture, (round(first[0]), round(first[1])), (round(last[0]), round(last[1])), colour, 2)


def _caption(picture: Image, text: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    import cv2

    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
    x = max(0, min(x, picture.shape[1] - width - 4))
    top = y - height - 6 if y >= height + 6 else y
    cv2.rectangle(picture, (x, top), (x + width + 4, top + height + 6), colour, -1)
    cv2.putText(
        picture, text, (x + 2, top + height + 2), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA
    )
