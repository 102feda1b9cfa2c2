"""The live recording of a run: events, blocks of samples and roll-ups in SQLite, one durable commit a second.

A kill at any moment loses at most what came since the last commit, and never leaves half a block.
"""

from __future__ import annotations

import array
import json
import math
import sqlite3
import time
import zlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .protocol import E_DISK, CommandError
from .run_folder import encode_line

FORMAT = "slipway.live/1"

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE events(id INTEGER PRIMARY KEY, mono_ns INTEGER, kind TEXT, data TEXT);
CREATE TABLE blocks(id INTEGER PRIMARY KEY, stream TEXT, first_ns INTEGER, last_ns INTEGER, rows INTEGER,
                    columns TEXT, data BLOB);
CREATE TABLE rollups(stream TEXT, second INTEGER, "column" TEXT, n INTEGER, min REAL, max REAL, mean REAL);
"""
_LABELS = frozenset(["mono_ns", "phase", "start", "pass", "frame", "frame_id"])
"""Columns that name a row; they are not rolled up."""
_NOT_ROLLED_UP = frozenset(["boxes"])
"""Streams whose rows are no samples of anything."""

_NS = 10**9


class CannotRecord(Exception):
    """The recording cannot be written: what is measured now would be lost, so the run ends."""

    def __init__(self, error: CommandError) -> None:
        super().__init__(error.summary)
        self.error = error


Column = Tuple[str, str]
"""A column's name and its typecode in the array module: q, i, h, f or d."""


class Recording:
    """The one writer of a run's `live.sqlite`; one thread uses it. Nothing is on disk before `commit`."""

    def __init__(self, path: Path, meta: Dict[str, str]) -> None:
        self._events: List[Tuple[int, str, str]] = []
        self._open: Dict[str, _Block] = {}
        self._full: List[_Block] = []
        try:
            self._db = sqlite3.connect(str(path), isolation_level=None, timeout=30.0)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript("BEGIN;" + _SCHEMA + "COMMIT;")
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", dict(meta, format=FORMAT).items())
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise _cannot_record(error) from error

    def event(self, kind: str, data: Dict[str, Any], mono_ns: Optional[int] = None) -> None:
        """Add an event; its data is JSON without NaN."""
        moment = time.monotonic_ns() if mono_ns is None else mono_ns
        self._events.append((moment, kind, encode_line(data)))

    def rows(self, stream: str, columns: Sequence[Column], parts: Sequence[Any]) -> None:
        """Add rows to a stream; the first column is `mono_ns`.

        Args:
            stream: its name.
            columns: names and typecodes; they may change from call to call.
            parts: one buffer of little-endian numbers for each column, all of the same number of rows.
        """
        block = self._open.get(stream)
        if block is not None and block.columns != list(columns):
            self._full.append(block)
            block = None
        if block is None:
            block = self._open[stream] = _Block(stream, columns)
        block.extend(parts)

    def commit(self) -> None:
        """Bring everything so far to the disk, in one transaction.

        Raises:
            CannotRecord: the disk is full or broken.
        """
        blocks = self._full + [block for block in self._open.values() if block.rows]
        if not blocks and not self._events:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO events(mono_ns, kind, data) VALUES (?, ?, ?)", self._events)
            for block in blocks:
                self._db.execute(
                    "INSERT INTO blocks(stream, first_ns, last_ns, rows, columns, data) VALUES (?, ?, ?, ?, ?, ?)",
                    block.row(),
                )
                self._db.executemany("INSERT INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?)", block.rollups())
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise _cannot_record(error) from error
        self._events, self._open, self._full = [], {}, []

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it; what was not committed is lost."""
        self._db.close()


class _Block:
    """The rows of one stream since the last commit."""

    def __init__(self, stream: str, columns: Sequence[Column]) -> None:
        self.stream = stream
        self.columns = list(columns)
        self._arrays = [array.array(typecode) for _, typecode in columns]

    @property
    def rows(self) -> int:
        return len(self._arrays[0])

    def extend(self, parts: Sequence[Any]) -> None:
        for values, part in zip(self._arrays, parts):
            values.frombytes(part)

    def row(self) -> Tuple[str, int, int, int, str, bytes]:
        times = self._arrays[0]
        data = zlib.compress(b"".join(values.tobytes() for values in self._arrays), 1)
        return self.stream, min(times), max(times), self.rows, json.dumps(self.columns), data

    def rollups(self) -> List[Tuple[str, int, str, int, Optional[float], Optional[float], Optional[float]]]:
        if self.stream in _NOT_ROLLED_UP:
            return []
        second = self._arrays[0][0] // _NS
        result = []
        for (name, _), values in zip(self.columns, self._arrays):
            if name not in _LABELS:
                result.append((self.stream, second, name, *summarise(values)))
        return result


def summarise(values: Sequence[float]) -> Tuple[int, Optional[float], Optional[float], Optional[float]]:
    """Number, least, greatest and mean of the values that are measured (not NaN, not infinite)."""
    total = sum(values)
    if not math.isfinite(total):
        values = [value for value in values if math.isfinite(value)]
        total = sum(values)
    if not values:
        return 0, None, None, None
    return len(values), min(values), max(values), total / len(values)


def _cannot_record(error: sqlite3.Error) -> CannotRecord:
    hint = "Free some space on the board." if "full" in str(error) else "Check the board's disk."
    return CannotRecord(CommandError(E_DISK, "the recording cannot be written: %s" % error, hint))
