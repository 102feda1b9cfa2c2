"""What a person typed into fields and nothing has taken yet; kept while it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session

Entries = tuple[tuple[str, str], ...]
"""(field, text) of one place: a dialog, a form."""


def keep_entries(session: Session, project: Path | None, place: str, entries: Entries) -> None:
    """Keep the entries of a place, of a project or of the window itself; none forgets what was kept."""
    from workbench.documents.entries import keep

    keep(session.home, project, place, entries)


def read_entries(session: Session, project: Path | None, place: str) -> Entries:
    """The entries that were kept."""
    from workbench.documents.entries import find

    return find(session.home, project, place)
