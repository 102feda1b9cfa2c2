"""Which engines the jobs of this user built: only their bytes are used again.

A runtime reads an engine's bytes natively, and whoever writes a project can give any bytes the identity that a build
would have. What came from elsewhere is therefore built again.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from workbench.base.atomic import write_json
from workbench.base.hashing import is_sha256

FILE = "built_engines.json"
FORMAT = "slipway.built_engines/1"
MOST = 4096
"""Engines that are remembered, the latest ones."""
FOREIGN = "it was not built by you"
_MAX_BYTES = 1 << 20
_WRITING = threading.Lock()
"""Within this process; where another one writes at the same time, an engine may be forgotten and is built again."""


def is_built_here(home: Path, sha256: str) -> bool:
    """Whether a job of the user whose state lies in `home` built the engine with exactly these bytes."""
    return sha256 in _read(home)


def remember_engine(home: Path, sha256: str) -> None:
    """Note an engine that a board built for this user.

    Raises:
        SlipwayError: the list cannot be written.
    """
    with _WRITING:
        known = [item for item in _read(home) if item != sha256]
        write_json(home / FILE, {"format": FORMAT, "engines": [*known, sha256][-MOST:]})


def _read(home: Path) -> list[str]:
    """sha256 of each, oldest first; none where the list is missing or damaged: then they are built again."""
    try:
        with (home / FILE).open("rb") as stream:
            document = json.loads(stream.read(_MAX_BYTES))
        engines = document["engines"] if document["format"] == FORMAT else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [item for item in engines if isinstance(item, str) and is_sha256(item)] if isinstance(engines, list) else []
