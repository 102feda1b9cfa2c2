"""Weather, light and the camera's own faults: fog, rain, dusk, blur and sensor noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from workbench.scenes.palette import any_color
from workbench.scenes.sprite import Color, Pixels

NOISE_SHAPE = (512, 768, 3)
NOISE_SIGMA = 32.0
NOISE_SEED = 20261124
DARKEST_DAY = 0.7
"""Gain of green; dusk has at most 0.64, day at least 0.8."""


@dataclass(frozen=True)
class Weather:
    """What stands between the scene and the pixels; a share of 0 switches a part off."""

    haze: Color
    visibility_m: float | None
    gain: tuple[float, float, float]
    offset: float
    rain_streaks: int
    blur_px: float
    noise_sigma: float

    @property
    def light(self) -> str:
        """`day` or `dusk`."""
        return "dusk" if self.gain[1] < DARKEST_DAY else "day"

    @property
    def air(self) -> str:
        """What hangs or falls between camera and things: `clear`, `fog`, `rain` or `fog and rain`."""
        found = [word for word, there in (("fog", self.visibility_m), ("rain", self.rain_streaks)) if there]
        return " and ".join(found) or "clear"

    def clearness(self, distance_m: float) -> float:
        """The share of a thing's own light that arrives from that distance, 0 to 1."""
        if self.visibility_m is None:
            return 1.0
        return float(np.exp(-distance_m / self.visibility_m))


def choose_weather(rng: np.random.Generator) -> Weather:
    """Chooses fog (a quarter of scenes), dusk, rain, blur and noise independently."""
    grey = float(rng.uniform(150, 225))
    blue, green, red = any_color(rng, 0, 14)
    light = float(rng.uniform(0.8, 1.15))
    tint = (1.0, 1.0, 1.0)
    if rng.random() < 0.3:
        light = float(rng.uniform(0.35, 0.65))
        tint = (1.1, 0.97, 0.9) if rng.random() < 0.6 else (0.85, 0.97, 1.1)
    return Weather(
        haze=(int(grey) + blue, int(grey) + green, int(grey) + red),
        visibility_m=float(rng.uniform(35, 90)) if rng.random() < 0.25 else None,
        gain=(light * tint[0], light * tint[1], light * tint[2]),
        offset=float(rng.uniform(-15, 15)),
        rain_streaks=int(rng.integers(80, 240)) if rng.random() < 0.2 else 0,
        blur_px=float(rng.uniform(0.4, 1.1)) if rng.random() < 0.35 else 0.0,
        noise_sigma=float(rng.uniform(1, 7)),
    )


def apply_weather(frame: Pixels, weather: Weather, rng: np.random.Generator) -> Pixels:
    """Light, rain, blur and noise over a drawn frame [h, w, 3]; fog is mixed in while drawing, by distance."""
    levels = np.arange(256, dtype=np.float32)[:, None] * np.array(weather.gain, np.float32) + weather.offset
    table = np.clip(levels + 0.5, 0, 255).astype(np.uint8).reshape(1, 256, 3)
    frame = np.asarray(cv2.LUT(frame, table), np.uint8)
    if weather.rain_streaks:
        _rain(frame, weather.rain_streaks, rng)
    if weather.blur_px:
        frame = np.asarray(cv2.GaussianBlur(frame, (5, 5), weather.blur_px), np.uint8)
    return _add_noise(frame, weather.noise_sigma, rng)


def _rain(frame: Pixels, streaks: int, rng: np.random.Generator) -> None:
    height, width = frame.shape[:2]
    slant = int(rng.integers(-3, 4))
    bright = int(rng.integers(150, 215))
    xs, ys, lengths = rng.integers(0, width, streaks), rng.integers(-8, height, streaks), rng.integers(6, 14, streaks)
    starts = np.stack([xs, ys], 1)
    ends = starts + np.stack([np.full(streaks, slant), lengths], 1)
    lines = np.stack([starts, ends], 1).astype(np.int32)
    cv2.polylines(frame, list(lines), False, (bright, bright, bright), 1)


@cache
def _noise_sheet() -> Pixels:
    noise = np.random.default_rng(NOISE_SEED).normal(128, NOISE_SIGMA, NOISE_SHAPE)
    return np.clip(noise + 0.5, 0, 255).astype(np.uint8)


def _add_noise(frame: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    """Adds a window of one fixed sheet of noise, placed by the scene: drawing new noise costs more than the scene."""
    height, width = frame.shape[:2]
    top = int(rng.integers(0, NOISE_SHAPE[0] - height + 1))
    left = int(rng.integers(0, NOISE_SHAPE[1] - width + 1))
    window = _noise_sheet()[top : top + height, left : left + width]
    share = sigma / NOISE_SIGMA
    return np.asarray(cv2.addWeighted(frame, 1.0, window, share, -128 * share), np.uint8)
