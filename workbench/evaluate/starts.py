"""One figure a cold start against a limit: load time, memory, and whatever else is measured once a start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.evaluate import wording
from workbench.evaluate.intervals import Floats
from workbench.evaluate.verdict import Verdict, judge_value, not_measured, undecided, with_details


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
    """Time from a fresh worker process to an engine that is ready, in milliseconds: every start must keep the limit."""
    return judge_largest(load_ms, limit_ms, subject="loading", unit="ms", missing="no start told how long loading took")


def _known(values: Sequence[float | None]) -> Floats:
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    return known[np.isfinite(known)]


def _without_missing(verdict: Verdict, absent: int) -> Verdict:
    """A start without its figure may have been the bad one: no PASS without it."""
    if not absent:
        return verdict
    return with_details(
        undecided(verdict, f"{wording.count(absent, 'start')} gave no value"), starts_without_value=absent
    )
