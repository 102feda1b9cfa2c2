"""What the recording writes: blocks and roll-ups in step, and nothing before its commit."""

from __future__ import annotations

import array
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from targets.agent.recording import CannotRecord, Recording, summarise

COLUMNS = [("mono_ns", "q"), ("frame", "i"), ("latency_us", "f")]


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def add(recording: Recording, *values: tuple[int, int, float]) -> None:
    parts = [
        array.array(code, column).tobytes()
        for (_, code), column in zip(COLUMNS, zip(*values, strict=True), strict=True)
    ]
    recording.rows("frames", COLUMNS, parts)


def test_that_a_commit_brings_blocks_and_rollups_together(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    recording = Recording(path, {"run": "r1"})
    add(recording, (5 * 10**9, 0, 10.0), (5 * 10**9 + 1, 1, 30.0))
    add(recording, (5 * 10**9 + 2, 2, 20.0))
    recording.event("tick", {"n": 1})
    assert rows(path, "SELECT count(*) FROM blocks") == rows(path, "SELECT count(*) FROM events") == [(0,)]
    recording.commit()
    assert rows(path, "SELECT stream, rows FROM blocks") == [("frames", 3)]
    assert rows(path, "SELECT * FROM rollups") == [("frames", 5, "latency_us", 3, 10.0, 30.0, 20.0)]
    assert rows(path, "SELECT kind, data FROM events") == [("tick", '{"n":1}')]
    recording.commit()
    assert rows(path, "SELECT count(*) FROM blocks") == [(1,)]
    recording.close()


def test_that_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    recording = Recording(path, {})
    add(recording, (1, 0, 1.0))
    recording.commit()
    add(recording, (2, 1, 2.0))
    recording.close()
    assert rows(path, "SELECT first_ns, last_ns FROM blocks") == [(1, 1)]


def test_that_the_recording_is_durable_at_every_commit(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "live.sqlite", {})
    assert recording._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert recording._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    recording.close()


def test_that_what_is_not_measured_is_not_rolled_up() -> None:
    assert summarise(array.array("f", [1.0, math.nan, 3.0])) == (2, 1.0, 3.0, 2.0)
    assert summarise(array.array("d", [math.nan, math.inf])) == (0, None, None, None)
    assert summarise(array.array("i", [4, 8])) == (2, 4, 8, 6.0)


def test_that_events_hold_no_numbers_that_are_none(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "live.sqlite", {})
    with pytest.raises(ValueError, match="JSON"):
        recording.event("tick", {"value": math.nan})
    recording.close()


def test_that_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRecord) as caught:
        Recording(tmp_path / "missing" / "live.sqlite", {})
    assert caught.value.error.code == "E_DISK"
