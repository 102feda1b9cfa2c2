"""One synthetic road scene with the exact boxes of what it shows, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.scenes.backdrop import draw_backdrop
from workbench.scenes.people import draw_pedestrian
from workbench.scenes.road import FRAME_HEIGHT, FRAME_WIDTH, Road, choose_road
from workbench.scenes.roadside import draw_pole, draw_sign, draw_traffic_light
from workbench.scenes.sprite import Canvas, Pixels, Sprite, blend
from workbench.scenes.vehicles import draw_car, draw_cyclist, draw_lorry
from workbench.scenes.weather import Weather, apply_weather, choose_weather

CLASS_NAMES = ("car", "lorry", "pedestrian", "cyclist", "traffic light", "sign")
CAR, LORRY, PEDESTRIAN, CYCLIST, TRAFFIC_LIGHT, SIGN = range(len(CLASS_NAMES))
CLASS_SHARES = (0.24, 0.17, 0.19, 0.14, 0.13, 0.13)
DRAWN_BY: tuple[Callable[[np.random.Generator, float], Canvas], ...] = (
    draw_car,
    draw_lorry,
    draw_pedestrian,
    draw_cyclist,
    draw_traffic_light,
    draw_sign,
)

# A thing is drawn, and then labelled, only if this much of it can be seen and its box inside the frame is this large.
MIN_VISIBLE_SHARE = 0.4
MIN_BOX_WIDTH_PX = 6
MIN_BOX_HEIGHT_PX = 8
SOLID_ALPHA = 128

NEAREST_PX_PER_M = 130.0
NEAREST_SIGN_PX_PER_M = 75.0
FARTHEST_PX_PER_M = 15.0
FARTHEST_SIGN_PX_PER_M = 17.0


@dataclass(frozen=True)
class Scene:
    """A rendered frame and its labels: `image` uint8 [384, 640, 3] in BGR; `boxes` float32 [k, 4], left, top, right,
    bottom in pixels (right and lower edges exclusive); `classes` int64 [k], indices into CLASS_NAMES.

    A box is the tight one of the whole object without its occluders, cut at the edge of the frame.
    """

    image: Pixels
    boxes: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int64]
    weather: Weather


@dataclass(frozen=True)
class Placed:
    """An object that is drawn: its class, its distance and its sprite, with the pole that carries it if any."""

    class_index: int
    distance_m: float
    sprite: Sprite
    pole: Sprite | None


def render_scene(seed: int) -> Scene:
    """Renders the scene of a seed (0 or above)."""
    rng = np.random.default_rng(seed)
    road, weather = choose_road(rng), choose_weather(rng)
    frame = draw_backdrop(rng, road, weather)
    placed = place_objects(rng, road)
    draw_objects(frame, placed, weather)
    image = apply_weather(frame, weather, rng)
    boxes = np.zeros((len(placed), 4), np.float32)
    for row, thing in zip(boxes, placed, strict=True):
        box = thing.sprite.box.clipped(FRAME_WIDTH, FRAME_HEIGHT)
        row[:] = (box.left, box.top, box.right, box.bottom)
    return Scene(image, boxes, np.array([thing.class_index for thing in placed], np.int64), weather)


def place_objects(rng: np.random.Generator, road: Road) -> list[Placed]:
    """Chooses and draws the scene's objects, nearest first; those that break the rule of visibility are left out."""
    count = int(rng.integers(3, 16))
    classes = [int(v) for v in rng.choice(len(CLASS_NAMES), count, p=CLASS_SHARES)]
    scales = sorted(((_choose_scale(rng, index), index) for index in classes), reverse=True)
    taken: Pixels = np.zeros((FRAME_HEIGHT, FRAME_WIDTH), np.uint8)
    placed: list[Placed] = []
    for px_per_m, index in scales:
        thing = _place(rng, road, index, px_per_m)
        if thing is not None and _is_visible(thing.sprite, taken):
            for sprite in (thing.sprite, thing.pole):
                if sprite is not None:
                    _take(taken, sprite)
            placed.append(thing)
    return placed


def draw_objects(frame: Pixels, placed: list[Placed], weather: Weather) -> None:
    """Draws the placed objects into the frame [384, 640, 3] in place, the farthest first."""
    for thing in reversed(placed):
        clearness = weather.clearness(thing.distance_m)
        if thing.pole is not None:
            blend(frame, thing.pole, weather.haze, clearness)
        blend(frame, thing.sprite, weather.haze, clearness)


def _choose_scale(rng: np.random.Generator, index: int) -> float:
    """Pixels per metre: near things are rarer than far ones."""
    roadside = index in (TRAFFIC_LIGHT, SIGN)
    near = NEAREST_SIGN_PX_PER_M if roadside else NEAREST_PX_PER_M
    far = FARTHEST_SIGN_PX_PER_M if roadside else FARTHEST_PX_PER_M
    return float(far + (near - far) * rng.random() ** 1.6)


def _choose_sideways(rng: np.random.Generator, road: Road, index: int, px_per_m: float) -> float:
    """Metres right of the camera, by what the thing is: on the road, beside it, or now and then crossing."""
    low, high = road.visible_m(px_per_m)
    if index in (TRAFFIC_LIGHT, SIGN) or (index == PEDESTRIAN and rng.random() < 0.7):
        reach = float(rng.uniform(0.4, 3.5))
        return road.right_edge_m + reach if rng.random() < 0.55 else road.left_edge_m - reach
    margin = 0.4 if index in (CYCLIST, PEDESTRIAN) else 1.0
    left, right = max(low, road.left_edge_m + margin), min(high, road.right_edge_m - margin)
    return float(rng.uniform(min(left, right), max(left, right)))


def _place(rng: np.random.Generator, road: Road, index: int, px_per_m: float) -> Placed | None:
    x_px = road.x_px(_choose_sideways(rng, road, index, px_per_m), px_per_m)
    if not 0 <= x_px < FRAME_WIDTH:
        return None
    ground_px, lift_px, pole = road.ground_px(px_per_m), 0, None
    if index in (TRAFFIC_LIGHT, SIGN):
        lift_m = float(rng.uniform(2.1, 3.2) if index == TRAFFIC_LIGHT else rng.uniform(1.6, 2.4))
        lift_px = round(lift_m * px_per_m)
        pole = draw_pole(rng, px_per_m, lift_m + 0.1).finish(x_px, ground_px)
    sprite = DRAWN_BY[index](rng, px_per_m).finish(x_px, ground_px - lift_px)
    return None if sprite is None else Placed(index, road.distance_m(px_per_m), sprite, pole)


def _is_visible(sprite: Sprite, taken: Pixels) -> bool:
    """The rule of labels: `taken` is non-zero where a nearer thing is drawn."""
    pixels, box = sprite.inside(FRAME_WIDTH, FRAME_HEIGHT)
    if box.width < MIN_BOX_WIDTH_PX or box.height < MIN_BOX_HEIGHT_PX:
        return False
    free = taken[box.top : box.bottom, box.left : box.right] == 0
    seen = np.count_nonzero((pixels[:, :, 3] > 0) & free)
    return bool(seen >= MIN_VISIBLE_SHARE * np.count_nonzero(sprite.pixels[:, :, 3]))


def _take(taken: Pixels, sprite: Sprite) -> None:
    pixels, box = sprite.inside(FRAME_WIDTH, FRAME_HEIGHT)
    if box.width > 0 and box.height > 0:
        taken[box.top : box.bottom, box.left : box.right] |= pixels[:, :, 3] & SOLID_ALPHA
