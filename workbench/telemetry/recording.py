"""Reading a run's live recording: everything that can be read of it, also where its end is missing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from targets.agent.strict_json import decode
from workbench.base.errors import SlipwayError
from workbench.telemetry.blocks import MAX_COLUMNS, Table, decode_block, join_blocks

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
NEEDED_COLUMNS = {"frames": FRAME_COLUMNS, "telemetry": {"mono_ns": "<i8"}, "boxes": {"mono_ns": "<i8"}}
"""Without these, in these types, a block of the stream is damaged."""
MAX_TABLE_BYTES = 1 << 30
MAX_TABLE_ROWS = 1 << 24
"""Of all blocks together: a day and night at 190 frames a second."""
MAX_BOX_ROWS = 1 << 23
"""Of the boxes of a live run, besides: eight hours of 300 a second. Later ones are left out, and nothing else."""
BOXES = "boxes"
MAX_STREAMS = 16
MAX_PROBLEMS = 100
MAX_VALUE_BYTES = 64 << 20
"""Of one value in the file."""
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
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        database.execute("PRAGMA writable_schema=ON")  # without it, a file that lost its end is refused as a whole
        database.execute("PRAGMA trusted_schema=OFF")
        made = database.execute("SELECT type, sql FROM sqlite_master LIMIT 100").fetchall()
        if any(kind not in {"table", "index"} or "VIRTUAL" in str(sql).upper() for kind, sql in made):
            raise SlipwayError(f"{path} is no recording of a run: it holds more than plain tables")
        rows = database.execute("SELECT key, value FROM meta LIMIT 100").fetchall()
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
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
            data = decode(text.encode())
        except (AttributeError, ValueError):
            data = None
        if isinstance(mono_ns, int) and isinstance(data, dict):
            yield RunEvent(mono_ns, str(kind), data)
        else:
            _note(problems, f"event {row_id} cannot be read")


def _note(problems: list[str], text: str) -> None:
    """Note a problem; a hostile file has one a row."""
    if len(problems) < MAX_PROBLEMS:
        problems.append(text if len(problems) < MAX_PROBLEMS - 1 else "… and more")


def _note_once(problems: list[str], text: str) -> None:
    if text not in problems:
        _note(problems, text)


def _read_tables(database: sqlite3.Connection, problems: list[str]) -> dict[str, Table]:
    query = "SELECT id, stream, rows, columns, data FROM blocks ORDER BY id"
    gathered = _Gathered()
    for row_id, stream, rows, columns, data in _rows(database, query, "blocks", problems):
        try:
            block = decode_block(decode(columns.encode()), rows, data)
            check_columns(str(stream), block)
        except (AttributeError, TypeError, ValueError, SlipwayError) as error:
            _note(problems, f"block {row_id} of {stream!r:.40} cannot be read: {str(error)[:300]}")
            continue
        if stream == BOXES and gathered.rows_of(BOXES) + len(block["mono_ns"]) > MAX_BOX_ROWS:
            _note_once(problems, "the last boxes were left out: no more are kept of one run")
            continue
        if not gathered.add(str(stream), block):
            _note(problems, f"the blocks after {row_id} were left out: no run records so much")
            break
    tables = {stream: join_blocks(parts) for stream, parts in gathered.blocks.items()}
    return {stream: table for stream, table in tables.items() if _has_sound_moments(stream, table, problems)}


class _Gathered:
    """Blocks by stream, as long as the tables that they make are not too large."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[Table]] = {}
        self._widths: dict[str, dict[str, int]] = {}
        self._rows: Counter[str] = Counter()

    def rows_of(self, stream: str) -> int:
        """How many rows of a stream there are."""
        return self._rows[stream]

    def add(self, stream: str, block: Table) -> bool:
        """Add a block; False where the tables would become too large."""
        widths = {name: column.itemsize for name, column in block.items()}
        known = self._widths.setdefault(stream, widths)
        if known != widths:  # what a block lacks is filled up, in eight bytes
            self._widths[stream] = dict.fromkeys((*known, *widths), 8)
        self._rows[stream] += len(next(iter(block.values())))
        self.blocks.setdefault(stream, []).append(block)
        size_bytes = sum(rows * sum(self._widths[name].values()) for name, rows in self._rows.items())
        return (
            size_bytes <= MAX_TABLE_BYTES
            and self._rows.total() - self._rows[BOXES] <= MAX_TABLE_ROWS
            and len(self.blocks) <= MAX_STREAMS
            and len(self._widths[stream]) <= MAX_COLUMNS
        )


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
    """Rows up to the first that the file cannot give any more; ids ascend, in a damaged file they may go round."""
    last = None
    try:
        for row in database.execute(query):
            if last is not None and not row[0] > last:
                problems.append(f"the {what} end early: their ids do not ascend")
                return
            last = row[0]
            yield row
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        problems.append(f"the {what} end early: {error}")
