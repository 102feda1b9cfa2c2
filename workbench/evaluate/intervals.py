"""One-sided 95 % bounds for correlated measurements, and how many samples would decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
MOST_SAMPLES = 10**9  # more than a board measures in a year: "no number of samples would decide"

Floats = NDArray[np.float64]
Segments = Sequence[Floats]


class Interval(NamedTuple):
    """The interval between two one-sided 95 % bounds; None is an open end."""

    lower: float | None
    upper: float | None


def variance_inflation(segments: Segments) -> float:
    """How many samples one independent sample is worth: v, at least 1; the effective number is n / v.

    Geyer's initial positive sequence over the autocovariance. Products are taken within each segment only (a segment
    is one start: neighbours across a restart are no neighbours), but around the mean of all, so that a shift between
    starts counts as the correlation that it is.

    Args:
        segments: one array [n_i] of values or indicators a start, in the order of time.
    """
    covariance = _autocovariance([segment for segment in segments if segment.size])
    if covariance.size < 2 or covariance[0] <= 1e-15:
        return 1.0
    even = covariance[: covariance.size // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(even <= 0)
    kept = even[: negative[0]] if negative.size else even
    total = sum(segment.size for segment in segments)
    return float(np.clip(2 * kept.sum() / covariance[0] - 1, 1, total))


def exceedance_inflation(segments: Segments, limit: float) -> float:
    """The inflation for counting values above `limit`.

    The larger of the inflation of the indicator at the limit and at the 95th percentile: a limit that is rarely
    exceeded says too little about the correlation of the tail.
    """
    values = np.concatenate(segments) if segments else np.empty(0)
    if not values.size:
        return 1.0
    tail = float(np.quantile(values, 0.95))
    if values.max() <= tail:  # ties at the top: no value lies above its own 95th percentile
        tail = float(np.nextafter(tail, -np.inf))
    indicators = ([(segment > level).astype(np.float64) for segment in segments] for level in (limit, tail))
    return max(variance_inflation(indicator) for indicator in indicators)


def clopper_pearson(late: int, samples: int, inflation: float = 1.0) -> Interval:
    """One-sided 95 % bounds of a rate: `late` of `samples`, of which samples / inflation are independent."""
    from scipy.special import betaincinv

    if samples < 1:
        return Interval(None, None)
    hits, misses = late / inflation, (samples - late) / inflation
    upper = float(betaincinv(hits + 1, misses, CONFIDENCE)) if late < samples else 1.0
    lower = float(betaincinv(hits, misses + 1, 1 - CONFIDENCE)) if late else 0.0
    return Interval(lower, upper)


def late_allowed(samples: int, rate: float, inflation: float = 1.0) -> int | None:
    """The largest number of late ones with which the upper bound stays within `rate`; None: not even 0 is enough."""
    first = _first(samples + 1, lambda late: not _shows_below(late, samples, rate, inflation))
    return first - 1 if first else None


def late_refuting(samples: int, rate: float, inflation: float = 1.0) -> int | None:
    """The smallest number of late ones with which the lower bound is above `rate`; None: not even all are enough."""
    first = _first(samples + 1, lambda late: _shows_above(late, samples, rate, inflation))
    return first if first <= samples else None


def percentile_interval(values: Floats, share: float, inflation: float = 1.0) -> Interval:
    """Bounds of a percentile by order statistics.

    They are the dual of `clopper_pearson`: the upper bound is within a limit exactly where the bound of the rate above
    that limit is within 1 - share. Too few samples leave an end open.

    Args:
        values: [n], in any order.
        share: 0.99 for p99.
        inflation: from `exceedance_inflation`.
    """
    ordered = np.sort(values)
    allowed = late_allowed(ordered.size, round(1 - share, 9), inflation)
    refuting = late_refuting(ordered.size, round(1 - share, 9), inflation)
    upper = float(ordered[ordered.size - 1 - allowed]) if allowed is not None and allowed < ordered.size else None
    lower = float(ordered[ordered.size - refuting]) if refuting else None
    return Interval(lower, upper)


def samples_needed(late: int, samples: int, rate: float, inflation: float = 1.0) -> int | None:
    """How many samples would decide about `rate` if they went on as those so far; None: no number that can be had."""
    share = late / samples if samples else 0.0
    decides = _shows_below if share < rate else _shows_above

    def enough(total: int) -> bool:
        return decides(share * total, total, rate, inflation)

    total = max(samples, 1)
    while not enough(total):
        total *= 2
        if total > MOST_SAMPLES:
            return None
    return max(samples, 1) + _first(total - max(samples, 1), lambda extra: enough(max(samples, 1) + extra))


def t_interval(values: Floats) -> Interval:
    """Bounds of the mean of independent values, such as one figure a start; open where there are fewer than two."""
    from scipy.special import stdtrit

    if values.size < 2:
        return Interval(None, None)
    half = float(stdtrit(values.size - 1, CONFIDENCE)) * float(values.std(ddof=1)) / math.sqrt(values.size)
    mean = float(values.mean())
    return Interval(mean - half, mean + half)


def mean_interval(segments: Segments, inflation: float) -> Interval:
    """Bounds of the mean of correlated values: Student's t with the effective number of samples."""
    from scipy.special import stdtrit

    values = np.concatenate(segments)
    effective = values.size / inflation
    if values.size < 2 or effective < 2:
        return Interval(None, None)
    half = float(stdtrit(effective - 1, CONFIDENCE)) * float(values.std(ddof=1)) / math.sqrt(effective)
    mean = float(values.mean())
    return Interval(mean - half, mean + half)


def needed_by_scaling(samples: int, value: float, bound: float | None, limit: float) -> int | None:
    """How many samples bring a bound to the limit, its distance shrinking with the root of their number."""
    if bound is None or value == limit:
        return None
    total = samples * ((value - bound) / (value - limit)) ** 2
    return max(math.ceil(total), samples + 1) if total <= MOST_SAMPLES else None


def starts_needed(values: Floats, limit: float) -> int | None:
    """How many starts would decide about the mean of one figure a start, at the scatter seen so far."""
    from scipy.special import stdtrit

    if values.size < 2:
        return None
    scatter, distance = float(values.std(ddof=1)), abs(limit - float(values.mean()))

    def enough(starts: int) -> bool:
        return float(stdtrit(starts - 1, CONFIDENCE)) * scatter / math.sqrt(starts) <= distance

    most = 10_000
    return 2 + _first(most - 2, lambda extra: enough(2 + extra)) if distance and enough(most) else None


def _autocovariance(segments: Segments) -> Floats:
    """Pooled autocovariance [longest segment], divided by the number of all samples."""
    from scipy.fft import irfft, next_fast_len, rfft

    if not segments:
        return np.empty(0)
    mean = float(np.concatenate(segments).mean())
    longest = max(segment.size for segment in segments)
    size = next_fast_len(2 * longest, real=True)
    power = np.zeros(size // 2 + 1)
    for segment in segments:
        power += np.abs(rfft(segment - mean, size)) ** 2
    pooled: Floats = irfft(power, size)[:longest] / sum(segment.size for segment in segments)
    return pooled


def _shows_below(late: float, samples: int, rate: float, inflation: float) -> bool:
    """Whether the upper bound of the rate is at most `rate`."""
    from scipy.special import betainc

    if late >= samples:
        return False
    return bool(betainc(late / inflation + 1, (samples - late) / inflation, rate) >= CONFIDENCE)


def _shows_above(late: float, samples: int, rate: float, inflation: float) -> bool:
    """Whether the lower bound of the rate is above `rate`."""
    from scipy.special import betainc

    if late <= 0:
        return False
    return bool(betainc(late / inflation, (samples - late) / inflation + 1, rate) < 1 - CONFIDENCE)


def _first(end: int, condition: Callable[[int], bool]) -> int:
    """The smallest number in range(end) for which a condition holds that never turns false again; `end` if none."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        if condition(middle):
            high = middle
        else:
            low = middle + 1
    return low
