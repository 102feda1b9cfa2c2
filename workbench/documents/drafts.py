"""Text that was typed and not saved: kept at once in the state of the user, so that no crash loses it."""

from __future__ import annotations

import json
from pathlib import Path

from projects.record_file import utc_now
from workbench.base.atomic import write_json
from workbench.documents.names import document_named, state_folder
from workbench.views.project.documents import Draft

MAX_BYTES = 4 << 20


def keep(home: Path, project: Path, name: str, text: str, base_sha256: str | None) -> None:
    """Keep a text, whole or not at all; the one before it is replaced."""
    value = {
        "format": "slipway.draft/1",
        "project": str(project.resolve()),
        "text": text,
        "kept": utc_now(),
        "base_sha256": base_sha256,
    }
    write_json(_path(home, project, name), value)


def drop(home: Path, project: Path, name: str) -> None:
    """Forget a text."""
    _path(home, project, name).unlink(missing_ok=True)


def find(home: Path, project: Path, name: str) -> Draft | None:
    """The text that was kept; None where there is none, or where its file was damaged."""
    path = _path(home, project, name)
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        value = json.loads(path.read_text(encoding="utf-8"))
        text, kept, base = value["text"], value["kept"], value["base_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(text, str) or not isinstance(kept, str) or not isinstance(base, str | None):
        return None
    return Draft(text, kept, base)


def _path(home: Path, project: Path, name: str) -> Path:
    return state_folder(home, "drafts", project) / f"{document_named(name).name}.json"
