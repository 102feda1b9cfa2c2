"""The raw tables of a run as one workbook, or as CSV files in a folder or a zip: streamed, nothing cut in silence."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench.base.atomic import open_atomic
from workbench.results.cells import Cell, guard_cell
from workbench.results.raw_tables import RawTable
from workbench.results.run_record import RunRecord

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET_ROWS = 1_048_576
"""That a sheet of XLSX holds, its heading among them."""
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

Check = Callable[[], None]
"""Called after each table and now and then within one; raises where somebody cancelled."""


def write_csv(tables: Iterable[RawTable], path: Path, check: Check) -> None:
    """Write one CSV file a table: into a zip where the path ends so, else into a folder of that name.

    Equal runs give equal bytes.

    Raises:
        SlipwayError: the files cannot be written.
    """
    if path.suffix.lower() != ".zip":
        for table in tables:
            with open_atomic(path / f"{table.name}.csv") as stream:
                _stream_csv(table, stream, check)
        return
    with open_atomic(path) as whole, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for table in tables:
            entry = zipfile.ZipInfo(f"{table.name}.csv", _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(entry, "w", force_zip64=True) as stream:
                _stream_csv(table, stream, check)


def _stream_csv(table: RawTable, stream: IO[bytes], check: Check) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    for part in _parts(table.rows(), 4096):
        writer.writerows(part)
        check()
    text.detach()


def write_xlsx(
    tables: Iterable[RawTable], run: RunRecord, path: Path, check: Check, *, sheet_rows: int = SHEET_ROWS
) -> None:
    """Write one workbook with a sheet a table, and a first one that says what they are.

    A table with more rows than a sheet holds goes on in further sheets, and the first sheet says so.

    Raises:
        SlipwayError: the file cannot be written.
    """
    with open_atomic(path) as stream, _workbook() as book:
        about = book.create_sheet("about")
        for name, said in _about(run).items():
            about.append([name, guard_cell(said)])
        about.append([])
        about.append(["sheet", "rows", "what a row is"])
        for table in tables:
            names = _sheets(book, table, sheet_rows, check)
            more = f" Too many for one sheet: they go on in {', '.join(names[1:])}." if len(names) > 1 else ""
            about.append([names[0], table.count, table.text + more])
        book.properties.created = datetime.fromisoformat(run.created).replace(tzinfo=None)
        book.save(stream)


def _about(run: RunRecord) -> dict[str, str]:
    """What a run's record says of it; others may have written that."""
    return {"run": run.id, "outcome": run.outcome_text, "made by": run.by.name, "created, UTC": run.created}


@contextmanager
def _workbook() -> Iterator[Workbook]:
    """A workbook whose rows go to disk as they come; its sheets are closed even where it is not saved."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        yield book
    finally:
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()


def _sheets(book: Workbook, table: RawTable, sheet_rows: int, check: Check) -> list[str]:
    """The names of the sheets that hold a table; one at least."""
    rows = table.rows()
    first = next(rows, None)
    names: list[str] = []
    while first is not None or not names:
        names.append(table.name if not names else f"{table.name} ({len(names) + 1})")
        sheet = book.create_sheet(names[-1])
        sheet.freeze_panes = "A2"
        sheet.append(table.columns)
        if first is not None:
            sheet.append(first)
        for part in _parts(islice(rows, sheet_rows - 2), 4096):
            for row in part:
                sheet.append(row)
            check()
        first = next(rows, None)
    return names


def _parts(rows: Iterator[Sequence[Cell]], size: int) -> Iterator[list[Sequence[Cell]]]:
    while part := list(islice(rows, size)):
        yield part
