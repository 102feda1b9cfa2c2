"""Bounds by resampling whole samples: detections of one image stay together."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.intervals import CONFIDENCE, Floats, Interval

RESAMPLES = 4000


def ratio_interval(numerators: Floats, denominators: Floats, seed: int = 0) -> Interval:
    """Bounds of sum(numerators) / sum(denominators), samples resampled as wholes (BCa bootstrap, seeded).

    Args:
        numerators: [n] sums of one sample each.
        denominators: [n] what they are sums over, all positive.
        seed: of the resampling; the same data and seed give the same bounds.
    """
    from scipy.stats import bootstrap

    if numerators.size < 2:
        return Interval(None, None)
    if np.ptp(numerators / denominators) <= 1e-15:  # every resample gives the same ratio
        ratio = float(numerators.sum() / denominators.sum())
        return Interval(ratio, ratio)
    bounds = bootstrap(
        (numerators, denominators),
        lambda top, bottom, axis: top.sum(axis=axis) / bottom.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=200,
        confidence_level=2 * CONFIDENCE - 1,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(_finite(bounds.low), _finite(bounds.high))


def quantile_interval(values: Floats, groups: NDArray[np.intp], share: float, seed: int = 0) -> Interval:
    """Bounds of a quantile over all values, their groups resampled as wholes (percentile bootstrap, seeded).

    Args:
        values: [m].
        groups: [m] which sample each value belongs to, numbered from 0 without gaps.
        share: 0.01 for the first percentile.
        seed: of the resampling.
    """
    samples = int(groups.max()) + 1 if groups.size else 0
    if samples < 2:
        return Interval(None, None)
    order = np.argsort(values, kind="stable")
    ordered, owners = values[order], groups[order]
    estimates = [
        ordered[_weighted_ranks(weights[:, owners], share)] for weights in resample_weights(samples, RESAMPLES, seed)
    ]
    lower, upper = np.quantile(np.concatenate(estimates), [1 - CONFIDENCE, CONFIDENCE])
    return Interval(float(lower), float(upper))


def widen(bounds: Interval, value: float, inflation: float, most: float = 1.0) -> Interval:
    """Bounds of independent samples, for correlated ones: further from the value by the root of the inflation.

    Args:
        bounds: as `ratio_interval` or `quantile_interval` gives them.
        value: the statistic itself.
        inflation: how many samples are worth one independent one.
        most: the largest value that there can be; the smallest is 0.
    """
    moved = [None if end is None else value + (end - value) * math.sqrt(inflation) for end in bounds]
    return Interval(*(None if end is None else min(max(end, 0.0), most) for end in moved))


def resample_weights(samples: int, resamples: int, seed: int, batch: int = 100) -> list[NDArray[np.float32]]:
    """How often each sample is drawn: arrays [batch, samples] that together hold `resamples` rows."""
    rng = np.random.default_rng(seed)
    share = np.full(samples, 1 / samples)
    sizes = [batch] * (resamples // batch) + ([resamples % batch] if resamples % batch else [])
    return [rng.multinomial(samples, share, size=size).astype(np.float32) for size in sizes]


def _weighted_ranks(weights: NDArray[np.float32], share: float) -> NDArray[np.intp]:
    """Index of the quantile of each row, values ascending: the first whose cumulated weight reaches the share."""
    cumulated = weights.cumsum(axis=1)
    reached: NDArray[np.intp] = (cumulated >= share * cumulated[:, -1:]).argmax(axis=1)
    return reached


def _finite(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None
