"""Cutting a recording into starts and passes."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.verify.series import FrameSeries

PHASES = [
    {"id": "latency", "kind": "latency", "passes": [{"name": "back_to_back"}, {"name": "paced"}]},
    {"id": "throughput", "kind": "throughput", "passes": [{"name": "throughput"}]},
]


@pytest.fixture
def series() -> FrameSeries:
    rows = [
        # phase, pass, start, error, latency
        (0, 0, 0, 0, 10.0),
        (0, 0, 0, 1, np.nan),
        (0, 0, 0, 0, 11.0),
        (0, 1, 0, 0, 30.0),
        (0, 0, 1, 0, 12.0),
        (0, 1, 1, 0, 31.0),
        (1, 0, 2, 0, 50.0),
        (1, 0, 2, 0, 51.0),
    ]
    phase, passed, start, error, latency = (np.array(column) for column in zip(*rows, strict=True))
    return FrameSeries(
        {
            "phase": phase,
            "pass": passed,
            "start": start,
            "error": error,
            "latency_us": latency,
            "bad_boxes": np.arange(8),
            "mono_ns": np.arange(8) * 1_000_000_000,
        },
        PHASES,
    )


def test_that_each_cold_start_is_an_array_of_its_own_without_errors(series: FrameSeries) -> None:
    assert [part.tolist() for part in series.starts("latency", "back_to_back")] == [[10.0, 11.0], [12.0]]
    assert [part.tolist() for part in series.starts("latency", "paced")] == [[30.0], [31.0]]


def test_that_errors_are_counted_and_not_measured(series: FrameSeries) -> None:
    assert series.errors("latency") == 1
    assert series.count("latency") == 5
    assert series.count() == 7
    assert series.total("bad_boxes") == sum(range(8)) - 1


def test_that_a_phase_that_was_not_run_has_nothing(series: FrameSeries) -> None:
    assert series.starts("continuous") == []
    assert series.starts("latency", "unknown") == []
    assert series.errors("continuous") == 0


def test_that_frames_are_done_when_they_arrived_and_were_answered(series: FrameSeries) -> None:
    assert series.done_s("throughput") == pytest.approx([50e-6, 1.0 + 51e-6])
    assert series.done_s("continuous").size == 0


def test_that_a_phase_spans_its_first_and_last_frame(series: FrameSeries) -> None:
    assert series.span_ns("latency") == (0, 5_000_000_000)
    assert series.span_ns("latency", 1) == (4_000_000_000, 5_000_000_000)
    assert series.span_ns("continuous") is None
