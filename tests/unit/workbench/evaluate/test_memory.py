"""Peak and steady memory, and the ceilings of the allocation."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate import memory, resources
from workbench.evaluate.verdict import Outcome


def test_that_a_peak_is_judged_by_its_largest_start_in_both_units() -> None:
    verdict = memory.judge_peak([120e6, 126e6, 118e6], 128e6)
    assert (verdict.outcome, verdict.value, verdict.limit, verdict.unit) == (Outcome.PASS, 126.0, 128.0, "MB")
    assert "limit 128.0 MB (122.1 MiB)" in verdict.reason
    assert memory.judge_peak([120e6, 129e6], 128e6).outcome is Outcome.FAIL


def test_that_steady_memory_is_the_median_of_the_last_half() -> None:
    sizes = np.concatenate([np.full(50, 300e6), np.full(49, 60e6), [500e6]])
    assert memory.steady_bytes(sizes) == 60e6
    assert memory.steady_bytes([]) is None
    assert memory.judge_steady([60e6, memory.steady_bytes([])], 64e6).outcome is Outcome.INCONCLUSIVE
    assert memory.judge_steady([60e6, 61e6], 64e6).outcome is Outcome.PASS


def test_that_memory_that_nobody_reported_is_not_measured() -> None:
    assert memory.judge_peak([None], 128e6, "no /proc here").reason == "no /proc here"
    assert memory.judge_steady([], 64e6).outcome is Outcome.NOT_MEASURED
    assert resources.judge_gpu_memory([None], 512e6).outcome is Outcome.NOT_MEASURED


def test_that_the_allocation_of_memory_is_a_ceiling() -> None:
    assert resources.judge_system_memory([127e6], 128e6).outcome is Outcome.PASS
    assert resources.judge_system_memory([129e6], 128e6).outcome is Outcome.FAIL
    assert resources.judge_gpu_memory([400e6], 512e6).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("used", "busy", "outcome"),
    [
        (2, None, Outcome.PASS),
        (2, 1.9, Outcome.PASS),
        (3, None, Outcome.FAIL),
        (2, 3.5, Outcome.FAIL),
        (None, 1.0, Outcome.NOT_MEASURED),
    ],
)
def test_that_threads_are_counted_and_cross_checked(used: int | None, busy: float | None, outcome: Outcome) -> None:
    assert resources.judge_threads(used, 2, busy).outcome is outcome
