"""A run without a verdict still has a record and a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.project import Project
from projects.runs import RunFolder
from targets.agent_client import AgentClient
from targets.facts import BoardFacts
from targets.inventory import BoardEntry, open_board, save_board
from workbench.jobs.context import JobContext
from workbench.pipeline.on_board import HeldBoard, hold_board
from workbench.pipeline.recover import close_interrupted_runs, close_unjudged
from workbench.pipeline.report import load_run
from workbench.reports.page import render_page
from workbench.reports.view import view_report
from workbench.results.comparison import compare_runs
from workbench.results.run_record import RunState
from workbench.results.run_table import summarise_run

from .chain_records import BY, ChainWriter


@pytest.fixture
def held() -> HeldBoard:
    save_board(BoardEntry("bench", "local", id="b1"))
    return HeldBoard(AgentClient(open_board("bench")), BoardFacts(), "bench")


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"project": None, "chain": 3, "only": ["latency"], "quick": True},
        {"project": {"id": "P", "model": "M", "precision": "INT8"}, "chain": {"candidate": {"name": "int8"}}},
    ],
)
def test_that_a_run_that_was_closed_unjudged_is_shown_like_any_other(
    project: Path, held: HeldBoard, about: dict[str, object]
) -> None:
    opened = Project.open(project)
    folder = RunFolder.create(opened.layout.runs, {"board_id": held.id, **about}, BY)
    close_unjudged(opened, folder, held, RunState.INTERRUPTED, "the desktop died", {}, ["block 7 cannot be read"])
    run = load_run(folder)
    assert (run.state, run.board, run.by) == (RunState.INTERRUPTED, {"name": "bench", "id": "b1"}, BY)
    assert run.findings == ("This run gives no verdict: the desktop died.", "block 7 cannot be read")
    assert run.quick is bool(about.get("quick"))
    page = render_page(view_report(folder.path, run))
    assert "the desktop died" in page
    assert run.project["model"] in page
    assert summarise_run(run).state == "interrupted"
    assert compare_runs(run, run).rows == ()


def test_that_runs_whose_record_stands_are_taken_off_the_board(
    project: Path, tmp_path: Path, context: JobContext
) -> None:
    root = tmp_path / "board"
    save_board(BoardEntry("bench", "local", root=str(root), id="1", lock=str(tmp_path / "lock")))
    opened = Project.open(project)
    writer = ChainWriter(opened)
    recorded = writer.run(writer.release(writer.engine(writer.candidate()))).id
    never_begun = RunFolder.create(opened.layout.runs, {"board_id": "1"}, BY)
    elsewhere = RunFolder.create(opened.layout.runs, {"board_id": "another board"}, BY)
    for name in (recorded, "somebody-elses"):
        (root / "runs" / name).mkdir(parents=True)
        (root / "runs" / name / "plan.json").write_text("{}")
    with hold_board("bench", "test", context) as held:
        close_interrupted_runs(opened, held, context)
    assert [path.name for path in (root / "runs").iterdir()] == ["somebody-elses"]
    assert load_run(never_begun).state is RunState.INTERRUPTED
    assert load_run(never_begun).text == "it was interrupted before it began"
    assert not elsewhere.is_finished()
