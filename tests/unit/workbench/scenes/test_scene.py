"""Scenes are the same for the same seed, and their boxes fit what is drawn."""

from dataclasses import replace
from functools import cache

import numpy as np

from workbench.scenes.backdrop import draw_backdrop
from workbench.scenes.road import FRAME_HEIGHT, FRAME_WIDTH, choose_road
from workbench.scenes.scene import (
    CLASS_NAMES,
    MIN_BOX_HEIGHT_PX,
    MIN_BOX_WIDTH_PX,
    MIN_VISIBLE_SHARE,
    SOLID_ALPHA,
    draw_objects,
    place_objects,
    render_scene,
)
from workbench.scenes.weather import choose_weather

SEEDS = range(12)


@cache
def rendered(seed):
    return render_scene(seed)


@cache
def drawn(seed):
    """The parts of a scene before light, rain and noise: weather, bare backdrop, objects."""
    rng = np.random.default_rng(seed)
    road, weather = choose_road(rng), choose_weather(rng)
    backdrop = draw_backdrop(rng, road, weather)
    return weather, backdrop, place_objects(rng, road)


def extent(changed):
    """Left, top, right, bottom (exclusive) of the true pixels of a mask."""
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_that_a_scene_has_the_promised_shapes_and_types():
    scene = render_scene(7)
    assert scene.image.shape == (FRAME_HEIGHT, FRAME_WIDTH, 3)
    assert scene.image.dtype == np.uint8
    assert scene.boxes.shape == (len(scene.classes), 4)
    assert scene.boxes.dtype == np.float32
    assert scene.classes.dtype == np.int64


def test_that_the_same_seed_gives_the_same_bytes_whatever_was_rendered_between():
    first = render_scene(11)
    render_scene(12)
    again = render_scene(11)
    assert first.image.tobytes() == again.image.tobytes()
    assert first.boxes.tobytes() == again.boxes.tobytes()
    assert first.classes.tobytes() == again.classes.tobytes()


def test_that_other_seeds_give_other_frames():
    assert len({render_scene(seed).image.tobytes() for seed in range(10)}) == 10


def test_that_every_class_occurs_and_no_other():
    classes = np.concatenate([rendered(seed).classes for seed in SEEDS])
    assert set(classes.tolist()) == set(range(len(CLASS_NAMES)))


def test_that_weather_light_and_noise_vary():
    weathers = [choose_weather(np.random.default_rng(seed)) for seed in range(100)]
    assert {w.visibility_m is None for w in weathers} == {True, False}
    assert {w.rain_streaks > 0 for w in weathers} == {True, False}
    assert {w.blur_px > 0 for w in weathers} == {True, False}
    assert min(w.gain[1] for w in weathers) < 0.6
    assert max(w.gain[1] for w in weathers) > 1.0


def test_that_an_object_changes_pixels_up_to_every_edge_of_its_box_and_none_outside():
    black, white = (0, 0, 0), np.full((FRAME_HEIGHT, FRAME_WIDTH, 3), 255, np.uint8)
    for seed in SEEDS:
        weather, _, placed = drawn(seed)
        # black in the thickest fog before a white frame, so that no edge of its own colour can hide
        fog = replace(weather, haze=black, visibility_m=0.01)
        for thing in placed:
            alone = white.copy()
            draw_objects(alone, [replace(thing, pole=None)], fog)
            box = thing.sprite.box.clipped(FRAME_WIDTH, FRAME_HEIGHT)
            assert extent((alone != white).any(2)) == (box.left, box.top, box.right, box.bottom)


def test_that_the_whole_scene_differs_from_its_backdrop_only_inside_boxes_and_poles():
    for seed in SEEDS:
        weather, backdrop, placed = drawn(seed)
        frame = backdrop.copy()
        draw_objects(frame, placed, weather)
        changed = (frame != backdrop).any(2)
        for thing in placed:
            for sprite in (thing.sprite, thing.pole):
                if sprite is not None:
                    box = sprite.box.clipped(FRAME_WIDTH, FRAME_HEIGHT)
                    changed[box.top : box.bottom, box.left : box.right] = False
        assert not changed.any()


def test_that_labels_are_the_boxes_of_what_was_placed():
    for seed in SEEDS:
        scene, (_, _, placed) = rendered(seed), drawn(seed)
        assert scene.classes.tolist() == [thing.class_index for thing in placed]
        boxes = [thing.sprite.box.clipped(FRAME_WIDTH, FRAME_HEIGHT) for thing in placed]
        assert scene.boxes.tolist() == [[b.left, b.top, b.right, b.bottom] for b in boxes]


def test_that_every_label_lies_in_the_frame_and_is_large_enough():
    boxes = np.concatenate([rendered(seed).boxes for seed in SEEDS])
    assert (boxes >= 0).all()
    assert (boxes[:, 2] <= FRAME_WIDTH).all()
    assert (boxes[:, 3] <= FRAME_HEIGHT).all()
    assert (boxes[:, 2] - boxes[:, 0] >= MIN_BOX_WIDTH_PX).all()
    assert (boxes[:, 3] - boxes[:, 1] >= MIN_BOX_HEIGHT_PX).all()


def test_that_enough_of_every_labelled_object_is_visible():
    for seed in SEEDS:
        _, _, placed = drawn(seed)
        hidden = np.zeros((FRAME_HEIGHT, FRAME_WIDTH), bool)
        for thing in placed:
            pixels, box = thing.sprite.inside(FRAME_WIDTH, FRAME_HEIGHT)
            view = hidden[box.top : box.bottom, box.left : box.right]
            seen = np.count_nonzero((pixels[:, :, 3] > 0) & ~view)
            assert seen >= MIN_VISIBLE_SHARE * np.count_nonzero(thing.sprite.pixels[:, :, 3])
            view |= pixels[:, :, 3] >= SOLID_ALPHA


def test_that_some_objects_are_partly_hidden_and_some_are_cut_by_the_frame():
    boxes = [[thing.sprite.box for thing in drawn(seed)[2]] for seed in SEEDS]
    assert any(box.clipped(FRAME_WIDTH, FRAME_HEIGHT) != box for scene in boxes for box in scene)
    assert any(
        near.left < far.right and far.left < near.right and near.top < far.bottom and far.top < near.bottom
        for scene in boxes
        for number, near in enumerate(scene)
        for far in scene[number + 1 :]
    )


def test_that_nearer_objects_stand_lower_and_are_drawn_over_farther_ones():
    for seed in SEEDS:
        _, _, placed = drawn(seed)
        distances = [thing.distance_m for thing in placed]
        assert distances == sorted(distances)
