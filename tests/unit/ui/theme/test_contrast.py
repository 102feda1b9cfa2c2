"""The tokens as eyes see them: WCAG 2's contrast, and whether data colours are told apart by the colour-blind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from tests.window_lab.colours import BLINDNESS, contrast, seen_difference
from ui.theme.tokens import (
    DARK,
    DEVICE_ONLY,
    HALO,
    LIGHT,
    MATCHED,
    MISSED,
    SELECTED,
    Tokens,
    with_high_contrast,
)

THEMES = (DARK, LIGHT)
GROUNDS = ("app", "panel", "surface", "raised", "hover", "accent_bg", "plot")
STATES = ("accent", "ok", "warn", "err", "review")
TEXT, OTHER_TEXT, SHAPES = 7.0, 4.5, 3.0
LEAST_DIFFERENCE = 20.0

Rule = tuple[str, str, float]
"""What stands on what, and by how much it must stand out."""


def rules() -> Iterator[Rule]:
    """All pairs of tokens that the window puts on each other."""
    for ground in GROUNDS:
        yield "text", ground, TEXT
        for name in ("text2", "text3", *STATES):
            yield name, ground, OTHER_TEXT
    for state in STATES:  # chips
        yield state, f"{state}_bg", OTHER_TEXT
        yield "text", f"{state}_bg", TEXT
    yield "on_accent", "accent", OTHER_TEXT


def too_faint(tokens: Tokens) -> list[str]:
    """The rules that a theme breaks, in words."""
    found = [
        (name, ground, contrast(getattr(tokens, name), getattr(tokens, ground)), least)
        for name, ground, least in rules()
    ]
    curves = [
        (f"curve {color}", ground, contrast(color, getattr(tokens, ground)), SHAPES)
        for color in (*tokens.data, tokens.err)
        for ground in ("plot", "surface")
    ]
    return [
        f"{name} on {ground}: {is_:.2f}, wanted {least}"
        for name, ground, is_, least in (*found, *curves)
        if is_ < least
    ]


def alike(colors: Sequence[str], blindness: str | None) -> list[str]:
    """Pairs of colours that somebody takes for each other, in words."""
    pairs = ((one, other, seen_difference(one, other, blindness)) for one, other in combinations(colors, 2))
    return [f"{one} and {other}: {is_:.1f}" for one, other, is_ in pairs if is_ < LEAST_DIFFERENCE]


@pytest.mark.parametrize("tokens", THEMES, ids=lambda theme: theme.name)
def test_that_all_words_and_curves_stand_out_from_their_grounds(tokens: Tokens):
    assert too_faint(tokens) == []


@pytest.mark.parametrize("tokens", THEMES, ids=lambda theme: theme.name)
def test_that_high_contrast_draws_borders_that_can_be_made_out(tokens: Tokens):
    border = with_high_contrast(tokens).border
    assert [ground for ground in GROUNDS if contrast(border, getattr(tokens, ground)) < SHAPES] == []


def test_that_boxes_stand_out_from_their_halo():
    assert [color for color in (MATCHED, MISSED, DEVICE_ONLY, SELECTED) if contrast(color, HALO) < SHAPES] == []


@pytest.mark.parametrize("tokens", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_that_nobody_takes_one_curve_for_another(tokens: Tokens, blindness: str | None):
    assert alike(tokens.data, blindness) == []


def test_that_a_faint_token_and_curves_that_look_alike_are_found():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert too_faint(replace(DARK, text3="#8591A2")) == [
        "text3 on hover: 4.34, wanted 4.5",
        "text3 on accent_bg: 4.27, wanted 4.5",
    ]
    red, green = "#B85C38", "#7D8C2A"
    assert alike((red, green), None) == []
    assert alike((red, green), "deuteranopia") != []
