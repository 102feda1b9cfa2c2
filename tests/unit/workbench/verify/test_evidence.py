"""What a run left behind, also where the board told nonsense of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.base.errors import SlipwayError
from workbench.verify.evidence import Evidence
from workbench.verify.told import count_of, number_of, start_of, texts_of

Make = Callable[..., Evidence]
TIMED = [{"id": "throughput", "kind": "throughput", "duration_s": 10.0}]


def test_that_events_of_starts_are_ordered_and_those_of_no_start_left_out(make_evidence: Make) -> None:
    numbers: list[Any] = [2, 0, None, -1, "1", True, 10**9, 1.0]
    events = [(1.0, "start_ended", {"phase": "latency", "start": number}) for number in numbers]
    events.append((1.0, "start_ended", {"phase": "throughput", "start": 5}))
    assert list(make_evidence([], events).of_starts("start_ended", "latency")) == [0, 2]


@pytest.mark.parametrize(("phases", "short"), [({"starts": 3}, 2), ({"starts": 3, "until_told": True}, 0), ({}, 0)])
def test_that_starts_that_did_not_end_whole_are_missing(
    make_evidence: Make, phases: dict[str, Any], short: int
) -> None:
    plan = [{"id": "latency", "kind": "latency", "passes": [], **phases}]
    events = [
        (1.0, "start_ended", {"phase": "latency", "start": 0, "complete": True}),
        (2.0, "start_ended", {"phase": "latency", "start": 1, "complete": False}),
        (3.0, "start_ended", {"phase": "latency", "start": 2, "complete": "yes"}),
    ]
    assert make_evidence([], events, phases=plan).starts_short("latency") == short


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (None, "the run ended before the phase throughput did"),
        ({"state": "failed", "text": "no memory"}, "the phase throughput ended as failed: no memory"),
        ({"state": "done"}, "the phase throughput gave no figures (done)"),
        ({"state": None, "text": None}, "the phase throughput gave no figures ()"),
    ],
)
def test_that_the_reason_for_no_figures_is_the_boards(
    make_evidence: Make, event: dict[str, Any] | None, text: str
) -> None:
    events = [] if event is None else [(1.0, "phase_ended", {"phase": "throughput", **event})]
    evidence = make_evidence([], events, phases=TIMED)
    assert evidence.why_not("throughput") == text
    assert evidence.is_whole("throughput") is (event is not None and event["state"] == "done")
    assert evidence.why_not("latency") == "the phase latency was not part of this run"


def test_that_telemetry_is_cut_to_its_span_and_what_is_not_measured_left_out(make_evidence: Make) -> None:
    frames = [(0, 10.0, 1.0), (0, 20.0, 1.0)]
    values = [1.0, np.nan, 3.0, np.inf, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
    evidence = make_evidence(frames, phases=TIMED, telemetry={"power_w": values})
    assert evidence.sampled("power_w", (10 * 10**9, 14 * 10**9)).tolist() == [1.0, 3.0, 5.0]
    times, found = evidence.moments_s("power_w", (12 * 10**9, 14 * 10**9))
    assert (times.tolist(), found.tolist()) == ([0.0, 2.0], [3.0, 5.0])
    assert evidence.sampled("power_w", None).size == 0
    assert evidence.sampled("another_w", (0, 10**12)).size == 0


@pytest.mark.parametrize("phase_ended_s", [40 * 365 * 86400.0, 0.5])
def test_that_a_phase_that_ended_before_it_began_or_years_later_is_damaged(
    make_evidence: Make, phase_ended_s: float
) -> None:
    ended = (phase_ended_s, "phase_ended", {"phase": "throughput", "state": "done"})
    evidence = make_evidence([(0, 5.0, 1.0), (0, 6.0, 1.0)], [ended], phases=TIMED)
    with pytest.raises(SlipwayError, match="which cannot be"):
        evidence.measured_s("throughput")


def test_that_only_finite_numbers_of_sense_are_numbers() -> None:
    huge, nan, inf = 10**400, float("nan"), float("inf")
    assert [number_of(value) for value in (3, 2.5, -1)] == [3.0, 2.5, -1.0]
    assert [number_of(value) for value in (True, "3", None, nan, inf, huge, [1])] == [None] * 7


def test_that_counts_and_starts_are_whole_and_not_negative() -> None:
    good, bad = {"start": 7, "frames": 0}, {"start": 2.0, "frames": -1}
    assert (start_of(good), count_of(good, "frames"), count_of(good, "errors")) == (7, 0, None)
    assert (start_of(bad), count_of(bad, "frames")) == (None, None)


def test_that_lines_are_the_last_of_a_list() -> None:
    assert texts_of(["a", 1, None], 2) == ["1", "None"]
    assert texts_of("abc", 2) == []
    assert len(texts_of(["x" * 10**6], 1)[0]) == 1000
