"""Requirement by board: the newest run that counts in each cell, and the answer for each board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.results.values import Matrix, MatrixBoard, MatrixCell
from workbench.views.verify.present import Carried, Present, carry, open_present
from workbench.views.verify.rows import row_of_requirement, row_of_result
from workbench.views.verify.values import BAD, FAIL, GOOD, INCONCLUSIVE, NEAR, NOT_MEASURED, PASS, PLAIN, RequirementRow
from workbench.words import say_count

if TYPE_CHECKING:
    from workbench.session import Session

_SHORT = {PASS: "pass", FAIL: "fails", INCONCLUSIVE: "inconclusive", NOT_MEASURED: "not measured"}


def read_matrix(session: Session, project: Path) -> Matrix:
    """Every requirement on every board that this user knows or that a run is of."""
    present = open_present(project, session.home)
    if present.project is None:
        return Matrix("", (), (), present.blocked)
    known = tuple(entry.name for entry in session.boards())
    boards = tuple(dict.fromkeys([*present.boards, *known]))
    columns = {board: carry(present, board) for board in boards}
    rows = {board: tuple(_row(present, item, board) for item in carried) for board, carried in columns.items()}
    lines = tuple(
        (
            item.id,
            rows[boards[0]][place].short_id,
            f"{rows[boards[0]][place].title} {_limit(rows[boards[0]][place].limit_text)}",
            tuple(_cell(rows[board][place]) for board in boards),
        )
        for place, item in enumerate(present.requirements)
    )
    shown = tuple(_board(board, columns[board], rows[board]) for board in boards)
    return Matrix("newest run that counts", shown, lines, "" if lines else "The documents ask for nothing.")


def _limit(text: str) -> str:
    return text if text.startswith(("≤", "≥")) else ""


def _row(present: Present, item: Carried, board: str) -> RequirementRow:
    if item.run is None or item.result is None:
        return row_of_requirement(item.requirement, present.folder, board, f"Nothing measured it on {board}.")
    return row_of_result(item.result, item.run, present.folder, item.stale)


def _cell(row: RequirementRow) -> MatrixCell:
    value = f"{row.value_text} {row.unit_text}".rstrip() if row.value is not None else ""
    word = "stale" if row.stale else _SHORT[row.outcome]
    text = f"Stale: {row.stale}. Before: {row.reason}" if row.stale else row.reason
    return MatrixCell(row.outcome, word, value, row.stale, row.run, row.run_number, text)


def _board(name: str, carried: Sequence[Carried], rows: Sequence[RequirementRow]) -> MatrixBoard:
    runs = sorted({item.run.number for item in carried if item.run is not None})
    candidates = {str(item.run.chain.get("candidate", {}).get("name", "")) for item in carried if item.run is not None}
    numbers = f"run {', '.join(str(number) for number in runs)}"
    text = f"{numbers}, {', '.join(sorted(candidates - {''}))}" if runs else "never verified"
    answer, tone, why = _answer(rows)
    return MatrixBoard(name, text, answer, tone, why)


def _answer(rows: Sequence[RequirementRow]) -> tuple[str, str, str]:
    """May it stay there: yes only where everything passes on what is there now."""
    fails = sum(row.outcome == FAIL and not row.stale for row in rows)
    stale = sum(bool(row.stale) for row in rows)
    unmeasured = sum(row.outcome == NOT_MEASURED and not row.stale for row in rows)
    undecided = sum(row.outcome == INCONCLUSIVE and not row.stale for row in rows)
    if not rows or unmeasured == len(rows):
        return "Not known", PLAIN, "verify there first"
    if fails:
        return "No", BAD, f"{fails} fail{'s' if fails == 1 else ''}"
    if stale:
        return "Not known", NEAR, f"{say_count(stale, 'verdict')} stale"
    if undecided or unmeasured:
        parts = [f"{undecided} inconclusive"] * bool(undecided) + [f"{unmeasured} not measured"] * bool(unmeasured)
        return "Not yet", NEAR, ", ".join(parts)
    return "Yes", GOOD, f"all {len(rows)} pass"
