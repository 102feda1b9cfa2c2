"""Boards on which a job of the window works: its book of jobs knows that at once, what is kept of a board later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from workbench.base.events import JobState
from workbench.jobs.story import JobRow
from workbench.views.boards.values import (
    ASKS,
    IN_USE,
    INCOMPLETE,
    KEY_CHANGED,
    NOT_READ,
    READY,
    UNREACHABLE,
    BoardDetail,
    BoardRow,
    PillBoard,
    State,
    Told,
)

_ORDER: Final = (IN_USE, READY, INCOMPLETE, KEY_CHANGED, UNREACHABLE, ASKS, NOT_READ)
_COUNTED: Final = {
    IN_USE: "in use", READY: "ready", INCOMPLETE: "incomplete", KEY_CHANGED: "with another key",
    UNREACHABLE: "unreachable", ASKS: "asks", NOT_READ: "not read",
}  # fmt: skip
USED_BY: Final = "Used by"
WORKING: Final = frozenset({JobState.RUNNING.value, JobState.CANCELLING.value})


def job_on(board: str, jobs: Iterable[JobRow]) -> str:
    """Title of the job that works on a board; empty where none does. One that waits does not work."""
    return next((row.head.title for row in jobs if row.head.board == board and row.state in WORKING), "")


def busy_row(row: BoardRow, job: str) -> BoardRow:
    """A row of the table of boards while a job of this window works there; as it is where `job` is empty."""
    return replace(row, state=_busy(job), used_by=Told("you", job)) if job else row


def busy_entry(board: PillBoard, job: str) -> PillBoard:
    """The same for the board pill and its menu."""
    return replace(board, state=_busy(job), tip=f"Busy: {job}, you") if job else board


def busy_detail(detail: BoardDetail, job: str) -> BoardDetail:
    """The same for the inspector."""
    if not job:
        return detail
    groups = tuple(
        replace(
            group,
            facts=tuple(
                replace(fact, value="you", read="now", known=True, level="") if fact.name == USED_BY else fact
                for fact in group.facts
            ),
        )
        for group in detail.groups
    )
    return replace(detail, state=_busy(job), about=f"you: {job}", groups=groups)


def counts_of(rows: Iterable[BoardRow]) -> str:
    """`1 in use, 2 ready`."""
    names = [row.state.name for row in rows]
    return ", ".join(f"{names.count(name)} {_COUNTED[name]}" for name in _ORDER if name in names)


def _busy(job: str) -> State:
    return State(IN_USE, "run", "Busy", job)
