"""Continuous operation: crashes, shortening, and memory that grows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from projects.derive import checks
from workbench.evaluate import continuous, wording
from workbench.evaluate.continuous import SoakRecord, judge_continuous
from workbench.evaluate.verdict import Outcome, Verdict


def short(growth_mb: float = 0.0, seconds: float = 60.0, seed: int = 0) -> SoakRecord:
    rng = np.random.default_rng(seed)
    times = np.arange(0, seconds, 0.1)
    warm = -30 * np.exp(-times / 2)
    sizes = 126 + warm + growth_mb * times / seconds + 0.2 * rng.normal(size=times.size)
    return SoakRecord(requested_s=seconds, measured_s=seconds, completed=1800, memory_s=times, memory_bytes=sizes * 1e6)


def long(slope_mb_h: float, seed: int, hours: float = 24.0) -> SoakRecord:
    rng = np.random.default_rng(seed)
    times = np.arange(0, hours * 3600, 60.0)
    noise = lfilter([3 * np.sqrt(1 - 0.95**2)], [1, -0.95], rng.normal(size=times.size + 200))[200:]
    saw = 5 * ((times / 3600) % 1)
    sizes = 200 + noise + saw + slope_mb_h * times / 3600 - 20 * np.exp(-times / 1800)
    return SoakRecord(
        requested_s=hours * 3600, measured_s=hours * 3600, completed=10**6, memory_s=times, memory_bytes=sizes * 1e6
    )


def test_that_a_minute_without_growth_passes_and_prints_its_rule() -> None:
    verdict = judge_continuous(short())
    assert (verdict.outcome, verdict.unit) == (Outcome.PASS, "MB")
    assert "allowed 2 % of 125.8 MB + 4 MB = 6.5 MB" in verdict.reason
    assert "from 8 h on only" in verdict.reason


def test_that_growth_beyond_the_allowance_fails_and_near_it_is_inconclusive() -> None:
    assert judge_continuous(short(40.0)).outcome is Outcome.FAIL
    assert judge_continuous(short(11.0)).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(("slope", "outcome"), [(0.0, Outcome.PASS), (2.0, Outcome.FAIL)])
def test_that_a_day_is_judged_by_its_slope(slope: float, outcome: Outcome) -> None:
    verdict = judge_continuous(long(slope, 1))
    assert (verdict.outcome, verdict.unit, verdict.limit) == (outcome, "MB/h", 1.0)
    assert "11 medians of 2 h" in verdict.reason


def test_that_a_leak_at_the_budget_passes_in_about_five_percent() -> None:
    outcomes = [judge_continuous(long(1.0, seed)).outcome for seed in range(100)]
    assert outcomes.count(Outcome.PASS) <= 10
    half = [judge_continuous(long(0.5, seed)).outcome for seed in range(40)]
    assert half.count(Outcome.PASS) >= 38


def test_that_a_shortened_run_is_not_measured_and_has_no_value() -> None:
    verdict = judge_continuous(replace(short(), requested_s=86400.0))
    assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None)
    assert verdict.reason.startswith("shortened")
    assert "60 s of 24 h" in verdict.reason


@pytest.mark.parametrize(
    "broken", [replace(short(), crashes=2), replace(short(), restarts=2), replace(short(), failed=2)]
)
def test_that_a_crash_a_restart_or_a_failed_frame_fails_even_if_shortened(broken: SoakRecord) -> None:
    for requested in (60.0, 86400.0):
        verdict = judge_continuous(replace(broken, requested_s=requested))
        assert verdict.outcome is Outcome.FAIL
        assert verdict.reason.startswith("2 ")
        assert Verdict.from_json(verdict.to_json()) == verdict


def test_that_memory_that_was_not_sampled_is_not_measured() -> None:
    for seconds in (60.0, 86400.0):
        record = SoakRecord(requested_s=seconds, measured_s=seconds, completed=5, memory_missing="no /proc here")
        verdict = judge_continuous(record)
        assert verdict.outcome is Outcome.NOT_MEASURED
        assert "no /proc here" in verdict.reason


def test_that_memory_that_stops_being_sampled_is_inconclusive() -> None:
    for record in (short(), long(0.0, 1)):
        kept = record.memory_s < record.measured_s * 0.7
        cut = replace(record, memory_s=record.memory_s[kept], memory_bytes=record.memory_bytes[kept])
        assert judge_continuous(cut).outcome is Outcome.INCONCLUSIVE


def test_that_no_frame_answered_is_not_measured() -> None:
    assert judge_continuous(replace(short(), completed=0)).outcome is Outcome.NOT_MEASURED


def test_that_constant_memory_passes() -> None:
    record = short()
    assert judge_continuous(replace(record, memory_bytes=np.full(record.memory_s.size, 1e8))).outcome is Outcome.PASS


def test_that_the_criterion_names_the_figures_that_are_judged_by() -> None:
    assert checks.SLOPE_FROM_S == continuous.SLOPE_FROM_S
    assert checks.ALLOWED_SHARE == continuous.ALLOWANCE_SHARE
    assert checks.ALLOWED_BYTES == continuous.ALLOWANCE_MB * wording.MB
    assert checks.GROWTH_PER_HOUR_BYTES == continuous.BUDGET_MB_H * wording.MB
