"""Recordings of runs as a hostile board may leave them: SQLite files that are not ours, bombs, wrong columns."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from targets.agent.recording import Recording as Recorder
from tests.fuzz.mutate import HOSTILE, mutate_bytes, mutate_json
from workbench.telemetry.freeze import freeze, read_parquet, read_rollup
from workbench.telemetry.recording import FRAME_COLUMNS, read_recording

_CODES: Final = {"<i8": "q", "<i4": "i", "<i2": "h", "<f4": "f", "<f8": "d"}
_COLUMNS: Final = [[name, _CODES[code]] for name, code in FRAME_COLUMNS.items()]
_WIDTHS: Final = {"q": 8, "i": 4, "h": 2, "f": 4, "d": 8}


def check_recording(data: bytes, folder: Path) -> str:
    """Read it as after a run, freeze it, read what was frozen."""
    path = folder / "live.sqlite"
    path.write_bytes(data)
    recording = read_recording(path)
    assert all(len(problem) < 2000 for problem in recording.problems), max(recording.problems, key=len)[:300]
    json.dumps([*recording.problems, dict(recording.meta)], ensure_ascii=False).encode()
    json.dumps([event.data for event in recording.events], allow_nan=False, ensure_ascii=False).encode()
    names = freeze(recording, folder / "frozen")
    for name in names:
        table: Any = (
            read_rollup(folder / "frozen" / name) if name.endswith(".npy") else read_parquet(folder / "frozen" / name)
        )
        assert table is not None
    return "recording taken"


def make_recording(random: Random) -> bytes:
    """A recording with changes: of its rows by SQL, or of its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "live.sqlite"
        _record(path)
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode=DELETE")
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            try:
                random.choice(_CHANGES)(random, database)
            except (sqlite3.Error, UnicodeEncodeError, OverflowError):
                continue
        database.close()
        data = path.read_bytes()
    return mutate_bytes(random, data) if random.random() < 0.4 else data


def _record(path: Path) -> None:
    recorder = Recorder(
        path, {"run": "r1", "boot_id": "b", "started_mono_ns": "1", "started_utc": "2026-11-24T09:15:00Z"}
    )
    for number in range(3):
        recorder.event("phase_started", {"phase": "latency", "number": number}, 10**9 * number)
        rows = [b"\1\0\0\0\0\0\0\0"[:width] * 4 for width in (_WIDTHS[code] for _, code in _COLUMNS)]
        recorder.rows("frames", [(name, code) for name, code in _COLUMNS], rows)
        recorder.rows("telemetry", [("mono_ns", "q"), ("cpu_percent", "f")], [b"\1" + b"\0" * 31, b"\0" * 16])
        recorder.commit()
    recorder.close()


def _set_block(random: Random, database: sqlite3.Connection) -> None:
    """Columns, row counts and data of a block replaced."""
    columns = random.choice(
        (_COLUMNS, mutate_json(random, _COLUMNS), [[f"c{n}", "d"] for n in range(random.choice((1, 256, 300)))])
    )
    rows = random.choice((0, 1, 4, 1000, 2**20, 2**22, 2**31, -1, None, "4", 1.5))
    size = (
        sum(
            _WIDTHS.get(column[1], 8)
            for column in columns
            if isinstance(column, list) and len(column) == 2 and isinstance(column[1], str)
        )
        if isinstance(columns, list)
        else 8
    )
    content = (
        _zeros(size * rows)
        if isinstance(rows, int) and 0 <= size * rows < 2**31 and random.random() < 0.7
        else zlib.compress(random.randbytes(99))
    )
    data: Any = random.choice((content, content, content, content[:-5], b"", None, "text", 7))
    stream = random.choice(("frames", "telemetry", "frames", "x", "", "\ud800", None))
    database.execute(
        "UPDATE blocks SET stream=?, rows=?, columns=?, data=? WHERE id=?",
        (stream, rows, json.dumps(columns), data, random.randrange(1, 7)),
    )


def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(1)
    block = b"\0" * (1 << 20)
    parts = [packer.compress(block) for _ in range(size >> 20)]
    return b"".join([*parts, packer.compress(b"\0" * (size & 0xFFFFF)), packer.flush()])


def _set_event(random: Random, database: sqlite3.Connection) -> None:
    value = random.choice(HOSTILE)
    data = random.choice(
        (
            json.dumps({"phase": value}),
            json.dumps(value),
            "{",
            "[" * 50_000,
            b"\xff",
            '{"a":' + "9" * 5000 + "}",
            '{"a":1e999}',
            '{"a":"\\ud800"}',
        )
    )
    moment = random.choice((1, -1, 2**62, None, "x", 1.5))
    database.execute(
        "UPDATE events SET mono_ns=?, kind=?, data=? WHERE id=?",
        (moment, random.choice(("output", "x", None, 5, b"\xff")), data, random.randrange(1, 4)),
    )


def _set_meta(random: Random, database: sqlite3.Connection) -> None:
    value = random.choice(HOSTILE)
    text = value if isinstance(value, (str, float, bytes)) else str(value)[:1000]
    database.execute("UPDATE meta SET value=? WHERE key=?", (text, random.choice(("format", "run", "started_mono_ns"))))


def _set_moments(random: Random, database: sqlite3.Connection) -> None:
    moments = random.choice(((0, 2**62), (-5, 5), (0, 62 * 86_400 * 10**9), (2**63 - 1, 2**63 - 1), (0, 10**15)))
    data = zlib.compress(b"".join(moment.to_bytes(8, "little", signed=True) for moment in moments) + b"\0" * 8)
    columns = json.dumps([["mono_ns", "q"], ["cpu_percent", "f"]])
    database.execute("INSERT INTO blocks(stream, rows, columns, data) VALUES ('telemetry', 2, ?, ?)", (columns, data))


def _make_view(random: Random, database: sqlite3.Connection) -> None:
    """Tables that compute when they are read: without end, or very large values."""
    table = random.choice(("meta", "events", "blocks"))
    columns = {
        "meta": "key, value",
        "events": "id, mono_ns, kind, data",
        "blocks": "id, stream, first_ns, last_ns, rows, columns, data",
    }[table]
    values = {
        "meta": "SELECT 'format', 'slipway.live/1' UNION ALL SELECT n, n FROM c",
        "events": "SELECT n, n, 'x', '{}' FROM c",
        "blocks": "SELECT n, 'frames', 0, 0, 1, '[]', zeroblob(100000000) FROM c",
    }[table]
    end = random.choice(("", " WHERE n < 100", " WHERE n < 1000000"))
    rename = f"ALTER TABLE {table} RENAME TO old"
    numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c{end})"  # noqa: S608 - a bomb of our own
    database.execute(rename)
    database.execute(f"CREATE VIEW {table}({columns}) AS {numbers} {values}")


def _many(random: Random, database: sqlite3.Connection) -> None:
    """Many rows, each small on disk and large in memory."""
    count = random.choice((50, 500))
    rows = 1 << 20
    data = _zeros(rows * 12)
    columns = json.dumps([["mono_ns", "q"], ["cpu_percent", "f"]])
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO blocks(stream, rows, columns, data) VALUES ('telemetry', ?, ?, ?)", [(rows, columns, data)] * count
    )
    database.execute("COMMIT")


def _schema(random: Random, database: sqlite3.Connection) -> None:
    database.execute(
        random.choice(
            (
                "DROP TABLE blocks",
                "DROP TABLE meta",
                "DROP TABLE events",
                "DELETE FROM meta",
                "CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END",
                "ALTER TABLE blocks ADD COLUMN g AS (zeroblob(900000000))",
                "ALTER TABLE blocks ADD COLUMN g AS (load_extension('x.so'))",
                "ALTER TABLE events RENAME COLUMN data TO d",
                "CREATE INDEX i ON events(json_extract(data, '$.x'))",
                "CREATE VIRTUAL TABLE v USING fts5(x)",
                "UPDATE blocks SET id = -id",
                "UPDATE events SET data = zeroblob(50000000)",
                "PRAGMA user_version=9",
                "PRAGMA journal_mode=WAL",
            )
        )
    )


_CHANGES: Final[tuple[Callable[[Random, sqlite3.Connection], None], ...]] = (
    _set_block, _set_block, _set_block, _set_event, _set_event, _set_meta, _set_moments, _make_view, _many, _schema,
)  # fmt: skip
