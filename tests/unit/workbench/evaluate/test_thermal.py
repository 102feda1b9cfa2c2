"""Temperature: a ceiling, no sensor, too little, still rising, and failures under load."""

from __future__ import annotations

import numpy as np

from workbench.evaluate.thermal import judge_temperature
from workbench.evaluate.verdict import Outcome


def test_that_the_hottest_sample_is_judged() -> None:
    samples = np.append(np.full(50, 60.0), 79.0)
    verdict = judge_temperature(samples, 80.0, sensor="gpu", throttled=True)
    assert (verdict.outcome, verdict.value, verdict.unit) == (Outcome.PASS, 79.0, "°C")
    assert "(gpu)" in verdict.reason
    assert "lowered its clock" in verdict.reason
    assert judge_temperature(np.append(samples, 80.1), 80.0).outcome is Outcome.FAIL
    assert judge_temperature([81.0], 80.0).outcome is Outcome.FAIL


def test_that_no_sensor_is_not_measured_with_its_reason() -> None:
    nothing: list[float] | None
    for nothing in (None, []):
        verdict = judge_temperature(nothing, 80.0, missing="no thermal zone")
        assert (verdict.outcome, verdict.value, verdict.reason) == (Outcome.NOT_MEASURED, None, "no thermal zone")


def test_that_failed_frames_fail_with_and_without_a_sensor() -> None:
    assert judge_temperature(np.full(50, 60.0), 80.0, failed=1).outcome is Outcome.FAIL
    verdict = judge_temperature(None, 80.0, failed=2)
    assert (verdict.outcome, verdict.details["failed"]) == (Outcome.FAIL, 2)
    assert "2 frames failed under load" in verdict.reason


def test_that_few_samples_are_inconclusive() -> None:
    verdict = judge_temperature(np.full(9, 60.0), 80.0)
    assert (verdict.outcome, verdict.needed) == (Outcome.INCONCLUSIVE, 10)


def test_that_a_temperature_that_would_cross_the_limit_is_inconclusive() -> None:
    assert judge_temperature(np.linspace(40, 78, 60), 80.0).outcome is Outcome.INCONCLUSIVE
    assert judge_temperature(np.linspace(40, 60, 60), 80.0).outcome is Outcome.PASS


def test_that_readings_without_sense_are_left_out_and_counted() -> None:
    samples = np.append(np.full(20, 50.0), [np.nan, 1e9, -273.0])
    verdict = judge_temperature(samples, 80.0)
    assert (verdict.outcome, verdict.samples, verdict.details["damaged"]) == (Outcome.PASS, 20, 3)
    assert judge_temperature([np.nan], 80.0).outcome is Outcome.NOT_MEASURED
