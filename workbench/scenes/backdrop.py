"""Everything that is not an object: sky, buildings, trees, pavement and the road with its markings."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.scenes.palette import any_color, shade
from workbench.scenes.road import FOCAL_PX, FRAME_HEIGHT, FRAME_WIDTH, Road
from workbench.scenes.sprite import Pixels
from workbench.scenes.weather import Weather

FAR_PX_PER_M = 3.0
NEAR_PX_PER_M = 200.0


def draw_backdrop(rng: np.random.Generator, road: Road, weather: Weather) -> Pixels:
    """A frame uint8 [384, 640, 3] in BGR, hazy towards the horizon when there is fog."""
    frame: Pixels = np.empty((FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)
    _sky_and_ground(frame, rng, road)
    for _ in range(int(rng.integers(2, 9))):
        _building(frame, rng, road.horizon_px)
    for _ in range(int(rng.integers(0, 7))):
        _tree(frame, rng, road.horizon_px)
    _road_surface(frame, rng, road)
    _markings(frame, rng, road)
    if weather.visibility_m is not None:
        _fog(frame, road, weather)
    return frame


def _sky_and_ground(frame: Pixels, rng: np.random.Generator, road: Road) -> None:
    upper = np.array(any_color(rng, 90, 250), np.float32)
    lower = np.array(any_color(rng, 140, 250), np.float32)
    share = np.linspace(0, 1, road.horizon_px, dtype=np.float32)[:, None]
    frame[: road.horizon_px] = (upper * (1 - share) + lower * share).astype(np.uint8)[:, None]
    frame[road.horizon_px :] = any_color(rng, 40, 140)


def _building(frame: Pixels, rng: np.random.Generator, horizon_px: int) -> None:
    left, width, height = (int(v) for v in rng.integers((-40, 30, 20), (FRAME_WIDTH, 140, 120)))
    wall = any_color(rng, 40, 200)
    top = horizon_px - height
    cv2.rectangle(frame, (left, top), (left + width, horizon_px + 6), wall, -1)
    cv2.rectangle(frame, (left, top - 3), (left + width, top), shade(wall, 0.7), -1)
    if rng.random() < 0.6:
        pane = shade(wall, 0.6) if rng.random() < 0.7 else shade(wall, 1.4)
        for y in range(top + 6, horizon_px - 4, 14):
            for x in range(left + 5, left + width - 8, 14):
                cv2.rectangle(frame, (x, y), (x + 6, y + 7), pane, -1)


def _tree(frame: Pixels, rng: np.random.Generator, horizon_px: int) -> None:
    x, size = int(rng.integers(0, FRAME_WIDTH)), int(rng.integers(10, 40))
    blue, green, red = (int(v) for v in rng.integers((20, 70, 20), (70, 140, 75)))
    cv2.rectangle(frame, (x - 2, horizon_px - size), (x + 2, horizon_px + 5), (40, 55, 75), -1)
    cv2.circle(frame, (x, horizon_px - size), size, (blue, green, red), -1)
    cv2.circle(frame, (x - size // 4, horizon_px - size - size // 4), size // 2, shade((blue, green, red), 1.2), -1)


def _strip(frame: Pixels, road: Road, sides_m: tuple[float, float], px_per_m: tuple[float, float], grey: int) -> None:
    far, near = px_per_m
    corners = [(sides_m[0], far), (sides_m[1], far), (sides_m[1], near), (sides_m[0], near)]
    points = np.array([(road.x_px(side, scale), road.ground_px(scale)) for side, scale in corners], np.int32)
    cv2.fillPoly(frame, [points], (grey, grey, grey))


def _road_surface(frame: Pixels, rng: np.random.Generator, road: Road) -> None:
    grey = int(rng.integers(45, 100))
    reach = (FAR_PX_PER_M, NEAR_PX_PER_M)
    _strip(frame, road, (road.left_edge_m - 0.25, road.right_edge_m + 0.25), reach, min(255, grey + 60))
    _strip(frame, road, (road.left_edge_m, road.right_edge_m), reach, grey)


def _markings(frame: Pixels, rng: np.random.Generator, road: Road) -> None:
    paint = int(rng.integers(170, 235))
    for edge in (road.left_edge_m + 0.3, road.right_edge_m - 0.3):
        _strip(frame, road, (edge - 0.07, edge + 0.07), (FAR_PX_PER_M, NEAR_PX_PER_M), paint)
    middle = (road.left_edge_m + road.right_edge_m) / 2
    phase = float(rng.uniform(0, 9))
    for dash in range(12):
        near_m = max(FOCAL_PX / NEAR_PX_PER_M, phase + dash * 9 - 3)
        scales = (FOCAL_PX / (phase + dash * 9 + 0.5), FOCAL_PX / near_m)
        _strip(frame, road, (middle - 0.07, middle + 0.07), scales, paint)


def _fog(frame: Pixels, road: Road, weather: Weather) -> None:
    rows = np.arange(FRAME_HEIGHT, dtype=np.float32)
    px_per_m = np.maximum((rows - road.horizon_px) / road.camera_height_m, FAR_PX_PER_M)
    clear = np.array([weather.clearness(road.distance_m(float(scale))) for scale in px_per_m], np.float32)
    clear[: road.horizon_px] = np.maximum(clear[: road.horizon_px], 0.12)
    haze = np.array(weather.haze, np.float32)
    table = np.arange(256, dtype=np.float32)
    for row, share in enumerate(clear):
        levels = table[:, None] * share + haze * (1 - share)
        frame[row] = np.take_along_axis(levels.astype(np.uint8), frame[row].astype(np.intp), 0)
