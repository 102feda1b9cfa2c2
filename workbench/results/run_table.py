"""All runs of a project as one table: for the terminal, CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome
from workbench.results.cells import guard_cell
from workbench.results.run_record import VERIFICATION, RunRecord

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FIGURES = {"back_to_back": "latency", "paced": "latency_paced"}
"""Where a run's figures have the latency of a pass."""
WIDEST = 45


@dataclass(frozen=True)
class RunRow:
    """One run; None is not measured."""

    number: int
    """Every command takes it for the run."""
    run: str
    created: str
    """UTC, ISO 8601 with Z."""
    state: str
    quick: bool = False
    only: str = ""
    """The kinds that were asked for, with commas; empty for all."""
    board: str = ""
    model: str = ""
    candidate: str = ""
    precision: str = ""
    passed: int | None = None
    failed: int | None = None
    inconclusive: int | None = None
    not_measured: int | None = None
    latency_pass: str = ""
    """The pass that was judged, `back_to_back` or `paced`, whose figures follow; empty where there are none."""
    latency_p50_ms: float | None = None
    latency_p99_ms: float | None = None
    throughput_fps: float | None = None
    memory_peak_mb: float | None = None
    detection_iou: float | None = None
    map50: float | None = None
    map50_95: float | None = None
    verdict: str = ""
    """The worst outcome, and of what: `PASS of a part (memory)`."""
    source: str = ""
    """The run whose measurements this one judges again; empty for one that measured itself."""
    kind: str = VERIFICATION
    """`verification` or `try`."""


def summarise_run(run: RunRecord) -> RunRow:
    """The row of a run; of a try it says that it is not evidence, and has no figures to compare."""
    judged, latency = _judged_latency(run)
    found = Counter(item.verdict.outcome for item in run.requirements)
    accuracy = run.figures.get("accuracy", {}).get("device", {})
    return RunRow(
        number=run.number,
        run=run.id,
        created=run.created,
        state=run.state.value,
        quick=run.quick,
        only=", ".join(run.only),
        board=str(run.board.get("name", "")),
        model=str(run.project.get("model", "")),
        candidate=str(run.chain.get("candidate", {}).get("name", "")),
        precision=run.precision,
        passed=found[Outcome.PASS],
        failed=found[Outcome.FAIL],
        inconclusive=found[Outcome.INCONCLUSIVE],
        not_measured=found[Outcome.NOT_MEASURED],
        latency_pass=judged,
        latency_p50_ms=_scaled(latency.get("p50_us"), 1e-3),
        latency_p99_ms=_scaled(latency.get("p99_us"), 1e-3),
        throughput_fps=_value(run, "throughput"),
        memory_peak_mb=_value(run, "memory_peak"),
        detection_iou=_value(run, "detection_iou"),
        map50=_scaled(accuracy.get("map50"), 1.0),
        map50_95=_scaled(accuracy.get("map50_95"), 1.0),
        verdict=run.outcome_text,
        kind=run.kind,
        source=str((run.source or {}).get("run", "")),
    )


def _judged_latency(run: RunRecord) -> tuple[str, Mapping[str, Any]]:
    """The pass that the verdict on latency is of, and its figures; back to back where latency was not judged."""
    details = next((item.verdict.details for item in run.requirements if item.kind == "latency"), {})
    judged = str(details.get("judged") or "back_to_back")
    figures = run.figures.get(FIGURES.get(judged, ""), {})
    return (judged, figures) if figures else ("", {})


def unfinished_row(run: str) -> RunRow:
    """The row of a run without a record: it works still, or it was interrupted and nobody closed it yet."""
    return RunRow(int(run.partition("-")[0]), run, "", "unfinished")


def unreadable_row(run: str, state: str) -> RunRow:
    """The row of a run whose record cannot be read: `newer format` or `damaged`."""
    return RunRow(int(run.partition("-")[0]), run, "", state)


def table_csv(rows: Sequence[RunRow]) -> str:
    """The rows as CSV with a header; not measured is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([guard_cell(value) for value in _cells(row)] for row in rows)
    return stream.getvalue()


def table_xlsx(rows: Sequence[RunRow]) -> bytes:
    """The rows as a workbook with a frozen header and a filter; `created` is a date, in UTC as ever."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise ValueError("a workbook without a sheet")
    sheet.title = "runs"
    sheet.append(_HEADER)
    for row in rows:
        sheet.append([_date(value) if name == "created" else guard_cell(value) for name, value in _named(row)])
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    _fit_columns(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_runs(path: Path, rows: Sequence[RunRow]) -> None:
    """Write the table in the form that the file's name ends with.

    Raises:
        UsageError: there is no such form, or no such folder.
        SlipwayError: the file cannot be written.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"runs cannot be written as {path.name}", f"Name a file that ends in {' or '.join(WRITERS)}.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", f"Make it, or write {path.name} elsewhere.")
    made = writer(rows)
    write_atomic(path, made.encode("utf-8") if isinstance(made, str) else made)


_HEADER = [field.name for field in fields(RunRow)]


def _cells(row: RunRow) -> list[object]:
    return [value for _, value in _named(row)]


def _named(row: RunRow) -> list[tuple[str, Any]]:
    return [(name, getattr(row, name)) for name in _HEADER]


def _date(created: str) -> datetime | str:
    """The moment as a spreadsheet has it, which knows no time zones; what is none stays the text that it is."""
    try:
        return datetime.fromisoformat(created).replace(tzinfo=None)
    except ValueError:
        return str(guard_cell(created))


def _fit_columns(sheet: Worksheet) -> None:
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(sheet.iter_cols(values_only=True), 1):
        longest = max(len(str(value)) for value in column if value is not None)
        sheet.column_dimensions[get_column_letter(number)].width = min(WIDEST, longest + 3)


def _value(run: RunRecord, kind: str) -> float | None:
    return next((item.verdict.value for item in run.requirements if item.kind == kind), None)


def _scaled(value: object, factor: float) -> float | None:
    """A figure of the record in another unit; None where it is none."""
    return value * factor if isinstance(value, int | float) else None


Writer = Callable[[Sequence[RunRow]], str | bytes]
WRITERS: dict[str, Writer] = {".csv": table_csv, ".xlsx": table_xlsx}
