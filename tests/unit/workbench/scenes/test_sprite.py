"""Sprites are cut to what is drawn and blended by their coverage."""

import numpy as np

from workbench.scenes.sprite import Box, Canvas, Sprite, blend

RED = (0, 0, 255)


def test_that_a_sprite_is_cut_to_the_drawn_pixels_and_placed_by_its_origin():
    canvas = Canvas(4.0, 4.0, 50.0)
    canvas.rectangle(-1.0, 0.5, 1.0, 2.0, RED)
    sprite = canvas.finish(300, 200)
    assert sprite is not None
    box = sprite.box
    assert np.allclose([box.left, box.top, box.right, box.bottom], [250, 100, 350, 175], atol=1)
    assert sprite.pixels.shape == (box.height, box.width, 4)
    assert sprite.pixels[:, :, 3].any(0).all()
    assert sprite.pixels[:, :, 3].any(1).all()


def test_that_an_empty_sheet_gives_no_sprite():
    assert Canvas(1.0, 1.0, 20.0).finish(10, 10) is None


def test_that_a_sprite_beyond_the_edge_keeps_its_box_and_gives_the_inside_part():
    pixels = np.arange(10 * 8 * 4, dtype=np.uint8).reshape(10, 8, 4)
    inside, box = Sprite(pixels, Box(-3, 95, 5, 105)).inside(100, 100)
    assert box == Box(0, 95, 5, 100)
    np.testing.assert_array_equal(inside, pixels[:5, 3:])


def test_that_a_sprite_outside_of_the_frame_draws_nothing():
    frame = np.full((20, 20, 3), 9, np.uint8)
    blend(frame, Sprite(np.full((4, 4, 4), 255, np.uint8), Box(30, 3, 34, 7)), (0, 0, 0), 1.0)
    assert (frame == 9).all()


def test_that_coverage_mixes_the_object_with_what_is_behind_it():
    frame = np.full((2, 2, 3), 100, np.uint8)
    half = np.array([[[0, 0, 128, 128]]], np.uint8)
    blend(frame, Sprite(half, Box(1, 1, 2, 2)), (0, 0, 0), 1.0)
    assert frame[1, 1].tolist() == [50, 50, 178]
    assert (frame[0] == 100).all()


def test_that_haze_takes_over_as_clearness_falls():
    frame = np.zeros((1, 1, 3), np.uint8)
    solid = Sprite(np.array([[[0, 0, 200, 255]]], np.uint8), Box(0, 0, 1, 1))
    blend(frame, solid, (250, 250, 250), 0.0)
    assert frame[0, 0].tolist() == [250, 250, 250]
