"""What the palette finds besides commands: what the open project holds, boards, and other projects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session


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
