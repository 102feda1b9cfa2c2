"""Where ticks stand and what they say."""

from __future__ import annotations

import pytest

from ui.widgets.ticks import (
    ago_text,
    duration_text,
    multiples,
    nice_step,
    number_text,
    since_text,
    time_step_s,
)


@pytest.mark.parametrize(("span", "most", "step"), [(10, 5, 2), (0.9, 4, 0.5), (100, 4, 50), (0, 4, 1.0)])
def test_that_steps_are_1_2_5_times_powers_of_ten(span, most, step):
    assert nice_step(span, most) == pytest.approx(step)


@pytest.mark.parametrize(("span_s", "step_s"), [(600, 120), (60, 15), (3600, 900), (86_400, 21_600), (1, 0.2)])
def test_that_time_is_counted_as_people_do(span_s, step_s):
    assert time_step_s(span_s, 5) == step_s


def test_that_ticks_are_the_multiples_in_the_range():
    assert multiples(-600, 0, 120) == [-600, -480, -360, -240, -120, 0]
    assert multiples(0.15, 0.4, 0.1) == pytest.approx([0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("seconds", "step_s", "text"),
    [
        (0, 60, "now"),
        (-120, 60, "−2 min"),
        (-30, 10, "−30 s"),
        (-90, 30, "−1:30"),
        (-7200, 3600, "−2 h"),
        (-0.5, 0.5, "−0.5 s"),
    ],
)
def test_that_past_moments_are_short(seconds, step_s, text):
    assert ago_text(seconds, step_s) == text


@pytest.mark.parametrize(
    ("seconds", "step_s", "text"),
    [(42, 1, "0:42"), (3725, 60, "1:02:05"), (3.25, 0.05, "3.25 s"), (62.5, 0.5, "1:02.500"), (-5, 1, "−0:05")],
)
def test_that_times_since_the_start_are_read_as_on_a_watch(seconds, step_s, text):
    assert since_text(seconds, step_s) == text


def test_that_numbers_have_the_digits_of_their_step():
    assert [number_text(value, 0.05) for value in (0.1, -0.001)] == ["0.10", "0.00"]
    assert number_text(1500, 500) == "1500"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.85, "850 ms"), (0.001, "1.00 ms"), (12.3, "12.3 s"), (250, "4 min 10 s"), (7500, "2 h 5 min")],
)
def test_that_durations_are_words(seconds, text):
    assert duration_text(seconds) == text
