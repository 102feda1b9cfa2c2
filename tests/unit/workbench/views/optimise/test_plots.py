"""Points of the plot: which are dominated, and the steps of those that are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.session import Session
from workbench.views.optimise.limits import Limits
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.plots import make_plot
from workbench.views.optimise.values import BoardCell, CandidateRow, Cell, Limit, Plot

LIMITS = Limits(
    Limit("accuracy", "a", "mAP50", 0.8, ""),
    None,
    Limit("latency", "l", "latency p99", 50.0, ""),
    "map50",
    "mAP50",
    "p99",
)


def plot(row: CandidateRow, *places: tuple[str, float | None, float | None]) -> Plot:
    rows = [
        replace(row, key=name, name=name, map50=Cell(value=y), speeds=(BoardCell("bench", Cell(value=x), Cell()),))
        for name, x, y in places
    ]
    return make_plot(rows, 0, "bench", "mAP50", LIMITS)


def a_row(session: Session, project: Path) -> CandidateRow:
    return read_candidates(session, project).rows[0]


def test_that_a_candidate_is_dominated_by_one_that_is_faster_and_no_worse(session: Session, project: Path) -> None:
    found = plot(a_row(session, project), ("a", 10.0, 0.8), ("b", 20.0, 0.9), ("c", 30.0, 0.9), ("d", 15.0, 0.7))
    assert {point.name: point.dominated_by for point in found.points} == {"a": "", "b": "", "c": "b", "d": "a"}
    assert found.front == ((10.0, 0.8), (20.0, 0.8), (20.0, 0.9))


def test_that_equal_candidates_do_not_dominate_each_other(session: Session, project: Path) -> None:
    found = plot(a_row(session, project), ("a", 10.0, 0.8), ("b", 10.0, 0.8))
    assert [point.dominated_by for point in found.points] == ["", ""]


def test_that_a_limit_breaks_on_either_axis(session: Session, project: Path) -> None:
    found = plot(a_row(session, project), ("a", 50.0, 0.8), ("b", 50.1, 0.9), ("c", 10.0, 0.79))
    assert [point.breaks for point in found.points] == [False, True, True]


def test_that_what_was_not_measured_is_no_point(session: Session, project: Path) -> None:
    found = plot(a_row(session, project), ("a", None, 0.8), ("b", 10.0, None))
    assert (found.points, found.front) == ((), ())
    assert "Verify a candidate" in found.empty


def test_that_a_replaced_candidate_is_no_point(project: Path, session: Session, writer: ChainWriter) -> None:
    writer.candidate(b"old", "2026-01-01T10:00:00Z")
    writer.candidate(b"new")
    assert len(read_candidates(session, project).replaced) == 1
    assert read_candidates(session, project).plots[0].points == ()
