"""Measuring until a percentile is decided, start by start, without the false passes of repeated looks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.base.errors import UsageError
from workbench.evaluate import intervals, wording
from workbench.evaluate.intervals import Floats
from workbench.evaluate.latency import share_of
from workbench.evaluate.verdict import Outcome, Verdict, judge_interval, not_measured

THRESHOLD = 20.0  # Ville's inequality: a fair bet grows twentyfold with a chance of at most 5 %
GRID = 60
MOST_STARTS = 5000  # more take days
LEAST_STARTS = 10  # fewer say too little about what changes with a restart: false passes beyond 10 % in simulation


def log_evidence(late: ArrayLike, samples: ArrayLike, rate: float, inflation: float, *, below: bool) -> Floats:
    """Logarithm of the mixture martingale against "the rate of late frames is on the other side of `rate`".

    The likelihood ratio of each of 60 alternatives to `rate`, raised to 1 / v (the thinning), averaged. It is at most a
    fair bet while the hypothesis is true, at whatever moment one looks.

    Args:
        late: late frames so far, any shape.
        samples: frames so far, same shape.
        rate: the allowed rate: 0.01 for p99.
        inflation: v of `intervals.exceedance_inflation`.
        below: True bets on a lower rate (PASS), False on a higher one (FAIL).
    """
    from scipy.special import logsumexp

    if below:
        grid = np.geomspace(rate / 20, rate * 0.95, GRID)
    else:
        grid = np.geomspace(rate * 1.05, min(rate * 20, 1 - (1 - rate) / 20), GRID)
    hits, total = np.asarray(late, dtype=np.float64)[..., None], np.asarray(samples, dtype=np.float64)[..., None]
    ratios = hits * np.log(grid / rate) + (total - hits) * np.log((1 - grid) / (1 - rate))
    evidence: Floats = logsumexp(ratios / inflation, axis=-1) - math.log(GRID)
    return evidence


def inflation_over_starts(starts: Sequence[Floats], limit_us: float) -> float:
    """The inflation v: the larger of what is seen within starts and what the scatter of starts shows.

    Looking after each start must not be fooled by starts that happen to agree: with the inflation of a fixed number of
    starts, repeated looks pass wrongly in 11 % where a restart shifts latencies by a third of their scatter; with this
    one in at most 1 % (300 simulated measurements each).
    """
    tail = float(np.quantile(np.concatenate(starts), 0.95))
    late = [[(start > level).astype(np.float64) for start in starts] for level in (limit_us, tail)]
    within = max(intervals.variance_inflation([start - start.mean() for start in level]) for level in late)
    return max(within, *(_between(level) for level in late)) if len(starts) > 1 else within


def _between(starts: Sequence[Floats]) -> float:
    """The inflation as the scatter of the means of starts shows it: 1 where starts differ as independent frames do."""
    values = np.concatenate(starts)
    mean, scatter = float(values.mean()), float(values.var())
    squares = sum(start.size * (float(start.mean()) - mean) ** 2 for start in starts)
    return squares / (len(starts) - 1) / scatter if scatter else 1.0


def starts_to_decide(starts: Sequence[Floats], percentile: str, limit_us: float) -> int | None:
    """How many cold starts in all would decide a percentile, if they went on like those so far.

    Args:
        starts: latencies of each start so far, in microseconds.
        percentile: such as "p99".
        limit_us: the limit in microseconds.

    Returns:
        At least `LEAST_STARTS`; None where nothing was measured, or no number that can be had would decide.

    Raises:
        UsageError: mean and maximum cannot be decided this way.
    """
    share = share_of(percentile)
    if share is None:
        raise UsageError(f"{percentile} cannot be measured until it is decided", "Only percentiles can.")
    seen = [start for start in starts if start.size]
    if not seen:
        return None
    rate, values = round(1 - share, 9), np.concatenate(seen)
    late, inflation = float((values > limit_us).mean()), inflation_over_starts(seen, limit_us)
    counts = np.arange(LEAST_STARTS, MOST_STARTS + 1)
    samples = counts * (values.size / len(seen))
    enough = log_evidence(late * samples, samples, rate, inflation, below=late < rate) >= math.log(THRESHOLD)
    over_starts = intervals.starts_needed(np.array([np.quantile(start, share) for start in seen]), limit_us)
    if not enough.any() or (over_starts is None and len(seen) > 1):
        return None
    needed = max(int(counts[enough.argmax()]), over_starts or 0)
    return needed if needed <= MOST_STARTS else None


class SequentialExceedance:
    """Adds cold starts until "at most so many frames are later than the limit" is shown or refuted.

    The unit is a start: evidence is looked at once after each, never in between. Once decided it stays decided. One
    thread at a time.

    Args:
        percentile: such as "p99".
        limit_us: the limit in microseconds.

    Raises:
        UsageError: mean and maximum cannot be decided this way.
    """

    def __init__(self, percentile: str, limit_us: float) -> None:
        share = share_of(percentile)
        if share is None:
            raise UsageError(
                f"{percentile} cannot be measured until it is decided", "Only percentiles can; give the iterations."
            )
        self._percentile = percentile
        self._limit_us = limit_us
        self._rate = round(1 - share, 9)
        self._starts: list[Floats] = []
        self._decided = Outcome.INCONCLUSIVE
        self._evidence = 0.0, 0.0

    def add(self, latency_us: ArrayLike) -> Outcome:
        """Add the latencies [n] of one more start, warm-up left out, and look once.

        Returns:
            PASS or FAIL once decided, until then INCONCLUSIVE.

        Raises:
            ValueError: the latencies are no finite numbers.
        """
        start = np.asarray(latency_us, dtype=np.float64).reshape(-1)
        if not np.isfinite(start).all():
            raise ValueError("latencies must be finite numbers")
        if start.size:
            self._starts.append(start)
        if self._decided is Outcome.INCONCLUSIVE and len(self._starts) >= LEAST_STARTS:
            self._look()
        return self._decided

    @property
    def decision(self) -> Outcome:
        """PASS, FAIL, or INCONCLUSIVE while undecided."""
        return self._decided

    def verdict(self) -> Verdict:
        """What the evidence so far comes to, in milliseconds."""
        limit_ms = self._limit_us / 1e3
        if not self._starts:
            return not_measured("no latency was measured", limit=limit_ms, relation="<=", unit="ms")
        values = np.concatenate(self._starts)
        late = int((values > self._limit_us).sum())
        inflation = inflation_over_starts(self._starts, self._limit_us)
        value = float(np.quantile(values, 1 - self._rate))
        undecided = self._decided is Outcome.INCONCLUSIVE
        needed = self._needed(late, values.size, inflation) if undecided else None
        return Verdict(
            outcome=self._decided,
            value=value / 1e3,
            limit=limit_ms,
            relation="<=",
            unit="ms",
            samples=values.size,
            effective_samples=values.size / inflation,
            needed=needed,
            reason=self._reason(value, late, values.size, inflation),
            details={
                "late": late,
                "starts": len(self._starts),
                "restarts_covered": int(len(self._starts) > 1),
                "inflation": inflation,
                "evidence_pass": math.exp(min(self._evidence[0], 700.0)),
                "evidence_fail": math.exp(min(self._evidence[1], 700.0)),
                "evidence_threshold": THRESHOLD,
                "rule": "mixture martingale over cold starts",
            },
        )

    def _look(self) -> None:
        values = np.concatenate(self._starts)
        late = int((values > self._limit_us).sum())
        inflation = inflation_over_starts(self._starts, self._limit_us)
        bets = [log_evidence(late, values.size, self._rate, inflation, below=below) for below in (True, False)]
        self._evidence = float(bets[0]), float(bets[1])
        over_starts = self._judge_over_starts()
        for outcome, evidence in zip((Outcome.PASS, Outcome.FAIL), self._evidence, strict=True):
            if evidence >= math.log(THRESHOLD) and over_starts is outcome:
                self._decided = outcome

    def _judge_over_starts(self) -> Outcome:
        """Student's t over the percentile of each start, as in the rule for a fixed number of starts."""
        figures = np.array([np.quantile(start, 1 - self._rate) for start in self._starts])
        return judge_interval(float(figures.mean()), *intervals.t_interval(figures), self._limit_us, "<=")

    def _needed(self, late: int, samples: int, inflation: float) -> int | None:
        """How many samples would decide; never fewer than the starts that the rule asks for have."""
        least = math.ceil(samples / len(self._starts) * LEAST_STARTS)
        needed = intervals.samples_needed(late, samples, self._rate, inflation)
        return None if needed is None else max(needed, least, samples + 1)

    def _reason(self, value_us: float, late: int, samples: int, inflation: float) -> str:
        allowed = wording.percent(self._rate)
        said = {
            Outcome.PASS: f"shown that at most {allowed} of frames are late",
            Outcome.FAIL: f"shown that more than {allowed} of frames are late",
        }.get(self._decided, f"not decided yet whether at most {allowed} of frames are late")
        evidence = max(self._evidence)
        figures = f"{late} of {samples} late, effective {samples / inflation:.0f}, over {len(self._starts)} starts"
        strength = f"evidence {wording.number(math.exp(min(evidence, 700.0)), 3)} of {THRESHOLD:.0f} needed"
        if len(self._starts) < LEAST_STARTS:
            strength = f"nothing is decided before {LEAST_STARTS} starts, so measure on"
        name = f"{self._percentile} {wording.amount(value_us / 1e3, 'ms')}, limit {self._limit_us / 1e3:g} ms"
        return f"{name}: {said} (5 % risk at whatever moment the measuring ends); {figures}; {strength}"
