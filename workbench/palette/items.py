"""Gathers what the palette finds: artefacts, requirements, runs, hashes, boards, projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from workbench.base.errors import SlipwayError
from workbench.recent import recent_projects
from workbench.views.palette import PaletteItem
from workbench.views.tree import TreeItem
from workbench.words import say_folder

if TYPE_CHECKING:
    from workbench.session import Session

_KINDS = {
    "boards": "Board",
    "model": "Model",
    "optimise": "Candidate",
    "project": "Document",
    "verify": "Run",
}


def list_items(session: Session, project: Path | None) -> tuple[PaletteItem, ...]:
    """In the order of the tree; a part that cannot be read is left out, since its page says why."""
    found: list[PaletteItem] = []
    if project is not None:
        found += _of_project(session, project)
    found += _boards(session, {item.title for item in found if item.kind == "Board"})
    found += _projects(session.home, project)
    return tuple({item.key: item for item in found}.values())


def _of_project(session: Session, folder: Path) -> Iterator[PaletteItem]:
    from workbench.standing.overview import make_overview
    from workbench.views.verify.rows import row_of_requirement

    try:
        overview = make_overview(session.home, folder)
    except SlipwayError:
        return
    yield from _of_tree(overview.tree, "")
    for box in overview.strip.boxes:
        if box.sha256 is not None:
            about = f"{box.stage}, {box.sha256[:12]}…"
            target = box.target
            yield PaletteItem(
                f"hash:{box.sha256}", box.name, about, "Hash", "hash", target.stage, target.subject, box.sha256
            )
    try:
        opened = Project.open(folder)
    except SlipwayError:
        return
    for item in opened.requirements:
        limit = row_of_requirement(item, folder, "", "").limit_text
        yield PaletteItem(
            f"requirement:{item.id}", item.title, limit, "Requirement", "scale", "verify", item.id, item.id
        )


def _of_tree(items: Iterable[TreeItem], heading: str) -> Iterator[PaletteItem]:
    for item in items:
        if item.children:
            yield from _of_tree(item.children, item.title)
        if item.stage:
            kind = heading.rstrip("s") or _KINDS.get(item.stage, "Page")
            yield PaletteItem(
                f"tree:{item.key}", item.title, item.state_text, kind, item.icon, item.stage, item.target, heading
            )


def _boards(session: Session, known: set[str]) -> Iterator[PaletteItem]:
    try:
        entries = session.boards()
    except SlipwayError:
        return
    for entry in entries:
        if entry.name not in known:
            yield PaletteItem(
                f"board:{entry.name}", entry.name, entry.address, "Board", "microchip", "boards", entry.name
            )


def _projects(home: Path, current: Path | None) -> Iterator[PaletteItem]:
    for item in recent_projects(home):
        if item.folder != current and item.folder.is_dir():
            yield PaletteItem(
                f"project:{item.folder}",
                item.folder.name,
                say_folder(item.folder),
                "Project",
                "folder-kanban",
                "",
                item.folder,
            )
