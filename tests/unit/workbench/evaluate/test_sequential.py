"""Measuring until decided: the risk at the limit stays within 5 % however often one looks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.evaluate import intervals
from workbench.evaluate.intervals import Floats
from workbench.evaluate.sequential import THRESHOLD, SequentialExceedance, log_evidence, starts_to_decide
from workbench.evaluate.verdict import Outcome, Verdict

RUNS, LOOKS, STEP = 400, 150, 100


def crossings(rate: float, below: bool, seed: int) -> Floats:
    """At which look (in frames) each of many experiments is decided; infinity where it is not."""
    rng = np.random.default_rng(seed)
    late = np.cumsum(rng.binomial(STEP, rate, size=(RUNS, LOOKS)), axis=1)
    samples = np.broadcast_to(STEP * np.arange(1, LOOKS + 1), late.shape)
    decided = log_evidence(late, samples, 0.01, 1.0, below=below) >= math.log(THRESHOLD)
    first: Floats = np.where(decided.any(axis=1), (decided.argmax(axis=1) + 1.0) * STEP, np.inf)
    return first


def test_that_at_the_limit_150_looks_pass_wrongly_in_at_most_five_percent() -> None:
    assert np.isfinite(crossings(0.01, below=True, seed=1)).mean() <= 0.05
    assert np.isfinite(crossings(0.01, below=False, seed=2)).mean() <= 0.05


def test_that_repeated_looks_at_clopper_pearson_would_pass_wrongly_in_far_more() -> None:
    rng = np.random.default_rng(3)
    late = np.cumsum(rng.binomial(STEP, 0.01, size=(RUNS, LOOKS)), axis=1)
    allowed = np.array([intervals.late_allowed(STEP * look, 0.01) or -1 for look in range(1, LOOKS + 1)])
    assert (late <= allowed).any(axis=1).mean() > 0.15


def test_that_what_is_clear_is_decided_soon() -> None:
    assert np.median(crossings(0.0025, below=True, seed=4)) <= 900
    assert np.median(crossings(0.005, below=True, seed=5)) <= 2600
    assert np.median(crossings(0.02, below=False, seed=6)) <= 1300


def test_that_thinning_asks_for_as_many_times_the_samples() -> None:
    once = log_evidence(2, 1000, 0.01, 1.0, below=True)
    assert log_evidence(8, 4000, 0.01, 4.0, below=True) == pytest.approx(once)
    assert log_evidence(2, 1000, 0.01, 4.0, below=True) < once


def make_start(rng: np.random.Generator, late: float) -> Floats:
    values = 10_000 + rng.normal(size=400)
    values[rng.random(400) < late] = 60_000
    return values


def measure(late: float, starts: int, seed: int = 0) -> SequentialExceedance:
    rng = np.random.default_rng(seed)
    watch = SequentialExceedance("p99", 50_000)
    for _ in range(starts):
        watch.add(make_start(rng, late))
    return watch


def test_that_starts_add_up_to_a_pass_a_failure_or_nothing_yet() -> None:
    for late, starts, outcome in ((0.0, 12, "PASS"), (0.06, 12, "FAIL"), (0.0, 9, "INCONCLUSIVE")):
        watch = measure(late, starts)
        verdict = watch.verdict()
        assert watch.decision.value == verdict.outcome.value == outcome
        assert verdict.details["starts"] == starts
        assert Verdict.from_json(verdict.to_json()) == verdict


def test_that_at_the_limit_nothing_is_decided_and_more_is_asked_for() -> None:
    verdict = measure(0.008, 12).verdict()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.needed is not None
    assert verdict.needed > 4800
    assert "not decided yet" in verdict.reason


def test_that_a_decision_stays() -> None:
    watch = measure(0.0, 12)
    rng = np.random.default_rng(9)
    for _ in range(4):
        assert watch.add(make_start(rng, 0.5)) is Outcome.PASS


def test_that_differences_between_starts_hold_a_pass_back() -> None:
    rng = np.random.default_rng(1)
    spread, gathered = SequentialExceedance("p99", 50_000), SequentialExceedance("p99", 50_000)
    for number in range(12):
        for watch, late in ((spread, 2), (gathered, 24 if number == 3 else 0)):
            start = 10_000 + (np.arange(400) % 7).astype(np.float64)
            start[rng.choice(400, late, replace=False)] = 60_000
            watch.add(start)
    assert spread.decision is Outcome.PASS
    assert gathered.decision is Outcome.INCONCLUSIVE


def test_that_no_start_is_not_measured_and_damaged_ones_are_refused() -> None:
    watch = SequentialExceedance("p99", 50_000)
    assert watch.verdict().outcome is Outcome.NOT_MEASURED
    with pytest.raises(ValueError, match="finite"):
        watch.add([1.0, float("nan")])


@pytest.mark.parametrize("statistic", ["mean", "max"])
def test_that_only_percentiles_can_be_measured_until_decided(statistic: str) -> None:
    with pytest.raises(UsageError, match="until it is decided"):
        SequentialExceedance(statistic, 50_000)


def test_that_too_few_starts_say_how_many_the_rule_asks_for() -> None:
    sequential = SequentialExceedance("p99", 50_000)
    for _ in range(4):
        sequential.add(10_000 + np.arange(100, dtype=np.float64))
    verdict = sequential.verdict()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "nothing is decided before 10 starts" in verdict.reason
    assert verdict.needed is not None
    assert verdict.needed >= 1000


def test_that_the_starts_that_would_decide_do_decide() -> None:
    random = np.random.default_rng(3)
    seen = [random.gamma(30, 100, 40) for _ in range(10)]
    needed = starts_to_decide(seen, "p99", 4900.0)
    assert needed is not None
    assert needed > 10
    decision = SequentialExceedance("p99", 4900.0)
    outcomes = [decision.add(random.gamma(30, 100, 40)) for _ in range(2 * needed)]
    assert outcomes[9] is Outcome.INCONCLUSIVE
    assert outcomes[-1] is Outcome.PASS


def test_that_where_the_limit_lies_on_the_percentile_no_number_of_starts_would_decide() -> None:
    seen = [np.concatenate([np.full(99, 1000.0), [2000.0]]) for _ in range(10)]
    assert starts_to_decide(seen, "p99", 1500.0) is None
    assert starts_to_decide([], "p99", 1500.0) is None


def test_that_starts_that_would_decide_are_of_percentiles_alone() -> None:
    with pytest.raises(UsageError, match="cannot be measured until it is decided"):
        starts_to_decide([np.ones(5)], "mean", 10.0)
