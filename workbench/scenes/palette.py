"""Colours (blue, green, red, 0 to 255) that the drawing functions share."""

from __future__ import annotations

import numpy as np

from workbench.scenes.sprite import Color

TYRE: Color = (28, 28, 28)
GLASS: Color = (190, 175, 150)
WHITE_LAMP: Color = (225, 245, 250)
POLE: Color = (95, 95, 95)
SKIN_TONES: tuple[Color, ...] = ((120, 150, 205), (95, 125, 180), (60, 85, 130), (45, 60, 90))


def any_color(rng: np.random.Generator, low: int, high: int) -> Color:
    """A colour with each part drawn from [low, high)."""
    blue, green, red = (int(part) for part in rng.integers(low, high, 3))
    return blue, green, red


def shade(color: Color, share: float) -> Color:
    """The colour darkened (share < 1) or lightened, within 0 to 255."""
    blue, green, red = (min(255, int(part * share)) for part in color)
    return blue, green, red
