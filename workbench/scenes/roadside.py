"""Traffic lights and signs: the head is the labelled object, its pole is street furniture."""

from __future__ import annotations

import numpy as np

from workbench.scenes.palette import POLE
from workbench.scenes.sprite import Canvas, Color

RED: Color = (40, 40, 215)
BLUE: Color = (175, 95, 30)
WHITE: Color = (245, 245, 245)
LAMPS: tuple[Color, ...] = ((40, 40, 240), (40, 195, 245), (100, 225, 60))
HOUSING: Color = (32, 32, 32)


def draw_pole(rng: np.random.Generator, px_per_m: float, height_m: float) -> Canvas:
    """The pole from the ground up to the lower part of a head that is drawn over it."""
    canvas = Canvas(0.4, height_m, px_per_m)
    canvas.line(0, 0, 0, height_m, rng.uniform(0.07, 0.11), POLE)
    return canvas


def draw_traffic_light(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A three-lamp head, one lamp lit, its lower edge at the sheet's lower edge."""
    width, height = 0.5, 1.25
    canvas = Canvas(width + 0.1, height, px_per_m)
    canvas.rectangle(-width / 2, 0, width / 2, height, HOUSING)
    lit = int(rng.integers(len(LAMPS)))
    for place, color in enumerate(LAMPS):
        y = height * (1 - (place + 0.5) / len(LAMPS))
        canvas.ellipse(0, y, 0.17, 0.17, color if place == lit else (62, 62, 62))
    return canvas


def draw_sign(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A round, triangular, octagonal or rectangular sign, its lower edge at the sheet's lower edge."""
    radius = rng.uniform(0.4, 0.5)
    canvas = Canvas(2 * radius + 0.1, 2 * radius, px_per_m)
    (_limit_sign, _warning_sign, _stop_sign, _advice_sign)[int(rng.integers(4))](canvas, radius)
    return canvas


def _limit_sign(canvas: Canvas, radius: float) -> None:
    canvas.ellipse(0, radius, radius, radius, RED)
    canvas.ellipse(0, radius, radius * 0.7, radius * 0.7, WHITE)
    for side in (-1, 1):
        canvas.line(side * radius * 0.25, radius * 0.65, side * radius * 0.25, radius * 1.35, radius * 0.2, HOUSING)


def _warning_sign(canvas: Canvas, radius: float) -> None:
    canvas.polygon([(-radius, 0), (0, 2 * radius), (radius, 0)], RED)
    canvas.polygon([(-radius * 0.64, radius * 0.22), (0, radius * 1.5), (radius * 0.64, radius * 0.22)], WHITE)
    canvas.line(0, radius * 0.4, 0, radius * 0.95, radius * 0.16, HOUSING)


def _stop_sign(canvas: Canvas, radius: float) -> None:
    turns = np.arange(8) * np.pi / 4 + np.pi / 8
    canvas.polygon([(radius * float(np.cos(t)), radius * (1 + float(np.sin(t)))) for t in turns], RED)
    canvas.line(-radius * 0.55, radius, radius * 0.55, radius, radius * 0.28, WHITE)


def _advice_sign(canvas: Canvas, radius: float) -> None:
    canvas.rectangle(-radius, 0, radius, 2 * radius, WHITE)
    canvas.rectangle(-radius * 0.9, radius * 0.1, radius * 0.9, radius * 1.9, BLUE)
    canvas.line(0, radius * 0.4, 0, radius * 1.6, radius * 0.28, WHITE)
