"""All runs of a project as one table: for the terminal, CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.results.run_record import RunRecord


@dataclass(frozen=True)
class RunRow:
    """One run; None is not measured."""

    run: str
    created: str
    state: str
    quick: bool
    board: str
    model: str
    candidate: str
    precision: str
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    throughput_fps: float | None
    memory_peak_mb: float | None
    detection_iou: float | None
    map50: float | None
    map50_95: float | None
    verdict: str


def summarise_run(run: RunRecord) -> RunRow:
    """The row of a run."""
    latency = run.figures.get("latency", {})
    accuracy = run.figures.get("accuracy", {}).get("device", {})
    return RunRow(
        run=run.id,
        created=run.created,
        state=run.state.value,
        quick=run.quick,
        board=str(run.board.get("name", "")),
        model=str(run.project.get("model", "")),
        candidate=str(run.chain.get("candidate", {}).get("name", "")),
        precision=str(run.project.get("precision", "")),
        latency_p50_ms=_scaled(latency.get("p50_us"), 1e-3),
        latency_p99_ms=_scaled(latency.get("p99_us"), 1e-3),
        throughput_fps=_value(run, "throughput"),
        memory_peak_mb=_value(run, "memory_peak"),
        detection_iou=_value(run, "detection_iou"),
        map50=accuracy.get("map50"),
        map50_95=accuracy.get("map50_95"),
        verdict=run.outcome.value,
    )


def unfinished_row(run: str) -> RunRow:
    """The row of a run without a record: it works still, or it was interrupted and nobody closed it yet."""
    return RunRow(run, "", "unfinished", False, "", "", "", "", None, None, None, None, None, None, None, "")


def table_csv(rows: Sequence[RunRow]) -> str:
    """The rows as CSV with a header; not measured is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([_guard(value) for value in _cells(row)] for row in rows)
    return stream.getvalue()


def table_xlsx(rows: Sequence[RunRow]) -> bytes:
    """The rows as a workbook with a frozen header and a filter."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise ValueError("a workbook without a sheet")
    sheet.title = "runs"
    sheet.append(_HEADER)
    for row in rows:
        sheet.append([_guard(value) for value in _cells(row)])
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    for number, name in enumerate(_HEADER, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(name) + 3)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_runs(path: Path, rows: Sequence[RunRow]) -> None:
    """Write the table in the form that the file's name ends with.

    Raises:
        UsageError: there is no such form.
        SlipwayError: the file cannot be written.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"runs cannot be written as {path.name}", f"Name a file that ends in {' or '.join(WRITERS)}.")
    made = writer(rows)
    write_atomic(path, made.encode("utf-8") if isinstance(made, str) else made)


_HEADER = [field.name for field in fields(RunRow)]


def _cells(row: RunRow) -> list[object]:
    return [getattr(row, name) for name in _HEADER]


def _guard(value: object) -> str | float | int | bool | None:
    """Names come from documents and boards: a spreadsheet must never take one for a formula."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(f"a cell of a run's table cannot be {type(value).__name__}")


def _value(run: RunRecord, kind: str) -> float | None:
    return next((item.verdict.value for item in run.requirements if item.kind == kind), None)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


Writer = Callable[[Sequence[RunRow]], str | bytes]
WRITERS: dict[str, Writer] = {".csv": table_csv, ".xlsx": table_xlsx}
