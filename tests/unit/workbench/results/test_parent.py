from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.workbench.results.test_run_record import record
from workbench.results.parent import slower_than_parent
from workbench.results.run_record import RunRecord


def chain(recipe: str, model: str = "m", runtime: str = "openvino 2026.4") -> dict[str, Any]:
    return {
        "candidate": {"name": recipe, "recipe": recipe},
        "model": {"sha256": model},
        "engine": {"name": runtime},
    }


def run(p50_us: float | None, recipe: str = "fp32", board: str = "b", number: int = 3, **of: str) -> RunRecord:
    figures = {"latency": {} if p50_us is None else {"p50_us": p50_us}}
    return record(chain=chain(recipe, **of), board={"id": board}, figures=figures, number=number)


def look(p50_us: float | None, *runs: RunRecord, recipe: str = "int8") -> str | None:
    figures = {"latency": {"p50_us": p50_us}} if p50_us is not None else {}
    return slower_than_parent(chain(recipe), "b", figures, runs)


def test_that_a_slower_candidate_is_told_with_both_figures() -> None:
    assert look(30_000.0, run(20_000.0)) == (
        "The candidate int8 is slower than fp32 on this board: a frame takes 30.0 ms against 20.0 ms in run 3 "
        "(medians, back to back). What it costs in accuracy buys nothing here."
    )


def test_that_the_last_run_that_can_be_compared_counts() -> None:
    assert look(30_000.0, run(20_000.0), run(40_000.0), run(None), run(1.0, "int8")) is None


@pytest.mark.parametrize(
    "other",
    [
        run(30_000.0),
        run(29_900.0),
        run(20_000.0, board="another"),
        run(20_000.0, model="another"),
        run(20_000.0, runtime="openvino 2025.1"),
        run(20_000.0, "fp16"),
    ],
)
def test_that_nothing_is_said_where_it_is_not_slower_or_not_comparable(other: RunRecord) -> None:
    assert look(30_000.0, other) is None


def test_that_nothing_is_said_of_a_parent_or_of_what_was_not_measured() -> None:
    assert look(30_000.0, run(20_000.0), recipe="fp32") is None
    assert look(None, run(20_000.0)) is None


@pytest.mark.parametrize("stage", ["candidate", "model", "engine"])
def test_that_a_record_that_lacks_a_stage_is_passed_over(stage: str) -> None:
    other = run(20_000.0)
    lacking = {name: link for name, link in other.chain.items() if name != stage}
    earlier = replace(other, chain=lacking), replace(other, board={})
    assert look(30_000.0, *earlier) is None
    assert "in run 3" in str(look(30_000.0, other, *earlier))
