"""A run's figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from workbench.base.atomic import encode_json
from workbench.verify.evidence import Evidence
from workbench.verify.summaries import summarise_run


def summary(evidence: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode_json(summarise_run(evidence)))
    return found


def test_that_figures_are_summed_up_as_json(make_evidence: Callable[..., Evidence]) -> None:
    events = [
        (0.5, "start_loaded", {"phase": "latency", "start": 0, "load_ms": 210.0, "floor_rss_bytes": 50e6}),
        (9.0, "start_ended", {"phase": "latency", "start": 0, "hwm_bytes": 90e6, "rss_bytes": 80e6, "errors": 0}),
    ]
    frames = [(0, 1 + index / 100, 1000.0 + index) for index in range(100)]
    figures = summary(make_evidence(frames, events))
    assert figures["frames_measured"] == 100
    assert figures["latency"]["p50_us"] == pytest.approx(1049.5)
    assert figures["phases"][0]["passes"] == ["back_to_back"]
    tables = {table["title"]: table["lines"] for table in figures["tables"]}
    assert tables["Cold starts"] == [["start 1", "210", "50.0", "80.0", "90.0", 0]]
    assert tables["Latency, back to back and paced"][0][:2] == ["back to back", 100]


def test_that_a_run_that_measured_nothing_has_no_figure_of_0(make_evidence: Callable[..., Evidence]) -> None:
    figures = summary(make_evidence([]))
    assert (figures["latency"], figures["latency_paced"], figures["accuracy"], figures["tables"]) == ({}, {}, {}, [])


def test_that_damaged_samples_and_hostile_events_still_give_a_record(make_evidence: Callable[..., Evidence]) -> None:
    frames = [(0, 1.0, float("inf")), (0, 2.0, 1.0)]
    events = [(1.0, "start_ended", {"phase": "latency", "start": start, "hwm_bytes": "x"}) for start in (0, "a", None)]
    figures = summary(make_evidence(frames, events))
    assert figures["latency"] == {}
    good = summary(make_evidence([(0, 2.0, 1.0)], events))
    starts = next(table for table in good["tables"] if table["title"] == "Cold starts")
    assert starts["lines"] == [["start 1", None, None, None, None, None]]
