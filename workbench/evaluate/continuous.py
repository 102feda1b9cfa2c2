"""Continuous operation: the whole duration without a crash, a failed frame or growing memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from workbench.evaluate import wording
from workbench.evaluate.intervals import CONFIDENCE, Floats, Interval
from workbench.evaluate.verdict import Detail, Outcome, Verdict, judge_interval, not_measured

SLOPE_FROM_S = 8 * 3600.0  # shorter runs are ruled by warm-up: their slope says nothing of a leak
BLOCKS = 12  # 2 h medians in 24 h, the first left out as warm-up
WARM_UP_SHARE = 0.1
BLOCKS_OF_A_THIRD = 5
LEAST_SAMPLES = 60
BUDGET_MB_H = 1.0
ALLOWANCE_SHARE = 0.02
ALLOWANCE_MB = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class SoakRecord:
    """What a continuous operation left behind.

    Attributes:
        requested_s: duration of the requirement.
        measured_s: how long it ran.
        completed: frames that were answered.
        failed: frames that were answered with an error, or not at all.
        crashes: ends of the worker that nobody asked for.
        restarts: times that a worker was started again.
        memory_s: [n] seconds since the beginning, ascending.
        memory_bytes: [n] resident size of the worker at these moments.
        memory_missing: why there is no memory series.
    """

    requested_s: float
    measured_s: float
    completed: int
    failed: int = 0
    crashes: int = 0
    restarts: int = 0
    memory_s: Floats = field(default_factory=lambda: np.empty(0))
    memory_bytes: Floats = field(default_factory=lambda: np.empty(0))
    memory_missing: str = "the memory of the worker was not sampled"


class _Growth(NamedTuple):
    """What memory did: value, bounds and limit in `unit`, in words that name the rule."""

    outcome: Outcome
    value: float | None
    limit: float
    unit: str
    bounds: Interval
    text: str


def judge_continuous(record: SoakRecord, *, budget_mb_h: float = BUDGET_MB_H) -> Verdict:
    """FAIL on a crash, a restart, a failed frame or a leak; NOT MEASURED where it was shortened.

    Memory: from 8 h on, the slope (Theil-Sen over the medians of twelfths, the first left out) must stay within the
    budget. Shorter runs are ruled by warm-up, so there the level of the last third may be above that of the first third
    (the first tenth left out) by at most 2 % of it and 4 MB.

    Args:
        record: what the run left behind.
        budget_mb_h: growth allowed in MB (10^6 bytes) an hour.
    """
    growth = _judge_slope(record, budget_mb_h) if record.measured_s >= SLOPE_FROM_S else _judge_growth(record)
    broken = _broken(record)
    ran = f"{wording.duration(record.measured_s)} of {wording.duration(record.requested_s)}"
    facts = f"{wording.count(record.completed, 'frame')} answered in {ran}"
    details: dict[str, Detail] = {
        "requested_s": record.requested_s,
        "measured_s": record.measured_s,
        "completed": record.completed,
        "failed": record.failed,
        "crashes": record.crashes,
        "restarts": record.restarts,
        "growth": growth.value,
        "growth_outcome": growth.outcome.value,
    }
    shortened = record.measured_s < record.requested_s * 0.99
    if not broken and (shortened or not record.completed or growth.outcome is Outcome.NOT_MEASURED):
        reasons = ["shortened" if shortened else "", facts, growth.text]
        reason = "; ".join(part for part in reasons if part)
        return not_measured(reason, limit=growth.limit, relation="<=", unit=growth.unit, details=details)
    ends = {"lower_open": growth.bounds.lower, "upper_open": growth.bounds.upper}
    return Verdict(
        outcome=Outcome.FAIL if broken else growth.outcome,
        value=growth.value,
        limit=growth.limit,
        relation="<=",
        unit=growth.unit,
        lower=growth.bounds.lower,
        upper=growth.bounds.upper,
        samples=record.memory_bytes.size,
        reason="; ".join([*broken, facts, growth.text]),
        details=details | {name: 1 for name, end in ends.items() if end is None},
    )


def _broken(record: SoakRecord) -> list[str]:
    """What FAILS by itself, in words."""
    seen = ((record.crashes, "crash", "crashes"), (record.restarts, "restart", "restarts"))
    words = [f"{many} {one if many == 1 else more}" for many, one, more in seen if many]
    return [*words, f"{wording.count(record.failed, 'frame')} failed"] if record.failed else words


def _judge_growth(record: SoakRecord) -> _Growth:
    """The last third against the first, by Welch's t over block medians."""
    nothing = Interval(None, None)
    times, sizes_mb = record.memory_s, record.memory_bytes / wording.MB
    begin = WARM_UP_SHARE * record.measured_s
    third = (record.measured_s - begin) / 3
    first = _medians(times, sizes_mb, begin, begin + third, BLOCKS_OF_A_THIRD)
    last = _medians(times, sizes_mb, record.measured_s - third, record.measured_s, BLOCKS_OF_A_THIRD)
    allowed = ALLOWANCE_MB + ALLOWANCE_SHARE * (float(first.mean()) if first.size else 0.0)
    if not sizes_mb.size:
        return _Growth(Outcome.NOT_MEASURED, None, allowed, "MB", nothing, record.memory_missing)
    if sizes_mb.size < LEAST_SAMPLES or min(first.size, last.size) < BLOCKS_OF_A_THIRD:
        words = f"{sizes_mb.size} samples of memory, not spread over the run: at least {LEAST_SAMPLES} are needed"
        return _Growth(Outcome.INCONCLUSIVE, None, allowed, "MB", nothing, words)
    value, bounds = float(last.mean() - first.mean()), _welch(first, last)
    outcome = judge_interval(value, bounds.lower, bounds.upper, allowed, "<=")
    rule = (
        f"from the first to the last third of {wording.duration(3 * third)} after warm-up, allowed "
        f"{100 * ALLOWANCE_SHARE:g} % of {float(first.mean()):.1f} MB + {ALLOWANCE_MB:g} MB = {allowed:.1f} MB"
    )
    text = f"memory changed by {value:+.2f} MB ({_span(bounds)}) {rule}; a slope can be judged from 8 h on only"
    return _Growth(outcome, value, allowed, "MB", bounds, text)


def _judge_slope(record: SoakRecord, budget_mb_h: float) -> _Growth:
    """The slope in MB/h by Theil-Sen over block medians, its bounds one-sided 95 %."""
    nothing = Interval(None, None)
    if not record.memory_bytes.size:
        return _Growth(Outcome.NOT_MEASURED, None, budget_mb_h, "MB/h", nothing, record.memory_missing)
    block_h = record.measured_s / BLOCKS / 3600
    begin = record.measured_s / BLOCKS
    medians = _medians(record.memory_s, record.memory_bytes / wording.MB, begin, record.measured_s, BLOCKS - 1)
    if medians.size < BLOCKS - 1:
        words = f"memory was sampled in {medians.size} of {BLOCKS - 1} parts of the run"
        return _Growth(Outcome.INCONCLUSIVE, None, budget_mb_h, "MB/h", nothing, words)
    from scipy.stats import theilslopes

    found = theilslopes(medians, np.arange(medians.size) * block_h, alpha=2 * CONFIDENCE - 1)
    value, bounds = float(found.slope), Interval(float(found.low_slope), float(found.high_slope))
    outcome = judge_interval(value, bounds.lower, bounds.upper, budget_mb_h, "<=")
    text = (
        f"memory changes by {value:+.2f} MB/h ({_span(bounds)}), budget {budget_mb_h:g} MB/h; Theil-Sen over "
        f"{medians.size} medians of {wording.duration(begin)}, the first {wording.duration(begin)} left out"
    )
    return _Growth(outcome, value, budget_mb_h, "MB/h", bounds, text)


def _medians(times: Floats, values: Floats, begin: float, end: float, blocks: int) -> Floats:
    """Median of each block of time; blocks without a sample are left out."""
    owners = np.floor((times - begin) / (end - begin) * blocks) if end > begin else np.full(times.size, -1.0)
    parts = [values[owners == block] for block in range(blocks)]
    return np.array([np.median(part) for part in parts if part.size])


def _welch(first: Floats, last: Floats) -> Interval:
    """Bounds of mean(last) - mean(first) with unequal scatter."""
    from scipy.special import stdtrit

    scatter = [float(part.var(ddof=1)) / part.size for part in (first, last)]
    total = sum(scatter)
    value = float(last.mean() - first.mean())
    if total <= 0:
        return Interval(value, value)
    freedom = total**2 / sum(part**2 / (blocks.size - 1) for part, blocks in zip(scatter, (first, last), strict=True))
    half = float(stdtrit(freedom, CONFIDENCE)) * math.sqrt(total)
    return Interval(value - half, value + half)


def _span(bounds: Interval) -> str:
    return f"{wording.interval(*bounds, digits=3)}, 95 % confidence at each end"
