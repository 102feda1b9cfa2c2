"""The runs of the project, each with what was written of it."""

from __future__ import annotations

from ui.widgets.cell import Cell
from ui.widgets.table import Column, Table
from workbench.views.report import ReportRow

ROW_PX = 44


def _run(row: ReportRow) -> Cell:
    below = ", ".join(part for part in (row.board, row.candidate) if part) or row.problem
    return Cell(f"Run {row.number}", kind="strong", below=below, state=row.state, tip=row.outcome or row.problem)


def _written(row: ReportRow) -> Cell:
    if row.problem:
        return Cell("cannot be read", kind="dim", below=row.outcome)
    report = next((form for form in row.forms if form.form == "html"), None)
    if report is None or not report.exists:
        return Cell("no report yet", kind="dim", below=row.created_text)
    worth = "" if row.worth.state == "ok" else f"{row.worth.word.lower()}, "
    return Cell(row.created_text, kind="dim", below=f"{worth}report, {report.size_text}", tip=row.worth.text)


COLUMNS = (
    Column[ReportRow]("Run", _run, 150, stretch=True),
    Column[ReportRow]("Measured", _written, 136),
)


def make_runs_list() -> Table[ReportRow]:
    """Two lines a run, newest first."""
    return Table("Runs and their reports", COLUMNS, row_height=ROW_PX)
