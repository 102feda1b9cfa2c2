"""Cars, lorries and cyclists, drawn in metres on a canvas."""

from __future__ import annotations

import numpy as np

from workbench.scenes.palette import GLASS, TYRE, WHITE_LAMP, any_color, shade
from workbench.scenes.people import draw_person
from workbench.scenes.sprite import Canvas

RED_LAMP = (50, 50, 235)
STEEL = (90, 90, 90)


def draw_car(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A car, mostly from behind or in front, now and then crossing."""
    return _crossing_car(rng, px_per_m) if rng.random() < 0.2 else _end_of_car(rng, px_per_m)


def _end_of_car(rng: np.random.Generator, px_per_m: float) -> Canvas:
    width, height = rng.uniform(1.65, 1.95), rng.uniform(1.35, 1.7)
    half, paint = width / 2, any_color(rng, 20, 235)
    behind = rng.random() < 0.5
    canvas = Canvas(width + 0.2, height, px_per_m)
    for side in (-1, 1):
        canvas.rectangle(side * half * 0.95, 0, side * half * 0.66, height * 0.3, TYRE)
    canvas.polygon(_trapezium(half * 0.8, half * 0.58, height * 0.55, height), shade(paint, 0.6))
    canvas.polygon(_trapezium(half * 0.7, half * 0.52, height * 0.58, height * 0.93), GLASS)
    canvas.rectangle(-half, height * 0.16, half, height * 0.58, paint)
    canvas.rectangle(-half, height * 0.14, half, height * 0.27, shade(paint, 0.5))
    canvas.rectangle(-0.26, height * 0.29, 0.26, height * 0.38, (225, 225, 225))
    for side in (-1, 1):
        canvas.ellipse(side * half * 0.82, height * 0.46, half * 0.15, 0.1, RED_LAMP if behind else WHITE_LAMP)
    return canvas


def _crossing_car(rng: np.random.Generator, px_per_m: float) -> Canvas:
    length, height = rng.uniform(3.7, 4.6), rng.uniform(1.4, 1.6)
    half, paint, ahead = length / 2, any_color(rng, 20, 235), 1 if rng.random() < 0.5 else -1
    canvas = Canvas(length + 0.2, height, px_per_m)
    roof = [(-0.75, 0.55), (-0.5, 1.0), (0.2, 1.0), (0.55, 0.55)]
    panes = [(-0.62, 0.6), (-0.45, 0.94), (0.17, 0.94), (0.42, 0.6)]
    canvas.polygon([(ahead * x * half, y * height) for x, y in roof], shade(paint, 0.6))
    canvas.polygon([(ahead * x * half, y * height) for x, y in panes], GLASS)
    canvas.rectangle(-half, height * 0.2, half, height * 0.58, paint)
    canvas.line(-0.1 * half * ahead, height * 0.2, -0.1 * half * ahead, height, 0.05, shade(paint, 0.4))
    for place in (-0.6, 0.6):
        canvas.ellipse(place * half, 0.31, 0.32, 0.31, TYRE)
        canvas.ellipse(place * half, 0.31, 0.15, 0.15, (150, 150, 150))
    canvas.rectangle(ahead * half * 0.92, height * 0.42, ahead * half, height * 0.54, WHITE_LAMP)
    canvas.rectangle(-ahead * half * 0.93, height * 0.42, -ahead * half, height * 0.54, RED_LAMP)
    return canvas


def _trapezium(lower: float, upper: float, bottom: float, top: float) -> list[tuple[float, float]]:
    return [(-lower, bottom), (-upper, top), (upper, top), (lower, bottom)]


def draw_lorry(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A lorry with a box body, from behind, in front or, less often, crossing."""
    kind = rng.random()
    if kind < 0.2:
        return _crossing_lorry(rng, px_per_m)
    width, height = rng.uniform(2.3, 2.55), rng.uniform(2.9, 3.6)
    canvas = Canvas(width + 0.3, height, px_per_m)
    for side in (-1, 1):
        canvas.rectangle(side * width * 0.48, 0, side * width * 0.27, 0.8, TYRE)
    body = any_color(rng, 60, 250)
    canvas.rectangle(-width / 2, 0.75, width / 2, height, shade(body, 0.55))
    canvas.rectangle(-width / 2 + 0.1, 0.85, width / 2 - 0.1, height - 0.1, body)
    if kind < 0.6:
        _lorry_rear(canvas, width, height, body)
    else:
        _lorry_front(canvas, width, height, any_color(rng, 30, 230))
    return canvas


def _lorry_rear(canvas: Canvas, width: float, height: float, body: tuple[int, int, int]) -> None:
    canvas.line(0, 0.85, 0, height - 0.1, 0.06, shade(body, 0.45))
    for side in (-1, 1):
        canvas.line(side * width * 0.3, 0.9, side * width * 0.3, height - 0.2, 0.04, shade(body, 0.7))
        canvas.rectangle(side * width * 0.5, 0.55, side * width * 0.36, 0.78, RED_LAMP)
    canvas.rectangle(-width * 0.36, 0.45, width * 0.36, 0.62, STEEL)
    canvas.rectangle(-width * 0.45, 0.9, width * 0.45, 1.05, (60, 200, 240))


def _lorry_front(canvas: Canvas, width: float, height: float, paint: tuple[int, int, int]) -> None:
    canvas.rectangle(-width / 2, 0.4, width / 2, min(2.75, height - 0.2), paint)
    canvas.rectangle(-width * 0.44, 1.55, width * 0.44, 2.4, GLASS)
    canvas.rectangle(-width * 0.32, 0.75, width * 0.32, 1.35, shade(paint, 0.5))
    canvas.rectangle(-width / 2, 0.35, width / 2, 0.6, STEEL)
    for side in (-1, 1):
        canvas.ellipse(side * width * 0.42, 0.8, 0.14, 0.14, WHITE_LAMP)
        canvas.rectangle(side * (width / 2), 1.6, side * (width / 2 + 0.12), 2.2, TYRE)


def _crossing_lorry(rng: np.random.Generator, px_per_m: float) -> Canvas:
    length, height = rng.uniform(6.0, 8.0), rng.uniform(3.0, 3.6)
    half, ahead = length / 2, 1 if rng.random() < 0.5 else -1
    body, paint = any_color(rng, 60, 250), any_color(rng, 30, 230)
    canvas = Canvas(length + 0.2, height, px_per_m)
    canvas.rectangle(-half, 0.55, half, 0.8, STEEL)
    canvas.rectangle(-ahead * half, 0.8, ahead * half * 0.52, height, shade(body, 0.6))
    canvas.rectangle(-ahead * (half - 0.1), 0.9, ahead * (half * 0.52 - 0.1), height - 0.1, body)
    canvas.rectangle(ahead * half * 0.56, 0.5, ahead * half, 2.6, paint)
    canvas.rectangle(ahead * half * 0.7, 1.6, ahead * half * 0.98, 2.4, GLASS)
    for place in (-0.72, -0.45, 0.75):
        canvas.ellipse(ahead * place * half, 0.48, 0.48, 0.48, TYRE)
        canvas.ellipse(ahead * place * half, 0.48, 0.2, 0.2, (150, 150, 150))
    return canvas


def draw_cyclist(rng: np.random.Generator, px_per_m: float) -> Canvas:
    """A rider on a bicycle, seen from any side: the wheel base shrinks as it turns to the viewer."""
    turn = rng.uniform(0.25, 1.0)
    reach, wheel = 0.52 * turn, 0.34
    frame = any_color(rng, 20, 220)
    canvas = Canvas(2 * (reach + wheel) + 0.6, 2.0, px_per_m)
    for side in (-1, 1):
        canvas.ring(side * reach, wheel, max(0.07, wheel * turn), wheel - 0.03, 0.06, TYRE)
    canvas.line(-reach, wheel, 0, 0.85, 0.07, frame)
    canvas.line(reach, wheel, reach * 0.7, 1.05, 0.07, frame)
    canvas.line(-reach * 0.2, wheel, reach * 0.7, 0.9, 0.07, frame)
    canvas.line(reach * 0.7 - 0.22, 1.08, reach * 0.7 + 0.22, 1.08, 0.06, TYRE)
    draw_person(canvas, rng, foot_m=0.2, height_m=rng.uniform(1.55, 1.75), stride=0.45, helmet=True)
    return canvas
