"""Changes of the form that are neither saved nor taken back, kept in the project's cache against a crash."""

from __future__ import annotations

import json
from pathlib import Path

from projects.layout import Layout
from workbench.base.atomic import write_json
from workbench.views.model import Changes

FILE, FORMAT = "model_draft.json", "slipway.model_draft/1"
_MAX_BYTES, _MAX_CHANGES = 1 << 16, 64


def write_draft(project: Path, changes: Changes) -> None:
    """Remember them; none removes what was remembered.

    Raises:
        SlipwayError: the cache cannot be written.
    """
    file = Layout(project).cache / FILE
    if changes:
        write_json(file, {"format": FORMAT, "changes": [list(change) for change in changes]})
    else:
        file.unlink(missing_ok=True)


def read_draft(project: Path) -> Changes:
    """What was remembered; nothing where it cannot be read."""
    try:
        with (Layout(project).cache / FILE).open("rb") as stream:
            body = json.loads(stream.read(_MAX_BYTES))
        if body["format"] != FORMAT:
            return ()
        pairs = [(key, value) for key, value in body["changes"] if isinstance(key, str) and isinstance(value, str)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(pairs[:_MAX_CHANGES])
