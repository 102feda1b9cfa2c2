"""Verdicts on what the engine takes, from a run's evidence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.facts import BoardFacts
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_cost
from workbench.verify.evidence import Evidence

FRAMES = [(1, 5.0, 10.0), (1, 15.0, 10.0)]


def test_that_mean_power_is_judged_over_its_correlated_samples(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    samples = list(7.0 + 0.2 * np.sin(np.arange(100) / 5))
    verdict = judge_cost.power(
        make_requirement("power", 8.0, "W", statistic="mean"), make_evidence(FRAMES, power_w=samples)
    )
    assert (verdict.outcome, verdict.samples, verdict.unit) == (Outcome.PASS, 100, "W")
    assert verdict.effective_samples is not None
    assert verdict.effective_samples < 50
    assert verdict.upper == pytest.approx(7.0, abs=0.3)


def test_that_peak_power_is_the_largest_sample(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    requirement = make_requirement("power", 8.0, "W", statistic="max")
    verdict = judge_cost.power(requirement, make_evidence(FRAMES, power_w=[7.0, 8.5, 7.0]))
    assert (verdict.outcome, verdict.value) == (Outcome.FAIL, 8.5)
    assert "the largest of 3 samples" in verdict.reason


@pytest.mark.parametrize("statistic", ["mean", "max"])
def test_that_a_board_without_power_is_not_measured_and_says_why(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement], statistic: str
) -> None:
    board = BoardFacts(power_reason="no sensor of power is readable")
    requirement = make_requirement("power", 8.0, "W", statistic=statistic)
    verdict = judge_cost.power(requirement, make_evidence(FRAMES, board=board))
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_MEASURED, "no sensor of power is readable")
