"""Power of the board while it works: the mean of correlated samples against a ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.evaluate import intervals, wording
from workbench.evaluate.intervals import Interval
from workbench.evaluate.verdict import Detail, Outcome, Verdict, judge_interval, not_measured

LEAST_SAMPLES = 10


def judge_mean_power(samples_w: ArrayLike, limit_w: float, missing: str = "this board reports no power") -> Verdict:
    """Whether the mean of one stretch of work is at most the limit, by Student's t with the effective number.

    Args:
        samples_w: [n] watts at a steady rate, in the order of time; readings that are no numbers are left out.
        limit_w: at most this.
        missing: the reason where there are no samples.
    """
    samples = np.asarray(samples_w, dtype=np.float64).reshape(-1)
    sound = samples[np.isfinite(samples)]
    if not sound.size:
        return not_measured(missing, limit=limit_w, relation="<=", unit="W")
    mean, inflation = float(sound.mean()), intervals.variance_inflation([sound])
    enough = sound.size >= LEAST_SAMPLES
    bounds = intervals.mean_interval([sound], inflation) if enough else Interval(None, None)
    outcome = judge_interval(mean, bounds.lower, bounds.upper, limit_w, "<=")
    needed = None
    if outcome is Outcome.INCONCLUSIVE:
        bound = bounds.upper if mean <= limit_w else bounds.lower
        scaled = intervals.needed_by_scaling(sound.size, mean, bound, limit_w)
        needed = scaled if enough else LEAST_SAMPLES
    span = f"{wording.interval(*bounds, 'W')} (95 % confidence at each end)"
    parts = [
        f"mean power {wording.amount(mean, 'W')}, limit {wording.amount(limit_w, 'W')}",
        span if enough else f"fewer than {LEAST_SAMPLES} samples: no bounds",
        f"{wording.count(sound.size, 'sample')}, effective {sound.size / inflation:.0f}",
    ]
    if needed:
        parts.append(f"about {needed} samples would decide")
    ends: dict[str, float | None] = {"lower_open": bounds.lower, "upper_open": bounds.upper}
    open_ends: dict[str, Detail] = {name: 1 for name, end in ends.items() if end is None}
    return Verdict(
        outcome=outcome,
        value=mean,
        limit=limit_w,
        relation="<=",
        unit="W",
        lower=bounds.lower,
        upper=bounds.upper,
        samples=sound.size,
        effective_samples=sound.size / inflation,
        needed=needed,
        reason="; ".join(parts),
        details={"largest": sound.max(), "inflation": inflation, "damaged": samples.size - sound.size} | open_ends,
    )
