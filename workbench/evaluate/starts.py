"""One figure a cold start against a limit: load time, memory, and whatever else is measured once a start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.evaluate import intervals, wording
from workbench.evaluate.verdict import (
    Detail,
    Outcome,
    Relation,
    Verdict,
    judge_interval,
    judge_value,
    not_measured,
)


def judge_over_starts(
    values: Sequence[float | None],
    limit: float,
    relation: Relation,
    *,
    subject: str,
    unit: str = "",
    missing: str = "nothing was measured",
) -> Verdict:
    """The mean over starts with Student's t: one start has a value and no bounds, so it decides nothing.

    Args:
        values: one figure a start; None where a start gave none.
        limit: in the same unit.
        relation: "<=" or ">=".
        subject: what it is, first words of the reason.
        unit: of values and limit.
        missing: the reason where no start gave a value.
    """
    known = _known(values)
    if not known.size:
        return not_measured(missing, limit=limit, relation=relation, unit=unit)
    mean, bounds = float(known.mean()), intervals.t_interval(known)
    outcome = judge_interval(mean, bounds.lower, bounds.upper, limit, relation)
    parts = [f"{subject} {wording.amount(mean, unit)} on average over {wording.count(known.size, 'start')}"]
    parts[0] += f", limit {wording.amount(limit, unit)}"
    if known.size > 1:
        parts.append(f"{wording.interval(*bounds, unit)} (95 % confidence at each end)")
    else:
        parts.append("one start only: no bounds")
    needed = None
    if outcome is Outcome.INCONCLUSIVE:
        needed = max(intervals.starts_needed(known, limit) or 0, known.size + 1) if known.size > 1 else 2
        parts.append(f"about {needed} starts would decide")
    open_ends: dict[str, Detail] = {"lower_open": 1, "upper_open": 1} if known.size < 2 else {}
    verdict = Verdict(
        outcome=outcome,
        value=mean,
        limit=limit,
        relation=relation,
        unit=unit,
        lower=bounds.lower,
        upper=bounds.upper,
        samples=known.size,
        effective_samples=known.size,
        needed=needed,
        reason="; ".join(parts),
        details={"starts": len(values), "smallest": known.min(), "largest": known.max(), **open_ends},
    )
    return _without_missing(verdict, len(values) - known.size)


def judge_largest(
    values: Sequence[float | None],
    limit: float,
    *,
    subject: str,
    unit: str = "",
    scale: float = 1.0,
    shown: str = "",
    missing: str = "nothing was measured",
    noun: str = "start",
) -> Verdict:
    """The largest figure of all starts against a ceiling: a maximum seen, no statistic, so it has no interval.

    Args:
        values: one figure a start; None where a start gave none.
        limit: at most this, in the unit of `values`.
        subject: what it is, first words of the reason.
        unit: of the verdict.
        scale: values and limit are divided by it for the verdict: 1e6 shows bytes as MB.
        shown: words for the limit in the reason; by default figure and unit.
        missing: the reason where no start gave a value.
        noun: what each figure is of, where it is no start.
    """
    known = _known(values)
    if not known.size:
        return not_measured(missing, limit=limit / scale, relation="<=", unit=unit)
    largest = float(known.max())
    over = wording.count(known.size, noun)
    words = shown or f"limit {wording.amount(limit / scale, unit)}"
    reason = f"{subject} {wording.amount(largest / scale, unit)}, {words}; the largest of {over}: seen, not estimated"
    if known.size == 1 and noun == "start":
        reason += "; restarts are not covered"
    verdict = Verdict(
        outcome=judge_value(largest, limit, "<="),
        value=largest / scale,
        limit=limit / scale,
        relation="<=",
        unit=unit,
        samples=known.size,
        reason=reason,
        details={
            "starts": len(values),
            "smallest": known.min() / scale,
            "mean": known.mean() / scale,
            "restarts_covered": int(known.size > 1),
        },
    )
    return _without_missing(verdict, len(values) - known.size)


def judge_load_time(load_ms: Sequence[float | None], limit_ms: float) -> Verdict:
    """Time from a fresh worker process to an engine that is ready, of each start in milliseconds, against a ceiling."""
    missing = "no start reported how long loading took"
    return judge_over_starts(load_ms, limit_ms, "<=", subject="loading takes", unit="ms", missing=missing)


def _known(values: Sequence[float | None]) -> intervals.Floats:
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    return known[np.isfinite(known)]


def _without_missing(verdict: Verdict, absent: int) -> Verdict:
    """A start without its figure may have been the bad one: no PASS without it."""
    if not absent:
        return verdict
    outcome = Outcome.INCONCLUSIVE if verdict.outcome is Outcome.PASS else verdict.outcome
    reason = f"{verdict.reason}; {wording.count(absent, 'start')} gave no value"
    details = {**verdict.details, "starts_without_value": absent}
    return Verdict.from_json({**verdict.to_json(), "outcome": outcome.value, "reason": reason, "details": details})
