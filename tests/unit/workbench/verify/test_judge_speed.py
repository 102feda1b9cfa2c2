"""Verdicts on speed from a run's evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from projects.requirements import Requirement
from workbench.evaluate.verdict import Outcome
from workbench.verify import judge_speed
from workbench.verify.evidence import Evidence
from workbench.verify.judge import judge

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


LATENCY = [
    {
        "id": "latency",
        "kind": "latency",
        "starts": 3,
        "passes": [{"name": "back_to_back", "iterations": 400}, {"name": "paced", "iterations": 400}],
    }
]


def measured(back_to_back_us: float, paced_us: float, starts: int = 3, frames: int = 400) -> list[Any]:
    """Latencies that scatter a little, the same in every start."""
    return [
        (0, 10.0 * start + 5 * number + index * 0.01, level * (1 + 0.01 * ((index * 7) % 10)), start, number)
        for start in range(starts)
        for number, level in enumerate((back_to_back_us, paced_us))
        for index in range(frames)
    ]


@pytest.fixture
def latency(make_requirement: Callable[..., Requirement]) -> Callable[..., Requirement]:
    def make(**changes: object) -> Requirement:
        parameters = {"statistic": "p95", "span": "frame", "pacing": "worse", **changes}
        return make_requirement("latency", 0.05, "s", **parameters)

    return make


@pytest.mark.parametrize(
    ("levels", "pacing", "outcome"),
    [
        ((20_000, 20_000), "worse", Outcome.PASS),
        ((20_000, 60_000), "worse", Outcome.FAIL),
        ((20_000, 60_000), "back_to_back", Outcome.PASS),
        ((60_000, 20_000), "paced", Outcome.PASS),
    ],
)
def test_that_the_worse_pass_is_judged_unless_one_is_named(
    make_evidence: Callable[..., Evidence],
    latency: Callable[..., Requirement],
    levels: tuple[float, float],
    pacing: str,
    outcome: Outcome,
) -> None:
    verdict = judge_speed.latency(latency(pacing=pacing), make_evidence(measured(*levels), phases=LATENCY))
    assert (verdict.outcome, verdict.unit) == (outcome, "ms"), verdict.reason


def test_that_the_span_of_the_engine_leaves_out_everything_else(
    make_evidence: Callable[..., Evidence], latency: Callable[..., Requirement]
) -> None:
    frames = measured(60_000, 60_000)
    evidence = make_evidence(
        frames, phases=LATENCY, columns={"execute_us": [20_000 + index % 7 for index in range(2400)]}
    )
    assert judge_speed.latency(latency(span="engine"), evidence).outcome is Outcome.PASS
    assert judge_speed.latency(latency(), evidence).outcome is Outcome.FAIL


def test_that_a_phase_that_was_cut_short_does_not_pass(
    make_evidence: Callable[..., Evidence], latency: Callable[..., Requirement]
) -> None:
    evidence = make_evidence(measured(20_000, 20_000, starts=2), phases=LATENCY)
    verdict = judge_speed.latency(latency(), evidence)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "only 800 of 1200 samples" in verdict.reason


def test_that_latency_that_was_not_measured_says_why(
    make_evidence: Callable[..., Evidence],
    latency: Callable[..., Requirement],
    make_requirement: Callable[..., Requirement],
) -> None:
    ended = {"phase": "latency", "state": "failed", "text": "the engine is refused"}
    evidence = make_evidence([], [(1.0, "phase_ended", ended)], phases=LATENCY)
    stage = make_requirement("stage_time", 0.01, "s", stage="execute", statistic="p50")
    frame, execute = judge_speed.latency(latency(), evidence), judge_speed.stage_time(stage, evidence)
    for verdict, limit_ms in ((frame, 50.0), (execute, 10.0)):
        assert (verdict.outcome, verdict.value, verdict.limit) == (Outcome.NOT_MEASURED, None, limit_ms)
        assert verdict.reason == "the phase latency ended as failed: the engine is refused"


def test_that_one_stage_is_judged_by_its_own_times(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    stage = make_requirement("stage_time", 0.001, "s", stage="copy_in", statistic="p50")
    times = [500.0 + index % 5 for index in range(2400)]
    evidence = make_evidence(measured(60_000, 60_000), phases=LATENCY, columns={"copy_in_us": times})
    verdict = judge_speed.stage_time(stage, evidence)
    assert verdict.outcome is Outcome.PASS
    assert verdict.value == pytest.approx(0.502)
    assert verdict.reason.startswith("copy in p50")


def test_that_damaged_latencies_are_not_measured(
    make_evidence: Callable[..., Evidence], latency: Callable[..., Requirement]
) -> None:
    frames = measured(20_000, 20_000)
    frames[5] = (*frames[5][:2], float("inf"), *frames[5][3:])
    for until_decided in (False, True):
        verdict = judge_speed.latency(latency(), make_evidence(frames, phases=LATENCY, until_decided=until_decided))
        assert verdict.outcome is Outcome.NOT_MEASURED
        assert "the samples are damaged" in verdict.reason


def test_that_measuring_until_decided_never_passes_over_failed_frames(
    make_evidence: Callable[..., Evidence], latency: Callable[..., Requirement]
) -> None:
    phases = [{**LATENCY[0], "until_told": True}]
    frames = measured(20_000, 20_000, starts=12)
    whole = judge_speed.latency(latency(), make_evidence(frames, phases=phases, until_decided=True))
    assert whole.outcome is Outcome.PASS
    frames.append((0, 500.0, None, 11, 0))
    verdict = judge_speed.latency(latency(), make_evidence(frames, phases=phases, until_decided=True))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "1 frame failed" in verdict.reason


def test_that_times_of_single_frames_show_nothing_of_several_in_flight_unless_they_are_late_already(
    make_evidence: Callable[..., Evidence], latency: Callable[..., Requirement], requirement: Requirement
) -> None:
    for level, outcome in ((20_000, Outcome.INCONCLUSIVE), (60_000, Outcome.FAIL)):
        evidence = make_evidence(measured(level, level), phases=LATENCY, streams=4)
        verdict = judge_speed.latency(latency(), evidence)
        assert verdict.outcome is outcome
        assert "one frame in flight, where the documents ask for 4" in verdict.reason
    throughput = judge_speed.throughput(requirement, make_evidence(steady(10.0), ended(10.02), streams=4))
    assert throughput.outcome is Outcome.PASS


@pytest.mark.parametrize("elapsed_s", [1e12, float("1e300")])
def test_that_a_time_that_no_run_has_is_not_measured(
    make_evidence: Callable[..., Evidence], requirement: Requirement, elapsed_s: float
) -> None:
    events = [*ended(elapsed_s), (1e9, "phase_ended", {"phase": "throughput", "state": "done"})]
    verdict = judge(requirement, make_evidence(steady(10.0), events))
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "which cannot be" in verdict.reason


def starting(starts: int, load_s: float) -> list[tuple[float, str, dict[str, Any]]]:
    return [
        (10.0 * start + at_s, kind, {"phase": "latency", "start": start})
        for start in range(starts)
        for at_s, kind in ((0.0, "start_began"), (load_s, "start_loaded"))
    ]


@pytest.mark.parametrize(("load_s", "outcome"), [(1.0, Outcome.PASS), (3.0, Outcome.FAIL)])
def test_that_loading_is_from_the_start_of_the_process_to_the_loaded_engine(
    make_evidence: Callable[..., Evidence],
    make_requirement: Callable[..., Requirement],
    load_s: float,
    outcome: Outcome,
) -> None:
    evidence = make_evidence([], starting(3, load_s), phases=LATENCY)
    verdict = judge_speed.load_time(make_requirement("load_time", 2.0, "s"), evidence)
    assert (verdict.outcome, verdict.value, verdict.unit) == (outcome, load_s * 1e3, "ms")


def test_that_a_start_that_never_loaded_or_loaded_before_it_began_does_not_pass(
    make_evidence: Callable[..., Evidence], make_requirement: Callable[..., Requirement]
) -> None:
    requirement = make_requirement("load_time", 2.0, "s")
    for events in (starting(2, 1.0), [*starting(3, 1.0)[:-1], (5.0, "start_loaded", {"phase": "latency", "start": 2})]):
        verdict = judge_speed.load_time(requirement, make_evidence([], events, phases=LATENCY))
        assert verdict.outcome is Outcome.INCONCLUSIVE
        assert "1 start gave no value" in verdict.reason
    nothing = judge_speed.load_time(requirement, make_evidence([], phases=LATENCY))
    assert nothing.outcome is Outcome.NOT_MEASURED
