"""How long a run takes at least, and which share of it a phase is."""

from __future__ import annotations

import pytest

from workbench.verify.run_plan import least_seconds
from workbench.verify.watcher import expected_seconds

PASSES = [
    {"name": "back_to_back", "iterations": 1000, "rate_hz": None},
    {"name": "paced", "iterations": 600, "rate_hz": 30},
]


def test_that_durations_and_paced_frames_are_what_a_run_takes_at_least() -> None:
    assert least_seconds({"kind": "continuous", "duration_s": 86_400.0}) == 86_400
    assert least_seconds({"kind": "latency", "starts": 10, "passes": PASSES}) == pytest.approx(200)
    assert least_seconds({"kind": "validation"}) == 0


def test_that_a_day_long_phase_outweighs_all_others() -> None:
    short = expected_seconds({"kind": "latency", "starts": 10, "passes": PASSES})
    assert expected_seconds({"kind": "continuous", "duration_s": 86_400.0}) > 100 * short
