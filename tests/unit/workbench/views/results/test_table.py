"""All runs as one table, as a file, and as a matrix over boards."""

from __future__ import annotations

import csv
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from projects.record_file import Author
from projects.runs import RunFolder
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.views.verify.test_page import latency, overlap
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome
from workbench.jobs.context import JobContext
from workbench.jobs.journal import Journal
from workbench.jobs.threads import ThreadExecutor
from workbench.results.run_record import RunState
from workbench.session import Session
from workbench.views.results.matrix import read_matrix
from workbench.views.results.table import export_runs, read_results
from workbench.views.results.values import Filter


@pytest.fixture
def release(writer: ChainWriter):
    return writer.release(writer.engine(writer.candidate()))


def test_that_a_project_without_runs_says_so(project: Path, session: Session) -> None:
    assert read_results(session, project).empty_text == "No runs yet."


def test_that_every_run_has_its_line_with_what_it_is_worth(
    project: Path, session: Session, writer: ChainWriter, release
) -> None:
    writer.run(release, requirements=(overlap(), latency(Outcome.FAIL, 60.0)))
    writer.run(release, quick=True)
    writer.run(release, state=RunState.CANCELLED, requirements=(), text="it was cancelled")
    lines = read_results(session, project).lines
    assert [(line.number, line.word, line.void) for line in lines] == [
        (3, "Stopped", True), (2, "Quick", False), (1, "Counts", False),
    ]  # fmt: skip
    assert lines[2].verdicts == (("FAIL", 1), ("PASS", 1))
    assert lines[2].p99_ms.breaks
    assert lines[2].map50.value is None


def test_that_a_deleted_run_leaves_a_gap(project: Path, session: Session, writer: ChainWriter, release) -> None:
    runs = [writer.run(release) for _ in range(3)]
    shutil.rmtree(runs[1].path)
    words = {line.number: line.word for line in read_results(session, project).lines}
    assert words == {3: "Counts", 2: "Missing", 1: "Counts"}


def test_that_what_the_filter_leaves_is_written(
    project: Path, session: Session, writer: ChainWriter, release, tmp_path: Path
) -> None:
    writer.run(release)
    writer.run(release, quick=True)
    path = tmp_path / "runs.csv"
    assert export_runs(session, project, path, Filter("-quick")) == f"1 run written to {path}"
    with path.open(encoding="utf-8", newline="") as stream:
        assert [row["number"] for row in csv.DictReader(stream)] == ["1"]
    export_runs(session, project, tmp_path / "runs.xlsx", Filter())
    assert (tmp_path / "runs.xlsx").read_bytes()[:2] == b"PK"
    with pytest.raises(UsageError, match="cannot be written as"):
        export_runs(session, project, tmp_path / "runs.txt", Filter())


def test_that_each_board_has_its_verdicts_and_its_answer(
    project: Path, session: Session, writer: ChainWriter, release
) -> None:
    writer.run(release, requirements=(overlap(), latency(Outcome.FAIL, 60.0)))
    matrix = read_matrix(session, project)
    answers = {board.name: (board.answer, board.text) for board in matrix.boards}
    assert answers == {"bench": ("No", "run 1, x"), "this-machine": ("Not known", "never verified")}
    cells = {short: [cell.word for cell in cells] for _, short, _, cells in matrix.rows}
    assert cells["latency"] == ["fails", "not measured"]
    assert cells["detection-iou"] == ["pass", "not measured"]


MEASURED = threading.Event()


@dataclass(frozen=True)
class Measuring:
    project: Path
    board: str
    title: str = "a run"

    def run(self, _context: JobContext) -> None:
        assert MEASURED.wait(60.0)


def test_that_a_run_that_works_now_is_said_to_run(project: Path, session: Session) -> None:
    journal, executor = Journal(session.home), ThreadExecutor(session.home, Author("Ada"))
    MEASURED.clear()
    try:
        order = Measuring(project, "bench")
        handle = executor.submit(order, interactive=False)
        journal.watch(handle, order)
        for board in ("bench", "other"):
            RunFolder.create(project / "runs", {"board": board, "board_id": "1"}, Author("Ada"))
        deadline = time.monotonic() + 30.0
        while not (lines := read_results(session, project).lines) or lines[1].word != "Running":
            assert time.monotonic() < deadline, lines
        assert [line.word for line in lines] == ["Not finished", "Running"]
        assert lines[1].tone == "busy"
    finally:
        MEASURED.set()
        handle.wait(30.0)
        assert executor.close()
        journal.close()
    assert [line.word for line in read_results(session, project).lines] == ["Not finished"] * 2
