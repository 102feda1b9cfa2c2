"""Reading a run's live recording: everything that can be read of it, also where its end is missing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench.base.errors import SlipwayError
from workbench.telemetry.blocks import Table, decode_block, join_blocks

FORMAT = "slipway.live/1"

FRAME_COLUMNS = {
    "mono_ns": "<i8",
    "phase": "<i2",
    "start": "<i4",
    "pass": "<i2",
    "frame": "<i4",
    "queue_us": "<f4",
    "preprocess_us": "<f4",
    "copy_in_us": "<f4",
    "execute_us": "<f4",
    "copy_out_us": "<f4",
    "decode_us": "<f4",
    "latency_us": "<f4",
    "detections": "<i4",
    "bad_boxes": "<i4",
    "bad_scores": "<i4",
    "error": "<i2",
}
"""The stream `frames`, so that a run without frames has a table with all its columns too."""
NEEDED_COLUMNS = {"frames": FRAME_COLUMNS, "telemetry": {"mono_ns": "<i8"}}
"""Without these, in these types, a block of the stream is damaged."""
LONGEST_S = 62 * 86_400
"""Nothing records for longer: moments that are further apart are damaged, and would take endless memory."""


@dataclass(frozen=True)
class RunEvent:
    """Something that happened in a run."""

    mono_ns: int
    """The board's monotonic clock."""
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Recording:
    """What a live recording holds."""

    meta: Mapping[str, str]
    """`run`, `boot_id`, `started_mono_ns`, `started_utc`."""
    events: tuple[RunEvent, ...]
    tables: Mapping[str, Table]
    """By stream."""
    problems: tuple[str, ...]
    """What could not be read, in words; empty for a whole file."""

    def frames_table(self) -> Table:
        """One row for each measured frame; times in microseconds, `mono_ns` is its arrival."""
        return dict(self.tables.get("frames") or {name: np.zeros(0, code) for name, code in FRAME_COLUMNS.items()})

    def telemetry_table(self) -> Table:
        """One row for each sample of the machine; NaN is not measured."""
        return dict(self.tables.get("telemetry") or {"mono_ns": np.zeros(0, "<i8")})

    def events_of(self, kind: str) -> list[RunEvent]:
        """All events of one kind, in their order."""
        return [event for event in self.events if event.kind == kind]


def read_recording(path: Path) -> Recording:
    """Read a copy of `live.sqlite` (and of the log beside it, if there is one).

    Args:
        path: the file; it is opened for writing where a log has to be folded in.

    Raises:
        SlipwayError: it is no recording at all, or of a newer format.
    """
    if not path.is_file():
        raise SlipwayError(f"there is no recording at {path}")
    problems: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        meta = _read_meta(path, database)
        events = tuple(_read_events(database, problems))
        tables = _read_tables(database, problems)
    return Recording(meta, events, tables, tuple(problems))


def _read_meta(path: Path, database: sqlite3.Connection) -> dict[str, str]:
    try:
        database.execute("PRAGMA writable_schema=ON")  # without it, a file that lost its end is refused as a whole
        rows = database.execute("SELECT key, value FROM meta").fetchall()
    except sqlite3.DatabaseError as error:
        raise SlipwayError(f"{path} is no recording of a run", detail=str(error)) from error
    meta = {str(key): str(value) for key, value in rows}
    if meta.get("format") != FORMAT:
        hint = "A newer Slipway wrote it; open it with that one."
        raise SlipwayError(f"{path} has the format {meta.get('format')!r}; this Slipway reads {FORMAT!r}", hint)
    return meta


def _read_events(database: sqlite3.Connection, problems: list[str]) -> Iterator[RunEvent]:
    query = "SELECT id, mono_ns, kind, data FROM events ORDER BY id"
    for row_id, mono_ns, kind, text in _rows(database, query, "events", problems):
        try:
            data = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            data = None
        if isinstance(mono_ns, int) and isinstance(data, dict):
            yield RunEvent(mono_ns, str(kind), data)
        else:
            problems.append(f"event {row_id} cannot be read")


def _read_tables(database: sqlite3.Connection, problems: list[str]) -> dict[str, Table]:
    query = "SELECT id, stream, rows, columns, data FROM blocks ORDER BY id"
    blocks: dict[str, list[Table]] = {}
    for row_id, stream, rows, columns, data in _rows(database, query, "blocks", problems):
        try:
            block = decode_block(json.loads(columns), rows, data)
            check_columns(str(stream), block)
        except (TypeError, ValueError, RecursionError, SlipwayError) as error:
            problems.append(f"block {row_id} of {stream} cannot be read: {error}")
            continue
        blocks.setdefault(str(stream), []).append(block)
    tables = {stream: join_blocks(parts) for stream, parts in blocks.items()}
    return {stream: table for stream, table in tables.items() if _has_sound_moments(stream, table, problems)}


def check_columns(stream: str, block: Table) -> None:
    """Whether a block has what every reader of its stream takes for granted.

    Raises:
        SlipwayError: a column is missing, or of another type.
    """
    for name, code in NEEDED_COLUMNS.get(stream, {}).items():
        got = block[name].dtype.str if name in block else "no such column"
        if got != code:
            raise SlipwayError(f"a block of {stream} with {got} where {name} of type {code} is expected")


def _has_sound_moments(stream: str, table: Table, problems: list[str]) -> bool:
    moments = table.get("mono_ns", np.zeros(0, "<i8"))
    if not len(moments) or (moments.min() >= 0 and int(moments.max()) - int(moments.min()) <= LONGEST_S * 10**9):
        return True
    problems.append(f"the {stream} cannot be used: their moments are negative or further apart than any run is long")
    return False


def _rows(database: sqlite3.Connection, query: str, what: str, problems: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows up to the first that the file cannot give any more."""
    try:
        yield from database.execute(query)
    except sqlite3.DatabaseError as error:
        problems.append(f"the {what} end early: {error}")
