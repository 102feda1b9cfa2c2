"""Fitting a frame to the model's input: one rule for the desktop, for the reference and for the board's camera."""

from __future__ import annotations

from typing import Any, NamedTuple, Tuple

import numpy as np


class Fitted(NamedTuple):
    """A fitted frame and how it was fitted: model = frame * scale + offset, in pixels."""

    frame: Any
    """uint8 [height, width, 3]."""
    scale_x: float
    scale_y: float
    offset_x: float
    offset_y: float


def fit(frame: Any, size: Tuple[int, int], mode: str, pad: int, anchor: str) -> Fitted:
    """A frame [h, w, 3] as uint8 [height, width, 3], by bilinear interpolation.

    Args:
        frame: uint8, BGR.
        size: (width, height) of the model's input.
        mode: `letterbox` or `stretch`.
        pad: grey of a letterbox's bars.
        anchor: where a letterbox puts the frame, `center` or `top_left`.
    """
    width, height = size
    from_h, from_w = frame.shape[:2]
    if (from_w, from_h) == (width, height):
        return Fitted(frame, 1.0, 1.0, 0.0, 0.0)
    if mode == "stretch":
        return Fitted(_resize(frame, width, height), width / from_w, height / from_h, 0.0, 0.0)
    scale = min(width / from_w, height / from_h)
    inner_w, inner_h = max(1, round(from_w * scale)), max(1, round(from_h * scale))
    spare_w, spare_h = width - inner_w, height - inner_h
    left, top = (0, 0) if anchor == "top_left" else (spare_w // 2, spare_h // 2)
    canvas = np.full((height, width, 3), pad, np.uint8)
    canvas[top : top + inner_h, left : left + inner_w] = _resize(frame, inner_w, inner_h)
    return Fitted(canvas, inner_w / from_w, inner_h / from_h, float(left), float(top))


def _resize(frame: Any, width: int, height: int) -> Any:
    import cv2

    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
