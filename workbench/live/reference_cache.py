"""What the reference found in frames, kept on disk by model, settings and frame."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from workbench.evaluate.matching import Detections

CACHE_FILE = "reference.sqlite"
KEPT_FRAMES = 200_000
"""In the cache on disk; a frame with ten boxes takes some 300 bytes."""


class ReferenceCache:
    """What the reference found, by model, settings and frame. One thread; several processes may share the file."""

    def __init__(self, path: Path, model: str, settings: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._key = (model, settings)
        self._db = sqlite3.connect(path, timeout=10.0)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")  # what is lost can be computed again
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS found(model TEXT, settings TEXT, frame TEXT, boxes BLOB, "
            "PRIMARY KEY(model, settings, frame))"
        )

    def find(self, frame: str) -> Detections | None:
        """What was found in a frame; None where it was not computed."""
        row = self._db.execute(
            "SELECT boxes FROM found WHERE model = ? AND settings = ? AND frame = ?", (*self._key, frame)
        ).fetchone()
        return None if row is None else _decode(row[0])

    def keep(self, frame: str, found: Detections) -> None:
        """Keep what was found; on disk with the next `commit`."""
        self._db.execute("INSERT OR REPLACE INTO found VALUES (?, ?, ?, ?)", (*self._key, frame, _encode(found)))

    def commit(self) -> None:
        """Write what was kept, and forget the oldest where it becomes too much."""
        (last,) = self._db.execute("SELECT coalesce(max(rowid), 0) FROM found").fetchone()
        self._db.execute("DELETE FROM found WHERE rowid <= ?", (last - KEPT_FRAMES,))
        self._db.commit()

    def close(self) -> None:
        """Write what was kept and close the file."""
        self.commit()
        self._db.close()


def _encode(found: Detections) -> bytes:
    table = np.column_stack([found.boxes, found.scores, found.classes]) if len(found) else np.zeros((0, 6))
    return table.astype("<f4").tobytes()


def _decode(data: bytes) -> Detections:
    table = np.frombuffer(data, "<f4").reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5])
