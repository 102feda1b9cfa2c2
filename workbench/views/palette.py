"""What the palette finds besides commands: what the open project holds, boards, and other projects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session

CHOSEN = "palette"


@dataclass(frozen=True)
class PaletteItem:
    """One thing that can be gone to."""

    key: str
    """Stable, so that what was chosen lately is known again."""
    title: str
    about: str
    kind: str
    """`Run`, `Requirement`, `Board`, `Project`, …"""
    icon: str
    stage: str
    """The page that shows it; empty for a project, which is opened."""
    target: object = None
    """What that page's `open` is given, or the project's folder."""
    search: str = ""
    """What it is looked for by besides title and about: hashes, ids."""

    @property
    def text(self) -> str:
        """All that it is looked for by."""
        return f"{self.title} {self.about} {self.kind} {self.search}"


def read_palette(session: Session, project: Path | None) -> tuple[PaletteItem, ...]:
    """Everything, in the order of the project tree; without a project, boards and projects."""
    from workbench.palette.items import list_items

    return list_items(session, project)


def read_chosen(session: Session, project: Path | None) -> tuple[str, ...]:
    """Keys of what this user chose in the palette before this project, the newest first."""
    from workbench.documents.entries import find

    return tuple(key for key, _ in find(session.home, project, CHOSEN))


def keep_chosen(session: Session, project: Path | None, keys: tuple[str, ...]) -> None:
    """Keep what was chosen, so that the next window offers it first."""
    from workbench.documents.entries import keep

    keep(session.home, project, CHOSEN, tuple((key, "") for key in keys))
