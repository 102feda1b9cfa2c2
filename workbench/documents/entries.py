"""What stands in fields and was not taken yet: kept in the state of the user, so that no crash loses it."""

from __future__ import annotations

import json
from pathlib import Path

from workbench.base.atomic import write_json
from workbench.documents.names import state_folder
from workbench.views.entries import Entries

FORMAT = "slipway.entries/1"
MAX_BYTES, MOST = 1 << 20, 200


def keep(home: Path, project: Path | None, place: str, entries: Entries) -> None:
    """Keep what stands in the fields of one place, in place of what was kept; nothing forgets it.

    Raises:
        SlipwayError: the state of the user cannot be written.
    """
    path = _path(home, project, place)
    if entries:
        write_json(path, {"format": FORMAT, "entries": [list(entry) for entry in entries[:MOST]]})
    else:
        path.unlink(missing_ok=True)


def find(home: Path, project: Path | None, place: str) -> Entries:
    """What was kept; nothing where there is none, or where its file was damaged."""
    try:
        with _path(home, project, place).open("rb") as stream:
            body = json.loads(stream.read(MAX_BYTES))
        if body["format"] != FORMAT:
            return ()
        pairs = [(key, text) for key, text in body["entries"] if isinstance(key, str) and isinstance(text, str)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(pairs[:MOST])


def _path(home: Path, project: Path | None, place: str) -> Path:
    folder = home / "entries" if project is None else state_folder(home, "entries", project)
    return folder / f"{place}.json"
