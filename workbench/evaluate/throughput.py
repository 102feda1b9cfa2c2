"""Throughput: frames completed a second, by batch means over windows of one second."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from workbench.evaluate import intervals, wording
from workbench.evaluate.intervals import Floats, Interval
from workbench.evaluate.verdict import Detail, Outcome, Verdict, judge_interval, not_measured

LEAST_WINDOWS = 5


def frames_per_second(completed_s: ArrayLike, duration_s: float) -> Floats:
    """Frames completed in each whole second; the rest of the last one is left out.

    Args:
        completed_s: [n] when each frame was answered, in seconds since the measuring began.
        duration_s: how long was measured.
    """
    edges = np.arange(math.floor(duration_s + 1e-9) + 1, dtype=np.float64)
    if edges.size < 2:
        return np.empty(0)
    counts, _ = np.histogram(np.asarray(completed_s, dtype=np.float64), bins=edges)
    return counts.astype(np.float64)


def judge_throughput(
    completed_s: ArrayLike, duration_s: float, limit_fps: float, *, requested_s: float | None = None, failed: int = 0
) -> Verdict:
    """Whether at least so many frames a second are completed.

    Args:
        completed_s: [n] when each frame was answered, in seconds since the measuring began.
        duration_s: how long was measured.
        limit_fps: at least this.
        requested_s: how long was asked for; shorter is said so.
        failed: frames that were sent and failed; they are not completed.
    """
    windows = frames_per_second(completed_s, duration_s)
    if not windows.size:
        reason = f"measured for {wording.amount(duration_s, 's')}: less than one whole second"
        return not_measured(reason, limit=limit_fps, relation=">=", unit="fps")
    mean, inflation = float(windows.mean()), intervals.variance_inflation([windows])
    enough = windows.size >= LEAST_WINDOWS
    bounds = intervals.mean_interval([windows], inflation) if enough else Interval(None, None)
    outcome = judge_interval(mean, bounds.lower, bounds.upper, limit_fps, ">=")
    needed = _needed(windows, bounds, limit_fps) if outcome is Outcome.INCONCLUSIVE else None
    shortened = requested_s is not None and duration_s < requested_s * 0.99
    details: dict[str, Detail] = {
        "frames": int(windows.sum()),
        "failed": failed,
        "duration_s": duration_s,
        "slowest_second": windows.min(),
        "inflation": inflation,
        "shortened": int(shortened),
    }
    parts = [
        f"{wording.amount(mean, 'fps')} over {windows.size} s, limit {wording.amount(limit_fps, 'fps')}",
        f"{wording.interval(*bounds, 'fps')} (95 % confidence at each end)" if enough else "too short for bounds",
        f"{int(windows.sum())} frames, slowest second {windows.min():.0f}",
    ]
    if failed:
        parts.append(f"{wording.count(failed, 'frame')} failed and not counted")
    if shortened:
        parts.append(f"shortened: {wording.amount(requested_s or 0.0, 's')} were asked for")
    if outcome is Outcome.INCONCLUSIVE:
        parts.append(
            f"about {needed} s would decide" if needed else "too close to the limit for any duration to decide"
        )
    return Verdict(
        outcome=outcome,
        value=mean,
        limit=limit_fps,
        relation=">=",
        unit="fps",
        lower=bounds.lower,
        upper=bounds.upper,
        samples=windows.size,
        effective_samples=windows.size / inflation,
        needed=needed,
        reason="; ".join(parts),
        details=details | {name: 1 for name, end in _ends(bounds).items() if end is None},
    )


def _needed(windows: Floats, bounds: Interval, limit_fps: float) -> int | None:
    """How many seconds would decide."""
    if bounds == (None, None):
        return LEAST_WINDOWS if windows.size < LEAST_WINDOWS else 2 * windows.size
    mean = float(windows.mean())
    bound = bounds.lower if mean >= limit_fps else bounds.upper
    return intervals.needed_by_scaling(windows.size, mean, bound, limit_fps)


def _ends(bounds: Interval) -> dict[str, float | None]:
    return {"lower_open": bounds.lower, "upper_open": bounds.upper}
