"""The Verify page: requirements with their verdicts, of what counts now or of one run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.missing import find_missing
from workbench.views.verify.present import Carried, Present, carry, open_present
from workbench.views.verify.rows import count_rows, row_of_requirement, row_of_result, sort_rows
from workbench.views.verify.stale import Again, find_again
from workbench.views.verify.validity import judge_run, read_validity
from workbench.views.verify.values import RequirementRow, RunChoice, Validity, VerifyPage
from workbench.views.verify.ways import expected_s, show_way
from workbench.views.verify.words import age_text, spell_seconds
from workbench.words import say_created

if TYPE_CHECKING:
    from workbench.results.run_record import RunRecord
    from workbench.session import Session


def read_verify(session: Session, project: Path, run: str = "", board: str = "") -> VerifyPage:
    """The requirements of a project.

    Args:
        session: whose board state and releases count.
        project: its folder; documents that cannot be opened block runs, and what was measured is shown all the same.
        run: the id of one run, shown as it was judged; empty for what counts now.
        board: the board that is meant; empty for the usual one.

    Raises:
        UsageError: there is no such run that can be read.
    """
    present = open_present(project, session.home)
    chosen = present.run(run) if run else None
    if run and chosen is None:
        from workbench.base.errors import UsageError

        raise UsageError(f"no run {run} can be read here", "Choose another one.")
    if chosen is None and present.project is None:
        chosen = present.newest_judged
    return _of_run(present, chosen, bool(run)) if chosen is not None else _of_now(present, board)


def _of_run(present: Present, run: RunRecord, asked: bool) -> VerifyPage:
    stale = present.staleness.get(run.id, "")
    pace = present.paces[run.id]
    rows = sort_rows(show_way(row_of_result(item, run, present.folder, stale), item, pace) for item in run.requirements)
    board = str(run.board.get("name", ""))
    return _page(present, carry(present, board), rows, board, run, read_validity(run, pace, stale), asked=asked)


def _rows_now(
    present: Present, carried: Sequence[Carried], board: str
) -> tuple[tuple[RequirementRow, ...], Again | None]:
    """Every requirement as it stands now, and what mends those that are stale."""
    again = find_again(present, board) if any(item.stale for item in carried) else None
    return sort_rows(_row(present, item, board, again) for item in carried), again


def _of_now(present: Present, board: str) -> VerifyPage:
    name = board or present.usual_board
    carried = carry(present, name)
    newest = _main_run(carried) or next(iter(present.on(name)), None)
    validity = None
    if newest is not None:
        validity = read_validity(newest, present.paces[newest.id], present.staleness.get(newest.id, ""))
    return _page(present, carried, None, name, newest, validity)


def _row(present: Present, item: Carried, board: str, again: Again | None) -> RequirementRow:
    if item.run is None or item.result is None:
        reason = "Only a quick run measured it, which is no evidence." if _was_quick(present, item) else ""
        return row_of_requirement(item.requirement, present.folder, board, reason or "It was not measured yet.")
    row = row_of_result(item.result, item.run, present.folder, item.stale, item.requirement)
    if row.stale and again is not None:
        return replace(row, way_out=again.text, can_decide=False)
    return show_way(row, item.result, present.paces[item.run.id])


def _was_quick(present: Present, item: Carried) -> bool:
    return any(
        run.quick and any(result.id == item.requirement.id for result in run.requirements) for run in present.runs
    )


def _main_run(carried: Sequence[Carried]) -> RunRecord | None:
    """The run that carries most verdicts; the newest of such."""
    runs = [item.run for item in carried if item.run is not None]
    return max(runs, key=lambda run: (sum(other.id == run.id for other in runs), run.number), default=None)


def _page(
    present: Present,
    carried: Sequence[Carried],
    judged: tuple[RequirementRow, ...] | None,
    board: str,
    shown: RunRecord | None,
    validity: Validity | None,
    *,
    asked: bool = False,
) -> VerifyPage:
    """The page of what counts now, or of the rows of one run."""
    present_rows, again = _rows_now(present, carried, board)
    rows = present_rows if judged is None else judged
    stale = tuple(row.id for row in rows if row.stale)
    whole_s = _whole_s(present, shown)
    command = f"slipway run {shlex.quote(str(present.folder))} --board {shlex.quote(board)}"
    return VerifyPage(
        project=present.folder.resolve().name,
        title=f"run {shown.number}" if asked and shown is not None else "now",
        subtitle=_subtitle(shown, board),
        board=board,
        boards=tuple(dict.fromkeys([board, *present.boards])),
        run=shown.id if asked and shown is not None else "",
        shown_run="" if shown is None else shown.id,
        counts=count_rows(rows),
        validity=validity,
        rows=rows,
        runs=tuple(_choice(present, run) for run in present.runs),
        stale=stale,
        stale_text=next((row.stale for row in rows if row.stale), ""),
        again="" if again is None or again.number is None else f"run {again.number}",
        missing=find_missing(present, present_rows if asked else rows, whole_s, again),
        empty_text=_empty_text(present, rows, board, whole_s),
        blocked=present.blocked,
        mend=present.mend,
        documents_blocked=present.project is None,
        command=command,
    )


def _whole_s(present: Present, shown: RunRecord | None) -> float | None:
    took_s = None if shown is None else present.paces[shown.id].whole_s
    if took_s is not None and shown is not None and not shown.only:
        return took_s
    return None if present.project is None else expected_s(present.project)


def _empty_text(present: Present, rows: Sequence[RequirementRow], board: str, whole_s: float | None) -> str:
    if not rows:
        return "The documents ask for nothing that gets a verdict." if not present.blocked else present.blocked
    if any(row.run for row in rows):
        return ""
    takes = f" The verification takes about {spell_seconds(whole_s)}." if whole_s is not None else ""
    return f"Nothing was measured on {board} yet.{takes}"


def _subtitle(run: RunRecord | None, board: str) -> str:
    if run is None:
        return board
    candidate = str(run.chain.get("candidate", {}).get("name", ""))
    what = f"{candidate} on {run.board.get('name')}" if candidate else str(run.board.get("name"))
    return f"{what}, {say_created(run.created)}"


def _choice(present: Present, run: RunRecord) -> RunChoice:
    word = judge_run(run, present.staleness.get(run.id, ""))[0].lower()
    candidate = run.chain.get("candidate", {}).get("name", "")
    text = f"{candidate} on {run.board.get('name')}, {age_text(run.created)} ago, {word}"
    return RunChoice(run.id, run.number, f"run {run.number}", text, str(run.board.get("name", "")))
