"""How far two runs are apart: intervals of differences, paired where both saw the same frames.

An interval here holds with 95 % confidence as a whole (97.5 % at each end): runs that are alike are called different in
5 of 100 cases. Verdicts on one run have one-sided bounds of 95 % (`intervals.py`), which are narrower.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.bootstrap import RESAMPLES, resample_weights
from workbench.evaluate.intervals import CONFIDENCE, Floats, variance_inflation

EACH_END = 0.975
LEAST_FRAMES = 20
"""With fewer frames in common a difference over frames has no interval."""


class Change(NamedTuple):
    """A difference, second minus first, and its interval; None is an open end."""

    value: float
    lower: float | None
    upper: float | None


class Figure(NamedTuple):
    """A figure of one run with its one-sided 95 % bounds; None is an open end."""

    value: float
    lower: float | None
    upper: float | None


def change_over_starts(first: Floats, second: Floats) -> Change:
    """Of the means of one figure a start [n]: starts are independent of each other (Welch's t)."""
    return _welch((first, float(first.size)), (second, float(second.size)))


def change_over_time(first: Floats, second: Floats) -> Change:
    """Of the means of values [n] that follow each other in time, each with the effective number of its samples."""
    one, other = ((side, side.size / variance_inflation([side])) for side in (first, second))
    return _welch(one, other)


def change_over_frames(differences: Floats) -> Change:
    """The mean of one difference a frame [n], both runs on the same frames; neighbours may be alike (Student's t)."""
    from scipy.special import stdtrit

    value = float(differences.mean())
    if differences.size < LEAST_FRAMES:
        return Change(value, None, None)
    scatter = float(differences.std(ddof=1))
    if scatter <= 0:
        return Change(value, value, value)
    worth = differences.size / variance_inflation([differences])
    if worth < 2:
        return Change(value, None, None)
    half = float(stdtrit(worth - 1, EACH_END)) * scatter / math.sqrt(worth)
    return Change(value, value - half, value + half)


def change_of_ratios(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Change:
    """Of sum(top) / sum(bottom) over the same frames, each a pair (top [n], bottom [n]); paired, by linearisation."""
    ratios = [float(top.sum() / bottom.sum()) for top, bottom in (first, second)]
    parts = [
        (top - ratio * bottom) / float(bottom.mean())
        for (top, bottom), ratio in zip((first, second), ratios, strict=True)
    ]
    change = change_over_frames(parts[1] - parts[0])
    value = ratios[1] - ratios[0]
    ends = (None if end is None else end - change.value + value for end in change[1:])
    return Change(value, *ends)


def change_of_quantiles(
    first: tuple[Floats, NDArray[np.intp]],
    second: tuple[Floats, NDArray[np.intp]],
    frames: int,
    share: float,
    seed: int = 0,
) -> Change:
    """Of a quantile over the values of the same frames, the frames resampled as wholes (percentile bootstrap, seeded).

    Args:
        first: values [m] and the frame of each, from 0 to frames - 1.
        second: likewise; as many values of a frame as there are.
        frames: how many both have.
        share: 0.01 for the first percentile.
        seed: of the resampling.
    """
    value = float(
        _quantiles(second, np.ones((1, frames)), share)[0] - _quantiles(first, np.ones((1, frames)), share)[0]
    )
    if frames < LEAST_FRAMES:
        return Change(value, None, None)
    drawn = resample_weights(frames, RESAMPLES, seed)
    changes = [_quantiles(second, weights, share) - _quantiles(first, weights, share) for weights in drawn]
    lower, upper = np.quantile(np.concatenate(changes), [1 - EACH_END, EACH_END])
    return Change(value, float(lower), float(upper))


def change_of_resamples(value: float, first: Floats, second: Floats) -> Change:
    """Of a figure that was computed again for the same resampled frames of both [resamples]."""
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        return Change(value, None, None)
    lower, upper = np.quantile((second - first)[known], [1 - EACH_END, EACH_END])
    return Change(value, float(lower), float(upper))


def change_of_figures(first: Figure, second: Figure) -> Change:
    """Of two independent runs' figures from the bounds of each: MOVER (Zou and Donner 2008, doi 10.1002/sim.3095)."""
    value, lower, upper = second.value - first.value, None, None
    if first.upper is not None and second.lower is not None:
        lower = value - _wider() * math.hypot(first.upper - first.value, second.value - second.lower)
    if first.lower is not None and second.upper is not None:
        upper = value + _wider() * math.hypot(first.value - first.lower, second.upper - second.value)
    return Change(value, lower, upper)


def _wider() -> float:
    """From bounds of 95 % at each end to such of 97.5 %, as the normal distribution has them."""
    from scipy.special import ndtri

    return float(ndtri(EACH_END) / ndtri(CONFIDENCE))


def _welch(first: tuple[Floats, float], second: tuple[Floats, float]) -> Change:
    """Of the means of values, each side with how many independent ones it is worth."""
    from scipy.special import stdtrit

    value = float(second[0].mean() - first[0].mean())
    if min(first[1], second[1]) < 2:
        return Change(value, None, None)
    scatter = [float(values.var(ddof=1)) / worth for values, worth in (first, second)]
    total = sum(scatter)
    if total <= 0:
        return Change(value, value, value)
    freedom = total**2 / sum(part**2 / (side[1] - 1) for part, side in zip(scatter, (first, second), strict=True))
    half = float(stdtrit(freedom, EACH_END)) * math.sqrt(total)
    return Change(value, value - half, value + half)


def _quantiles(side: tuple[Floats, NDArray[np.intp]], weights: NDArray[np.floating], share: float) -> Floats:
    """The quantile of each resample [rows]: the first value whose cumulated weight reaches the share."""
    values, owners = side
    order = np.argsort(values, kind="stable")
    cumulated = weights[:, owners[order]].cumsum(axis=1, dtype=np.float64)
    places = (cumulated >= share * cumulated[:, -1:]).argmax(axis=1)
    found: Floats = values[order][places]
    return found
