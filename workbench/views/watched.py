"""What else the Live page asks: runs that have ended and can be opened there, and files for what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session

MOST = 200
ENDED = {"finished", "failed", "cancelled", "interrupted"}


@dataclass(frozen=True)
class EndedRun:
    """A run that can be looked through."""

    run: str
    label: str
    """`Run 12, try, 24 Nov 14:02`."""
    kind: str
    """`try` or `verification`."""


def list_ended(session: Session, project: Path) -> tuple[EndedRun, ...]:
    """The newest runs of a project that have ended, newest first."""
    rows = [row for row in session.runs(project) if row.state in ENDED]
    rows.sort(key=lambda row: -row.number)
    return tuple(EndedRun(row.run, _label(row.number, row.kind, row.created), row.kind) for row in rows[:MOST])


def store_picture(session: Session, path: Path, data: bytes) -> Path:
    """Write what a plot or frame shows to a file, whole or not at all.

    Raises:
        SlipwayError: the folder may not be written, or the disk is full.
    """
    del session  # a query is handed one; this one needs none
    from workbench.base.atomic import write_atomic

    write_atomic(path, data)
    return path


def _label(number: int, kind: str, created: str) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(created.replace("Z", "+00:00")).astimezone(UTC).astimezone()
        when = f", {moment:%d %b %H:%M}"
    except ValueError:
        when = ""
    return f"Run {number}, {kind}{when}"
