"""People on foot, and the figure that cyclists share with them."""

from __future__ import annotations

import numpy as np

from workbench.scenes.palette import SKIN_TONES, any_color, shade
from workbench.scenes.sprite import Canvas


def draw_pedestrian(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A standing or walking person, adult or child."""
    height = rng.uniform(1.55, 1.9) if rng.random() < 0.85 else rng.uniform(1.15, 1.5)
    canvas = Canvas(1.2, height, px_per_m)
    draw_person(canvas, rng, foot_m=0.0, height_m=height, stride=rng.uniform(0.1, 0.6), helmet=False)
    if rng.random() < 0.25:
        side = 1 if rng.random() < 0.5 else -1
        canvas.rectangle(side * 0.24, height * 0.3, side * 0.44, height * 0.48, any_color(rng, 20, 160))
    return canvas


def draw_person(
    canvas: Canvas, rng: np.random.Generator, *, foot_m: float, height_m: float, stride: float, helmet: bool
) -> None:
    """Draws one figure standing `foot_m` above the sheet's lower edge; `stride` is the share of a full step."""
    coat, trousers = any_color(rng, 20, 235), any_color(rng, 15, 120)
    skin = SKIN_TONES[int(rng.integers(len(SKIN_TONES)))]
    hip, shoulder = foot_m + height_m * 0.47, foot_m + height_m * 0.82
    step = 0.08 + 0.32 * stride
    for side in (-1, 1):
        canvas.line(side * 0.07, hip, side * step * 0.7, foot_m + 0.07, 0.15, trousers)
    canvas.polygon([(-0.17, hip - 0.05), (-0.24, shoulder), (0.24, shoulder), (0.17, hip - 0.05)], coat)
    swing = 0.1 + 0.2 * stride
    for side in (-1, 1):
        canvas.line(side * 0.23, shoulder - 0.05, side * (0.2 + swing), hip + 0.08, 0.11, shade(coat, 0.8))
    canvas.ellipse(0, foot_m + height_m * 0.91, 0.12, height_m * 0.085, skin)
    top = any_color(rng, 40, 240) if helmet else any_color(rng, 10, 90)
    canvas.ellipse(0, foot_m + height_m * 0.955, 0.125, height_m * 0.045, top)
