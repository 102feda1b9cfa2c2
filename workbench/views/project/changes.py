"""What changed in a project since its user saw it last, and what needs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.project.overview import Target

if TYPE_CHECKING:
    from workbench.session import Session


@dataclass(frozen=True)
class Change:
    """One thing that happened, or that stands open."""

    state: str
    """Its icon and colour, as `ui.widgets.states` names them; also `commit` and `changed`."""
    at: str
    """UTC, ISO 8601; empty where nobody knows when."""
    clock: str
    """The time on this machine's clock: `13:52`."""
    subject: str
    """The words of `text` that name the thing."""
    text: str
    detail: str
    """Who or what, and the old value."""
    target: Target | None


@dataclass(frozen=True)
class Day:
    """Changes of one day, newest first."""

    title: str
    """`Today`, `Yesterday`, `12 May`."""
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Changes:
    """All of it."""

    first_visit: bool
    title: str
    """`Since your last visit`, or `First visit`."""
    summary: str
    """`Yesterday 12:30. 10 changes, 3 things need you.`"""
    needs: tuple[Change, ...]
    days: tuple[Day, ...]
    facts: tuple[tuple[str, str], ...]
    """What the project is: name and value."""

    @property
    def count(self) -> int:
        """How many changes there are."""
        return sum(len(day.changes) for day in self.days)


def read_changes(session: Session, project: Path) -> Changes:
    """What needs the user, and what changed since they saw the project last."""
    from workbench.history.changes import list_changes

    return list_changes(session.home, project)


def read_history(session: Session, project: Path) -> Changes:
    """All that the project's records and commits tell, from the beginning."""
    from workbench.history.changes import list_changes

    return list_changes(session.home, project, whole=True)


def mark_seen(session: Session, project: Path) -> None:
    """Take all that is there now as seen; what is told next time is what comes after."""
    from workbench.history.visit import stamp_visit

    stamp_visit(session.home, project)
