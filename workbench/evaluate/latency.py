"""Latency: a percentile, the mean or the maximum against a limit, over correlated samples of several cold starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from workbench.base.errors import UsageError
from workbench.evaluate import intervals, wording
from workbench.evaluate.intervals import Floats, Interval
from workbench.evaluate.verdict import (
    SEVERITY,
    Detail,
    Outcome,
    Verdict,
    judge_interval,
    judge_value,
    not_measured,
    undecided,
    with_details,
    worst_outcome,
)


class _Rule(NamedTuple):
    """One way to judge: its outcome, its interval in microseconds, its sentence, how many samples would decide."""

    outcome: Outcome
    interval: Interval
    text: str
    needed: int | None


def share_of(statistic: str) -> float | None:
    """The share below a percentile ("p99.9" is 0.999); None for "mean" and "max".

    Raises:
        UsageError: the statistic is none of these.
    """
    if statistic in ("mean", "max"):
        return None
    match = re.fullmatch(r"p(\d{1,2}(?:\.\d{1,3})?)", "p50" if statistic == "median" else statistic)
    if not match or not 0 < float(match[1]) < 100:
        raise UsageError(
            f"latency cannot be judged by {statistic!r}", "Use a percentile such as p50, p99 or p99.9, mean or max."
        )
    return round(float(match[1]) / 100, 6)


def judge_latency(
    starts: Sequence[Floats], statistic: str, limit_us: float, *, requested: int | None = None, subject: str = ""
) -> Verdict:
    """The verdict on latencies: the worse of the bound over all samples and Student's t over starts.

    Args:
        starts: one array [n_i] of latencies in microseconds a cold start, warm-up left out, in the order of time.
        statistic: "p99" (p50 to p99.9), "mean" or "max".
        limit_us: at most this.
        requested: samples that were asked for in all; with fewer there is no PASS.
        subject: words before the statistic in the reason, such as "decode".

    Returns:
        A verdict in milliseconds; `details` has the late frames, both rules and the inflation v.

    Raises:
        UsageError: the statistic is unknown.
    """
    share = share_of(statistic)
    starts = [np.asarray(start, dtype=np.float64) for start in starts if len(start)]
    if not starts:
        return _nothing("no latency was measured", limit_us)
    values = np.concatenate(starts)
    wrong = int((~np.isfinite(values) | (values < 0)).sum())
    if wrong:
        return _nothing(
            f"{wrong} of {values.size} latencies are no numbers or negative: the samples are damaged", limit_us
        )
    name = f"{subject} {statistic}".strip()
    verdict = _judge_max(starts, limit_us, name) if statistic == "max" else _judge(starts, share, limit_us, name)
    if requested is not None and values.size < requested:
        verdict = _capped(verdict, values.size, requested)
    return verdict


def judge_worse(back_to_back: Verdict, paced: Verdict, pacing: str = "worse") -> Verdict:
    """One verdict of the two ways to send frames: the worse one, or the one that the project names.

    Args:
        back_to_back: each frame sent when the one before was answered.
        paced: frames sent by the clock at the required rate, queueing counted.
        pacing: "worse", "back_to_back" or "paced".

    Raises:
        UsageError: `pacing` is none of these.
    """
    both = {"back_to_back": back_to_back, "paced": paced}
    if pacing not in (*both, "worse"):
        raise UsageError(f"pacing cannot be {pacing!r}", "Use worse, back_to_back or paced.")
    judged = max(both, key=lambda name: _badness(both[name])) if pacing == "worse" else pacing
    other = next(name for name in both if name != judged)
    seen = both[other]
    figure = wording.amount(seen.value, seen.unit) if seen.value is not None else seen.reason
    words = judged.replace("_", " ")
    reason = f"{words}: {both[judged].reason}; {other.replace('_', ' ')}: {figure} ({seen.outcome})"
    shown: dict[str, Detail] = {
        "judged": judged,
        f"{other}_outcome": seen.outcome.value,
        f"{other}_value": seen.value,
        f"{other}_lower": seen.lower,
        f"{other}_upper": seen.upper,
    }
    return with_details(replace(both[judged], reason=reason), **shown)


def _badness(verdict: Verdict) -> tuple[int, float]:
    figure = verdict.upper if verdict.upper is not None else verdict.value
    return SEVERITY[verdict.outcome], figure if figure is not None else float("inf")


def _nothing(reason: str, limit_us: float) -> Verdict:
    return not_measured(reason, limit=limit_us / 1e3, relation="<=", unit="ms")


def _judge(starts: Sequence[Floats], share: float | None, limit_us: float, name: str) -> Verdict:
    values = np.concatenate(starts)
    if share is None:
        value, inflation = float(values.mean()), intervals.variance_inflation(starts)
        pooled = _pooled_mean(starts, limit_us, inflation)
    else:
        value, inflation = float(np.quantile(values, share)), intervals.exceedance_inflation(starts, limit_us)
        pooled = _pooled_percentile(values, share, limit_us, inflation)
    over_starts = _over_starts(starts, share, limit_us, name)
    rules = [rule for rule in (pooled, over_starts) if rule]
    outcome = worst_outcome(rule.outcome for rule in rules)
    deciding = [rule for rule in rules if rule.outcome is outcome]
    bounds = _hull([rule.interval for rule in deciding])
    needed = max((rule.needed for rule in deciding if rule.needed), default=None)
    undecided = outcome is Outcome.INCONCLUSIVE
    reason = f"{name} {_ms(value)}, limit {_ms(limit_us)}: " + "; ".join(rule.text for rule in rules)
    if over_starts is None:
        reason += "; one start only: restarts are not covered"
    if undecided:
        reason += f"; {_would_decide(needed)}"
    late = int((values > limit_us).sum())
    return Verdict(
        outcome=outcome,
        value=value / 1e3,
        limit=limit_us / 1e3,
        relation="<=",
        unit="ms",
        lower=_scaled(bounds.lower),
        upper=_scaled(bounds.upper),
        samples=values.size,
        effective_samples=values.size / inflation,
        needed=needed if undecided else None,
        reason=reason,
        details=_details(starts, pooled, over_starts, inflation, late) | _open_ends(bounds),
    )


def _pooled_percentile(values: Floats, share: float, limit_us: float, inflation: float) -> _Rule:
    late, allowed = int((values > limit_us).sum()), round(1 - share, 9)
    rate = intervals.clopper_pearson(late, values.size, inflation)
    bounds = intervals.percentile_interval(values, share, inflation)
    outcome = judge_interval(float(np.quantile(values, share)), bounds.lower, bounds.upper, limit_us, "<=")
    least, most = wording.percent(rate.lower or 0.0), wording.percent(rate.upper or 0.0)
    said = {
        Outcome.PASS: f"at most {most} of frames are late with 95 % confidence",
        Outcome.FAIL: f"at least {least} of frames are late with 95 % confidence",
    }.get(outcome, f"between {least} and {most} of frames are late (95 % confidence at each end)")
    text = (
        f"{said}, allowed {wording.percent(allowed)}; "
        f"{late} of {values.size} late, effective {values.size / inflation:.0f}"
    )
    return _Rule(outcome, bounds, text, intervals.samples_needed(late, values.size, allowed, inflation))


def _pooled_mean(starts: Sequence[Floats], limit_us: float, inflation: float) -> _Rule:
    values = np.concatenate(starts)
    mean = float(values.mean())
    bounds = intervals.mean_interval(starts, inflation)
    outcome = judge_interval(mean, bounds.lower, bounds.upper, limit_us, "<=")
    bound = bounds.upper if mean < limit_us else bounds.lower
    needed = intervals.needed_by_scaling(values.size, mean, bound, limit_us)
    text = (
        f"the mean of all is between {_span(bounds)} (95 % confidence at each end); "
        f"{values.size} samples, effective {values.size / inflation:.0f}"
    )
    return _Rule(outcome, bounds, text, needed)


def _over_starts(starts: Sequence[Floats], share: float | None, limit_us: float, name: str) -> _Rule | None:
    """Student's t over one figure a start, which sees what changes with a restart."""
    if len(starts) < 2:
        return None
    figure: Callable[[Floats], float] = (lambda start: start.mean()) if share is None else _quantile(share)
    figures = np.array([figure(start) for start in starts])
    mean, spread = float(figures.mean()), intervals.t_interval(figures)
    bounds = spread._replace(lower=None if spread.lower is None else max(0.0, spread.lower))  # no time is below 0
    outcome = judge_interval(mean, bounds.lower, bounds.upper, limit_us, "<=")
    needed = intervals.starts_needed(figures, limit_us)
    samples = needed * max(start.size for start in starts) if needed else None
    text = f"over {len(starts)} starts the average {name} is between {_span(bounds)}"
    return _Rule(outcome, bounds, text, samples)


def _quantile(share: float) -> Callable[[Floats], float]:
    return lambda start: float(np.quantile(start, share))


def _judge_max(starts: Sequence[Floats], limit_us: float, name: str) -> Verdict:
    values = np.concatenate(starts)
    highest, late = float(values.max()), int((values > limit_us).sum())
    reason = (
        f"{name} {_ms(highest)}, limit {_ms(limit_us)}; {late} of {values.size} above it; "
        f"the largest value seen: nothing is claimed of frames that were not measured"
    )
    return Verdict(
        outcome=judge_value(highest, limit_us, "<="),
        value=highest / 1e3,
        limit=limit_us / 1e3,
        relation="<=",
        unit="ms",
        samples=values.size,
        reason=reason,
        details={"late": late, "starts": len(starts), "restarts_covered": int(len(starts) > 1)},
    )


def _capped(verdict: Verdict, measured: int, requested: int) -> Verdict:
    """Fewer samples than were asked for are never a PASS."""
    capped = undecided(verdict, f"only {measured} of {requested} samples were measured")
    needed = max(requested, verdict.needed or 0) if capped.outcome is Outcome.INCONCLUSIVE else None
    return with_details(replace(capped, needed=needed), requested=requested)


def _details(
    starts: Sequence[Floats], pooled: _Rule, over_starts: _Rule | None, inflation: float, late: int
) -> dict[str, Detail]:
    return {
        "late": late,
        "inflation": inflation,
        "starts": len(starts),
        "restarts_covered": int(over_starts is not None),
        "pooled_outcome": pooled.outcome.value,
        "pooled_lower": _scaled(pooled.interval.lower),
        "pooled_upper": _scaled(pooled.interval.upper),
        "starts_outcome": over_starts.outcome.value if over_starts else None,
        "starts_lower": _scaled(over_starts.interval.lower) if over_starts else None,
        "starts_upper": _scaled(over_starts.interval.upper) if over_starts else None,
    }


def _open_ends(bounds: Interval) -> dict[str, Detail]:
    ends = {"lower_open": bounds.lower, "upper_open": bounds.upper}
    return {name: 1 for name, end in ends.items() if end is None}


def _hull(parts: Sequence[Interval]) -> Interval:
    """The interval that holds all parts; a bound by t below 0 says no more than 0 does, since no time is negative."""
    lowers, uppers = [part.lower for part in parts], [part.upper for part in parts]
    lower = None if None in lowers else max(0.0, min(end for end in lowers if end is not None))
    upper = None if None in uppers else max(end for end in uppers if end is not None)
    return Interval(lower, upper)


def _would_decide(needed: int | None) -> str:
    if needed is None:
        return "so close to the limit that no number of samples would decide"
    return f"about {needed} samples in all would decide if they go on like these"


def _span(bounds: Interval) -> str:
    ends = [_ms(end) if end is not None else "an open end" for end in bounds]
    return f"{ends[0]} and {ends[1]}"


def _scaled(end_us: float | None) -> float | None:
    return None if end_us is None else end_us / 1e3


def _ms(value_us: float) -> str:
    return wording.amount(value_us / 1e3, "ms")
