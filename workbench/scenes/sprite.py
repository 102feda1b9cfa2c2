"""A drawing surface measured in metres whose result is an anti-aliased sprite with an exact coverage mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Color = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]
FINE_PX_PER_M = 45.0
FAINT_ALPHA = 48


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels, the right and lower edges exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def clipped(self, width: int, height: int) -> Box:
        """The part inside a frame of that size; empty (width or height <= 0) when there is none."""
        return Box(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))


@dataclass(frozen=True)
class Sprite:
    """A drawn thing placed in the frame, cut to the pixels that it covers.

    `pixels` is uint8 [h, w, 4]: BGR multiplied by the coverage, then the coverage itself (0 where nothing is drawn);
    `box` is its tight place in frame coordinates and may reach outside of the frame.
    """

    pixels: Pixels
    box: Box

    def inside(self, width: int, height: int) -> tuple[Pixels, Box]:
        """The pixels and the box that lie inside a frame of that size."""
        box = self.box.clipped(width, height)
        rows = slice(box.top - self.box.top, max(box.bottom, box.top) - self.box.top)
        columns = slice(box.left - self.box.left, max(box.right, box.left) - self.box.left)
        return self.pixels[rows, columns], box


class Canvas:
    """A sheet `width_m` x `height_m` with its origin in the middle of the lower edge and y upwards, all in metres."""

    def __init__(self, width_m: float, height_m: float, px_per_m: float) -> None:
        self._over = 2 if px_per_m > FINE_PX_PER_M else 4
        self._fine = px_per_m * self._over
        columns = int(np.ceil(width_m * px_per_m / 2)) * 2 + 4
        rows = int(np.ceil(height_m * px_per_m)) + 4
        self._below_px = 2
        self._center_px = columns // 2
        self._rows_px = rows
        self._sheet: Pixels = np.zeros((rows * self._over, columns * self._over, 4), np.uint8)

    def _point(self, x_m: float, y_m: float) -> tuple[int, int]:
        x = self._center_px * self._over + x_m * self._fine
        y = (self._rows_px - self._below_px) * self._over - y_m * self._fine
        return round(x), round(y)

    def rectangle(self, x0_m: float, y0_m: float, x1_m: float, y1_m: float, color: Color) -> None:
        cv2.rectangle(self._sheet, self._point(x0_m, y0_m), self._point(x1_m, y1_m), (*color, 255), -1)

    def polygon(self, points_m: Sequence[tuple[float, float]], color: Color) -> None:
        corners = np.array([self._point(x, y) for x, y in points_m], np.int32)
        cv2.fillPoly(self._sheet, [corners], (*color, 255))

    def ellipse(self, x_m: float, y_m: float, rx_m: float, ry_m: float, color: Color) -> None:
        axes = (max(1, round(rx_m * self._fine)), max(1, round(ry_m * self._fine)))
        cv2.ellipse(self._sheet, self._point(x_m, y_m), axes, 0, 0, 360, (*color, 255), -1)

    def ring(self, x_m: float, y_m: float, rx_m: float, ry_m: float, thick_m: float, color: Color) -> None:
        axes = (max(1, round(rx_m * self._fine)), max(1, round(ry_m * self._fine)))
        thick = max(self._over // 2, round(thick_m * self._fine))
        cv2.ellipse(self._sheet, self._point(x_m, y_m), axes, 0, 0, 360, (*color, 255), thick)

    def line(self, x0_m: float, y0_m: float, x1_m: float, y1_m: float, thick_m: float, color: Color) -> None:
        thick = max(self._over // 2, round(thick_m * self._fine))
        cv2.line(self._sheet, self._point(x0_m, y0_m), self._point(x1_m, y1_m), (*color, 255), thick)

    def finish(self, x_px: int, y_px: int) -> Sprite | None:
        """Shrinks the sheet to frame scale and puts its origin at that frame pixel; None when nothing was drawn."""
        over = self._over
        size = (self._sheet.shape[1] // over, self._sheet.shape[0] // over)
        small: Pixels = np.asarray(cv2.resize(self._sheet, size, interpolation=cv2.INTER_AREA), np.uint8)
        small[small[:, :, 3] < FAINT_ALPHA] = 0
        x, y, w, h = cv2.boundingRect(small[:, :, 3])
        if not w or not h:
            return None
        left = x_px - self._center_px + x
        top = y_px - (self._rows_px - self._below_px) + y
        return Sprite(np.ascontiguousarray(small[y : y + h, x : x + w]), Box(left, top, left + w, top + h))


def blend(frame: Pixels, sprite: Sprite, haze: Color, clearness: float) -> None:
    """Draws a sprite into the frame [h, w, 3] in place; what `clearness` lacks to 1 is `haze`."""
    pixels, box = sprite.inside(frame.shape[1], frame.shape[0])
    if box.width <= 0 or box.height <= 0:
        return
    alpha = pixels[:, :, 3:].astype(np.float32) * np.float32(1 / 255)
    own = pixels[:, :, :3].astype(np.float32)
    if clearness < 1:
        own *= np.float32(clearness)
        own += alpha * (np.array(haze, np.float32) * np.float32(1 - clearness))
    target = frame[box.top : box.bottom, box.left : box.right]
    own += target * (1 - alpha)
    np.copyto(target, (own + np.float32(0.5)).astype(np.uint8))
