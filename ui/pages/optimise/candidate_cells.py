"""Cells of the candidates' table: figures with their interval below, states in words, work as a bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.widgets.cell import Cell
from workbench.views.optimise.values import FAIL, INCONCLUSIVE, NOT_MEASURED, PASS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.pages.optimise.jobs import OptimiseJobs
    from workbench.views.optimise.values import CandidateRow
    from workbench.views.optimise.values import Cell as Figure

STATES = {FAIL: "fail", INCONCLUSIVE: "inconclusive"}
VERDICTS = {FAIL: "fail", INCONCLUSIVE: "inconclusive", PASS: "pass", NOT_MEASURED: "not measured"}
QUIET = frozenset({"reference", "not measured", "–"})


@dataclass(frozen=True)
class CandidateLine:
    """A row of the table: a candidate, its place in the lineage, and what works on it."""

    row: CandidateRow
    last_child: bool
    """Whether no sibling follows below."""
    through: tuple[bool, ...]
    """For each depth above, whether the line of that ancestor goes on below."""
    has_children: bool
    speeds: tuple[Cell, ...]


def lines_of(rows: Sequence[CandidateRow], jobs: OptimiseJobs) -> tuple[CandidateLine, ...]:
    """Rows in the order of drawing, each with what its lineage needs."""
    lines = []
    for place, row in enumerate(rows):
        later = rows[place + 1 :]
        through = tuple(any(other.depth == depth + 1 for other in _below(later, depth)) for depth in range(row.depth))
        lines.append(
            CandidateLine(
                row=row,
                last_child=not any(other.parent == row.parent for other in later),
                through=through,
                has_children=any(other.parent == row.key for other in later),
                speeds=tuple(speed_cell(row, at, jobs) for at in range(len(row.speeds))),
            )
        )
    return tuple(lines)


def _below(rows: Sequence[CandidateRow], depth: int) -> list[CandidateRow]:
    """The rows that follow before the branch at this depth ends."""
    found = []
    for row in rows:
        if row.depth <= depth:
            break
        found.append(row)
    return found


def figure_cell(figure: Figure, unit: str = "", *, is_old: bool = False) -> Cell:
    """A figure with its interval below; dimmed where it is stale, with an icon where it breaks its limit.

    Args:
        figure: what was measured.
        unit: behind the number.
        is_old: whether the candidate itself is stale.
    """
    if figure.value is None:
        return Cell(figure.text, kind="word", color="text3", tip=figure.why)
    color = {FAIL: "err", INCONCLUSIVE: "warn"}.get(figure.outcome, "")
    if figure.stale:
        return Cell(figure.text, unit, "value", "text3", below="stale", tip=f"{figure.why} {figure.stale}.")
    if is_old:
        return Cell(figure.text, unit, "value", "text3", below=figure.interval, tip=figure.why)
    state = STATES.get(figure.outcome, "")
    return Cell(figure.text, unit, "value", color, state, below=figure.interval, tip=figure.why)


def speed_cell(row: CandidateRow, at: int, jobs: OptimiseJobs) -> Cell:
    """The latency on one board; what works or failed there comes before what was measured."""
    speed = row.speeds[at]
    work, failed = jobs.verifying(row.key, speed.board), jobs.failure(row.key, speed.board)
    if work is not None:
        return Cell(
            work.text, kind="work", color="accent", bar=work.fraction or 0.0, tip=f"{row.name} on {speed.board}"
        )
    if failed is not None:
        tip = f"{failed.failed}. Enter opens the log."
        return Cell("Failed", kind="value", color="err", state="fail", below=failed.failed, tip=tip)
    return figure_cell(speed.p99, is_old=bool(row.stale))


def verdict_cell(row: CandidateRow) -> Cell:
    """What the limits say of a candidate; that it is stale comes first."""
    if row.stale:
        return Cell(
            "Stale", kind="strong", state="stale", below=row.stale_text, tip=f"Not what would be made now: {row.stale}."
        )
    tip = f"{row.outcome_text}: {row.reason}" if row.reason else row.outcome_text
    return Cell(row.outcome_text, kind="strong", state=VERDICTS[row.outcome], below=row.reason, tip=tip)


def name_cell(row: CandidateRow) -> Cell:
    """Name and recipe; the delegate paints the lineage before them."""
    marks = [word for word, there in (("selected", row.is_wanted), ("bytes not here", not row.is_here)) if there]
    return Cell(row.name, kind="strong", below=row.recipe, tip=row.command or row.recipe, unit=", ".join(marks))
