"""The camera's view of the road: where a place in metres lies in the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FRAME_WIDTH = 640
FRAME_HEIGHT = 384
FOCAL_PX = 600.0


@dataclass(frozen=True)
class Road:
    """A straight, level road under a pinhole camera; sideways places are metres right of the camera."""

    horizon_px: int
    vanishing_px: int
    camera_height_m: float
    left_edge_m: float
    right_edge_m: float

    def x_px(self, sideways_m: float, px_per_m: float) -> int:
        return round(self.vanishing_px + sideways_m * px_per_m)

    def ground_px(self, px_per_m: float) -> int:
        """The frame row of the ground at the distance where a metre is that many pixels."""
        return round(self.horizon_px + self.camera_height_m * px_per_m)

    def distance_m(self, px_per_m: float) -> float:
        return FOCAL_PX / px_per_m

    def visible_m(self, px_per_m: float) -> tuple[float, float]:
        """The sideways range that the frame shows at that distance."""
        return -self.vanishing_px / px_per_m, (FRAME_WIDTH - self.vanishing_px) / px_per_m


def choose_road(rng: np.random.Generator) -> Road:
    """Chooses a camera and a road."""
    return Road(
        horizon_px=int(rng.integers(130, 191)),
        vanishing_px=int(rng.integers(260, 381)),
        camera_height_m=float(rng.uniform(1.3, 1.7)),
        left_edge_m=float(rng.uniform(-5.5, -3.6)),
        right_edge_m=float(rng.uniform(1.8, 4.2)),
    )
