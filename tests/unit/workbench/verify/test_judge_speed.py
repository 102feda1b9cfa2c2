"""Verdicts on speed from a run's evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from projects.requirements import Requirement
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_speed
from workbench.verify.evidence import Evidence

Frames = list[tuple[int, float, float | None]]
START = {"phase": "throughput", "start": 0}


def steady(seconds: float, fps: int = 20, begin_s: float = 5.0) -> Frames:
    return [(1, begin_s + index / fps, 10_000.0) for index in range(int(seconds * fps))]


def ended(elapsed_s: float, at_s: float = 30.0) -> list[tuple[float, str, dict[str, Any]]]:
    passes = [{"name": "throughput", "elapsed_s": elapsed_s}]
    return [(4.0, "start_began", START), (at_s, "start_ended", {**START, "passes": passes})]


@pytest.fixture
def requirement(make_requirement: Callable[..., Requirement]) -> Requirement:
    return make_requirement("throughput", 19.0, "fps", duration_s=10.0)


def test_that_a_steady_stream_passes(make_evidence: Callable[..., Evidence], requirement: Requirement) -> None:
    verdict = judge_speed.throughput(requirement, make_evidence(steady(10.0), ended(10.02)))
    assert (verdict.outcome, verdict.value, verdict.samples) == (Outcome.PASS, 20.0, 10)
    assert verdict.details["duration_s"] == pytest.approx(10.02)


def test_that_a_stall_at_the_end_lowers_the_throughput(
    make_evidence: Callable[..., Evidence], requirement: Requirement
) -> None:
    frames = [*steady(7.0), (1, 12.0, None)]
    verdict = judge_speed.throughput(requirement, make_evidence(frames, ended(14.5)))
    assert verdict.outcome is not Outcome.PASS
    assert (verdict.value, verdict.samples) == (10.0, 14)
    assert "1 frame failed" in verdict.reason


def test_that_the_time_of_a_crash_counts(make_evidence: Callable[..., Evidence], requirement: Requirement) -> None:
    frames = [*steady(4.0), *[(1, 15.0 + index / 20, 10_000.0) for index in range(200)]]
    again = {"phase": "throughput", "start": 1}
    events = [
        (4.0, "start_began", START),
        (12.0, "start_began", again),
        (25.2, "start_ended", {**again, "passes": [{"elapsed_s": 10.0}]}),
        (25.5, "phase_ended", {"phase": "throughput", "state": "done"}),
    ]
    verdict = judge_speed.throughput(requirement, make_evidence(frames, events))
    assert (verdict.samples, verdict.details["slowest_second"]) == (20, 0.0)
    assert verdict.outcome is not Outcome.PASS


def test_that_a_run_that_was_cut_short_is_judged_by_what_it_measured(
    make_evidence: Callable[..., Evidence], requirement: Requirement
) -> None:
    verdict = judge_speed.throughput(requirement, make_evidence(steady(6.0), [(4.0, "start_began", START)]))
    assert verdict.samples == 5
    assert verdict.details["shortened"] == 1


@pytest.mark.parametrize("passes", [None, "x", [], [{}], [{"elapsed_s": "long"}], [{"elapsed_s": 3.0}, {}]])
def test_that_a_board_that_tells_no_time_is_judged_by_its_frames(
    make_evidence: Callable[..., Evidence], requirement: Requirement, passes: object
) -> None:
    events = [(4.0, "start_began", START), (30.0, "start_ended", {**START, "passes": passes})]
    assert judge_speed.throughput(requirement, make_evidence(steady(8.0), events)).samples == 7


def test_that_a_phase_without_frames_is_not_measured(
    make_evidence: Callable[..., Evidence], requirement: Requirement
) -> None:
    verdict = judge_speed.throughput(requirement, make_evidence([(0, 1.0, 10.0)]))
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert verdict.reason == "the run ended before the phase throughput did"
