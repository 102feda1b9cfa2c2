"""What a user saw of a project last: a stamp of its documents, records and runs, in the state of the user."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from projects.layout import Layout
from projects.record_file import utc_now
from projects.runs import list_runs
from workbench.base.atomic import write_json
from workbench.documents.names import DOCUMENTS, state_folder
from workbench.history.git import repository_of

KINDS = ("candidate", "engine", "release", "finding")
MAX_BYTES = 8 << 20


@dataclass(frozen=True)
class Visit:
    """A project as it was when its user had seen it."""

    seen: str
    """UTC, ISO 8601 with Z."""
    documents: Mapping[str, str]
    """Text by name."""
    records: frozenset[str]
    """Ids, of all kinds."""
    runs: frozenset[str]
    """Ids of those that had ended."""
    head: str
    """The last commit; empty where there was none."""


def last_visit(home: Path, project: Path) -> Visit | None:
    """The last stamp; None on the first visit, or where its file was damaged."""
    value = _load(_folder(home, project) / "visit.json")
    try:
        return Visit(
            seen=str(value["seen"]),
            documents={str(name): str(text) for name, text in value["documents"].items()},
            records=frozenset(map(str, value["records"])),
            runs=frozenset(map(str, value["runs"])),
            head=str(value["head"]),
        )
    except (KeyError, TypeError, AttributeError):
        return None


def stamp_visit(home: Path, project: Path) -> None:
    """Take all that is there now as seen."""
    from workbench.documents.files import decode, read_bytes

    layout = Layout(project)
    found = repository_of(project)
    texts = {document.name: read_bytes(project / document.name) for document in DOCUMENTS}
    value = {
        "format": "slipway.visit/1",
        "project": str(project.resolve()),
        "seen": utc_now(),
        "documents": {name: decode(data).text for name, data in texts.items() if data is not None},
        "records": sorted(path.stem for kind in KINDS for path in (layout.records / kind).glob("*.json")),
        "runs": [folder.id for folder in list_runs(layout.runs) if folder.is_finished()],
        "head": "" if found is None else found.head,
    }
    write_json(_folder(home, project) / "visit.json", value)


def note_saves(home: Path, project: Path, saved: Mapping[str, str]) -> None:
    """Remember what this user saved here, by name and sha256, so that edits from outside can be told."""
    path = _folder(home, project) / "saves.json"
    write_json(path, {**_load(path), **saved})


def last_save(home: Path, project: Path, name: str) -> str | None:
    """sha256 of a document as it was saved here last; None where it never was."""
    found = _load(_folder(home, project) / "saves.json").get(name)
    return found if isinstance(found, str) else None


def _folder(home: Path, project: Path) -> Path:
    return state_folder(home, "visits", project)


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
