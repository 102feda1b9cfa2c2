"""Differences of two runs: alike ones are called different in about 5 of 100 cases, and a real shift is found."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from workbench.evaluate import differences as compare
from workbench.evaluate.accuracy import evaluate_accuracy
from workbench.evaluate.coco_matches import make_labels
from workbench.evaluate.differences import Change, Figure
from workbench.evaluate.intervals import Floats
from workbench.evaluate.matching import Detections, make_detections

pytestmark = pytest.mark.slow

RUNS = 400
Draw = Callable[[np.random.Generator, float], Change]
"""Compares two runs that are drawn anew, the second shifted."""


def correlated(random: np.random.Generator, count: int, rho: float) -> Floats:
    """AR(1) of standard deviation 1."""
    from scipy.signal import lfilter

    noise = random.normal(size=count + 100)
    series: Floats = lfilter([math.sqrt(1 - rho**2)], [1, -rho], noise)[100:]
    return series


def latency_p99(random: np.random.Generator, shift: float) -> Change:
    """p99 of ten starts, each with a level of its own (3 %), a slow mode and neighbours that are alike."""
    sides = []
    for moved in (0.0, shift):
        starts = []
        for _ in range(10):
            frames = 30 * (1 + 0.03 * random.normal()) + correlated(random, 200, 0.8) + moved
            starts.append(np.quantile(frames + 12 * (random.random(200) < 0.03), 0.99))
        sides.append(np.array(starts))
    return compare.change_over_starts(*sides)


def throughput(random: np.random.Generator, shift: float) -> Change:
    """Frames of each of 120 seconds, neighbours alike."""
    return compare.change_over_time(*(60 + correlated(random, 120, 0.6) + moved for moved in (0.0, shift)))


def differences(random: np.random.Generator, shift: float) -> Change:
    """RMS of 150 frames, skewed; how hard a frame is belongs to both runs."""
    hard = random.gamma(2, 0.004, 150)
    first, second = (hard * random.gamma(20, 1 / 20, 150) for _ in range(2))
    return compare.change_over_frames(second + shift - first)


def video_differences(random: np.random.Generator, shift: float) -> Change:
    """The same of a video, whose neighbouring frames are alike."""
    return compare.change_over_frames(correlated(random, 300, 0.7) + shift)


def overlaps(random: np.random.Generator, shift: float) -> Change:
    """Mean overlap of the detections of 150 frames, 0 to 6 each, some of them missed."""
    counts = random.integers(0, 7, 150)
    sides = []
    for moved in (0.0, shift):
        tops = [np.where(random.random(n) < 0.02, 0.0, 0.95 - random.gamma(1, 0.02, n) + moved).sum() for n in counts]
        sides.append((np.array(tops), counts.astype(float)))
    return compare.change_of_ratios(*sides)


def first_percentile(random: np.random.Generator, shift: float) -> Change:
    owners = np.repeat(np.arange(80), 3)
    first, second = (0.9 - random.gamma(2, 0.03, 240) + moved for moved in (0.0, shift))
    return compare.change_of_quantiles((first, owners), (second, owners), 80, 0.05)


def independent_figures(random: np.random.Generator, shift: float) -> Change:
    sides = []
    for moved in (0.0, shift):
        mean = float(random.normal(moved, 0.1))
        sides.append(Figure(mean, mean - 1.645 * 0.1, mean + 1.645 * 0.1))
    return compare.change_of_figures(*sides)


SIMULATIONS: dict[str, tuple[Draw, float, int]] = {
    "latency": (latency_p99, 7.0, 200),
    "throughput": (throughput, 1.5, RUNS),
    "output difference": (differences, 0.002, RUNS),
    "output difference of a video": (video_differences, 1.0, RUNS),
    "overlap": (overlaps, -0.05, RUNS),
    "first percentile": (first_percentile, -0.15, 40),
    "independent figures": (independent_figures, 0.8, RUNS),
}
"""How runs are drawn, a shift that must be found, and how many are drawn."""


def count_different(draw: Draw, shift: float, runs: int) -> int:
    found = 0
    for seed in range(runs):
        change = draw(np.random.default_rng([77, seed]), shift)
        assert change.lower is not None
        assert change.upper is not None
        found += change.lower > 0 or change.upper < 0
    return found


@pytest.mark.parametrize("name", SIMULATIONS)
def test_that_runs_that_are_alike_are_seldom_called_different(name: str) -> None:
    draw, _, runs = SIMULATIONS[name]
    most = runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert count_different(draw, 0.0, runs) <= most


@pytest.mark.parametrize("name", SIMULATIONS)
def test_that_a_real_shift_is_found_with_its_sign(name: str) -> None:
    draw, shift, _ = SIMULATIONS[name]
    assert count_different(draw, shift, 30) >= 28
    assert math.copysign(1, draw(np.random.default_rng(1), shift).value) == math.copysign(1, shift)


def drawn_accuracy(random: np.random.Generator, images: int, noise: float) -> tuple[list[Detections], list[Detections]]:
    """What two runs of one detector find of one object an image, the second with more noise."""
    sides: tuple[list[Detections], list[Detections]] = ([], [])
    for _ in range(images):
        place = random.uniform(0, 5, 2)
        for side, spread in zip(sides, (0.8, 0.8 + noise), strict=True):
            box = np.array([10, 10, 30, 30]) + random.normal(0, spread, 4) + 0.0 * place[0]
            side.append(
                make_detections([box, [60, 60, 70, 70]], [random.uniform(0.5, 1), random.uniform(0, 0.5)], [0, 0])
            )
    return sides


@pytest.mark.parametrize(("noise", "least", "most"), [(0.0, 0, 5), (1.5, 20, 20)])
def test_that_accuracy_is_compared_over_the_same_resampled_images(noise: float, least: int, most: int) -> None:
    labels = [make_labels([[10, 10, 30, 30]], [0])] * 60
    found = 0
    for seed in range(20):
        sides = drawn_accuracy(np.random.default_rng([5, seed]), 60, noise)
        figures = [evaluate_accuracy(labels, side, ("car",), 0.25).overall["map50_95"] for side in sides]
        value = (figures[1].value or 0.0) - (figures[0].value or 0.0)
        change = compare.change_of_resamples(value, figures[0].resampled, figures[1].resampled)
        assert change.lower is not None
        assert change.upper is not None
        found += change.lower > 0 or change.upper < 0
    assert least <= found <= most


def test_that_too_little_leaves_the_interval_open() -> None:
    assert compare.change_over_starts(np.array([1.0]), np.array([2.0, 3.0])) == (1.5, None, None)
    assert compare.change_over_frames(np.ones(19)) == (1.0, None, None)
    assert compare.change_over_time(np.array([1.0, 1.0]), np.arange(9.0))[1:] != (0.0, 0.0)
    nothing = np.full(3, np.nan)
    assert compare.change_of_resamples(0.5, nothing, nothing) == (0.5, None, None)


def test_that_what_does_not_scatter_is_as_far_apart_as_it_is() -> None:
    assert compare.change_over_starts(np.full(5, 2.0), np.full(5, 3.0)) == (1.0, 1.0, 1.0)
    assert compare.change_over_frames(np.zeros(30)) == (0.0, 0.0, 0.0)


def test_that_bounds_of_two_runs_add_in_squares_and_are_made_wider() -> None:
    lower, upper = compare.change_of_figures(Figure(10, 7, 13), Figure(20, 16, 24))[1:]
    assert lower == pytest.approx(10 - 5 * 1.959964 / 1.644854)
    assert upper == pytest.approx(10 + 5 * 1.959964 / 1.644854)


def test_that_an_open_end_stays_open() -> None:
    assert compare.change_of_figures(Figure(1, 0.5, None), Figure(2, 1.5, 2.5)).lower is None
