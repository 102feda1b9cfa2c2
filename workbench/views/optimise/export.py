"""The candidates as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.values import CandidateRow, Candidates, Cell

if TYPE_CHECKING:
    from workbench.session import Session


def export_candidates(session: Session, project: Path, target: Path) -> str:
    """Write the table with all that it knows; what was not measured is an empty cell. Returns what was written.

    Raises:
        DocumentProblems, UsageError: the project cannot be opened.
        SlipwayError: the file cannot be written.
    """
    from workbench.base.atomic import write_atomic
    from workbench.results.cells import guard_cell
    from workbench.views.optimise.page import read_candidates

    page = read_candidates(session, project)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_header(page))
    for row in page.rows:
        writer.writerow([guard_cell(value) for value in _cells(row, page)])
    write_atomic(target, stream.getvalue().encode("utf-8"))
    return f"{len(page.rows)} candidates are in {target}."


def _header(page: Candidates) -> list[str]:
    figures = ["snr_db", *_with_ends(page.map_name or "mAP50"), *_with_ends("IoU")]
    for board in page.boards:
        figures += [
            *_with_ends(f"{page.statistic}_ms {board.name}"),
            f"p50_ms {board.name}",
            f"engine_bytes {board.name}",
        ]
    return [
        "candidate",
        "recipe",
        "keep",
        "sha256",
        "size_bytes",
        *figures,
        "limits",
        "reason",
        "stale",
        "made",
        "command",
    ]


def _with_ends(name: str) -> tuple[str, str, str]:
    return name, f"{name} lower", f"{name} upper"


def _cells(row: CandidateRow, page: Candidates) -> Iterator[object]:
    yield from (row.name, row.recipe, " ".join(row.kept), row.sha256, row.size_bytes, row.error.value)
    yield from (*_ends(row.map50), *_ends(row.iou))
    for speed in row.speeds[: len(page.boards)]:
        yield from (*_ends(speed.p99), speed.p50.value, speed.engine_bytes)
    yield from (row.outcome_text, row.reason, row.stale, row.made, row.command)


def _ends(cell: Cell) -> tuple[float | None, float | None, float | None]:
    return cell.value, cell.low, cell.high
