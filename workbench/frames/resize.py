"""Fitting a frame to the model's input, and boxes back to the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from targets.agent.fitting import fit
from workbench.frames.source import Image


@dataclass(frozen=True)
class Fit:
    """How one frame was fitted: model = frame * scale + offset, in pixels."""

    scale_x: float
    scale_y: float
    offset_x: float
    offset_y: float
    width: int
    height: int
    """Size of the frame before, pixels."""

    def to_frame(self, boxes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Boxes [k, 4] xyxy in model pixels to frame pixels, clipped to the frame."""
        offset = np.array([self.offset_x, self.offset_y] * 2, np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        limit = np.array([self.width, self.height] * 2, np.float32)
        moved: NDArray[np.float32] = (np.asarray(boxes, np.float32).reshape(-1, 4) - offset) / scale
        return np.minimum(np.maximum(moved, np.float32(0)), limit)


@dataclass(frozen=True)
class Fitting:
    """The rule by which every frame is fitted; shared by reference and device."""

    width: int
    height: int
    """The model's input, pixels."""
    mode: Literal["letterbox", "stretch"] = "letterbox"
    pad: int = 114
    """Grey of a letterbox's bars."""
    anchor: Literal["center", "top_left"] = "center"
    """Where a letterbox puts the frame."""

    def apply(self, frame: Image) -> tuple[Image, Fit]:
        """A frame [h, w, 3] to [height, width, 3], uint8, by bilinear interpolation."""
        height, width = frame.shape[:2]
        fitted = fit(frame, (self.width, self.height), self.mode, self.pad, self.anchor)
        return fitted.frame, Fit(*fitted[1:], width, height)
