"""Reading live recordings, whole ones and those that lost their end."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from targets.agent.bench import COLUMNS
from targets.agent.recording import Recording as Writer
from workbench.base.errors import SlipwayError
from workbench.telemetry import recording as module
from workbench.telemetry.freeze import freeze
from workbench.telemetry.recording import FRAME_COLUMNS, LONGEST_S, read_recording

SECONDS = 40


def frames(times: np.ndarray, latencies: np.ndarray) -> list[bytes]:
    """Rows of the stream `frames`, zero in all other columns."""
    given = {"mono_ns": times, "latency_us": latencies}
    zero = np.zeros(len(times))
    return [given.get(name, zero).astype(FRAME_COLUMNS[name]).tobytes() for name, _ in COLUMNS]


def write(path: Path, seconds: int = SECONDS) -> None:
    """A recording of some seconds, ten rows each, with one event a second."""
    writer = Writer(path, {"run": "r1", "boot_id": "b", "started_mono_ns": "0", "started_utc": "2026-01-01"})
    rng = np.random.default_rng(1)
    for second in range(seconds):
        times = second * 10**9 + np.arange(10, dtype="<i8") * 10**8
        writer.rows("frames", COLUMNS, frames(times, 1000 * second + np.arange(10)))
        noise = rng.standard_normal(300)
        writer.rows("telemetry", [("mono_ns", "q"), ("x", "d")], [np.full(300, second).tobytes(), noise.tobytes()])
        writer.event("tick", {"second": second})
        writer.commit()
    writer.close()


def test_that_a_recording_gives_back_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "live.sqlite")
    recording = read_recording(tmp_path / "live.sqlite")
    assert recording.problems == ()
    assert recording.meta["run"] == "r1"
    assert [event.data["second"] for event in recording.events_of("tick")] == list(range(SECONDS))
    frames = recording.frames_table()
    assert frames["latency_us"].dtype == np.float32
    assert frames["latency_us"].tolist() == [1000.0 * (row // 10) + row % 10 for row in range(10 * SECONDS)]
    assert frames["mono_ns"].tolist() == [row * 10**8 for row in range(10 * SECONDS)]


def test_that_a_column_that_came_later_is_not_measured_before(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "live.sqlite", {})
    writer.rows("telemetry", [("mono_ns", "q")], [np.array([1], "<i8").tobytes()])
    wider = [("mono_ns", "q"), ("temperature_c", "d")]
    writer.rows("telemetry", wider, [np.array([2], "<i8").tobytes(), np.array([55.0]).tobytes()])
    writer.commit()
    writer.close()
    table = read_recording(tmp_path / "live.sqlite").telemetry_table()
    assert table["mono_ns"].tolist() == [1, 2]
    np.testing.assert_array_equal(table["temperature_c"], [np.nan, 55.0])


def test_that_a_run_without_samples_has_empty_tables_with_all_columns(tmp_path: Path) -> None:
    Writer(tmp_path / "live.sqlite", {}).close()
    recording = read_recording(tmp_path / "live.sqlite")
    assert {len(column) for column in recording.frames_table().values()} == {0}
    assert "latency_us" in recording.frames_table()
    assert recording.telemetry_table()["mono_ns"].size == 0


@pytest.mark.parametrize("share", [0.35, 0.6, 0.9])
def test_that_a_file_cut_short_gives_a_prefix_and_says_so(tmp_path: Path, share: float) -> None:
    path = tmp_path / "live.sqlite"
    write(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    recording = read_recording(path)
    assert recording.problems
    times = recording.frames_table()["mono_ns"].tolist()
    assert times == [row * 10**8 for row in range(len(times))]
    assert 0 < len(times) < 10 * SECONDS


def test_that_a_log_cut_short_gives_a_prefix_without_a_wrong_row(tmp_path: Path) -> None:
    source = tmp_path / "live.sqlite"
    writer = Writer(source, {})
    for second in range(SECONDS):
        writer.rows("frames", COLUMNS, frames(np.full(10, second), np.zeros(10)))
        writer.commit()
    copy = tmp_path / "copy" / "live.sqlite"
    copy.parent.mkdir()
    shutil.copy(source, copy)
    log = (tmp_path / "live.sqlite-wal").read_bytes()
    writer.close()
    (copy.parent / "live.sqlite-wal").write_bytes(log[: len(log) // 2])
    recording = read_recording(copy)
    rows = recording.frames_table()["mono_ns"].tolist()
    assert rows == [row // 10 for row in range(len(rows))]
    assert 0 < len(rows) < 10 * SECONDS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE blocks SET data = x'FF00FF' WHERE id = 3", "cannot be decompressed"),
        ("UPDATE blocks SET rows = rows + 1 WHERE id = 3", "other than"),
        ("UPDATE blocks SET rows = 'many' WHERE id = 3", "many"),
        ("UPDATE blocks SET rows = 99999999999 WHERE id = 3", "99999999999"),
        ('UPDATE blocks SET columns = \'[["a b", "q"]]\' WHERE id = 3', "a b"),
        ('UPDATE blocks SET columns = \'[["a", "O"]]\' WHERE id = 3', "expected a name"),
        ("UPDATE blocks SET columns = '{' WHERE id = 3", "cannot be read"),
        ("UPDATE blocks SET data = NULL WHERE id = 3", "cannot be read"),
    ],
)
def test_that_a_wrong_block_is_left_out_and_named(tmp_path: Path, change: str, words: str) -> None:
    write(tmp_path / "live.sqlite", seconds=4)
    database = sqlite3.connect(tmp_path / "live.sqlite")
    with database:
        database.execute(change)
    database.close()
    recording = read_recording(tmp_path / "live.sqlite")
    (problem,) = recording.problems
    assert "block 3" in problem
    assert words in problem
    assert len(recording.frames_table()["mono_ns"]) == 30


def test_that_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "live.sqlite", seconds=1)
    database = sqlite3.connect(tmp_path / "live.sqlite")
    with database:
        database.execute("UPDATE meta SET value = 'slipway.live/9' WHERE key = 'format'")
    database.close()
    with pytest.raises(SlipwayError, match=r"slipway\.live/9"):
        read_recording(tmp_path / "live.sqlite")


def test_that_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "live.sqlite").write_bytes(b"SQLite format 3\0" + b"\0" * 4000)
    with pytest.raises(SlipwayError, match="no recording"):
        read_recording(tmp_path / "live.sqlite")
    with pytest.raises(SlipwayError, match="there is no recording"):
        read_recording(tmp_path / "missing.sqlite")


@pytest.mark.parametrize(
    ("stream", "columns"),
    [
        ("frames", [("mono_ns", "q"), ("latency_us", "f")]),
        ("frames", [(name, "d" if name == "phase" else code) for name, code in COLUMNS]),
        ("telemetry", [("temperature_c", "f")]),
        ("telemetry", [("mono_ns", "d")]),
    ],
)
def test_that_a_block_without_the_columns_of_its_stream_is_left_out_and_named(
    tmp_path: Path, stream: str, columns: list[tuple[str, str]]
) -> None:
    write(tmp_path / "live.sqlite", 1)
    with sqlite3.connect(tmp_path / "live.sqlite") as database:
        data = zlib.compress(bytes(sum(struct.calcsize("<" + code) for _, code in columns)))
        database.execute(
            "INSERT INTO blocks (stream, first_ns, last_ns, rows, columns, data) VALUES (?, 0, 0, 1, ?, ?)",
            (stream, json.dumps(columns), data),
        )
    database.close()
    recording = read_recording(tmp_path / "live.sqlite")
    assert len(recording.problems) == 1
    assert f"a block of {stream} with" in recording.problems[0]
    assert len(recording.frames_table()["mono_ns"]) == 10
    assert recording.frames_table()["phase"].dtype == np.int16


@pytest.mark.parametrize("moment", [-5, (LONGEST_S + 60) * 10**9, 2**63 - 1])
def test_that_moments_that_no_run_can_have_do_not_cost_the_memory_of_all_between(tmp_path: Path, moment: int) -> None:
    writer = Writer(tmp_path / "late.sqlite", {})
    for times in ([1], [moment]):
        writer.rows("frames", COLUMNS, frames(np.array(times, np.int64), np.ones(1)))
    writer.commit()
    writer.close()
    recording = read_recording(tmp_path / "late.sqlite")
    assert "the frames cannot be used" in " ".join(recording.problems)
    assert set(freeze(recording, tmp_path)) == {"frames.parquet", "telemetry.parquet", "rollup.npy"}


BOMBS = {
    "a view that never ends": (
        "ALTER TABLE meta RENAME TO old",
        "CREATE VIEW meta(key, value) AS WITH c(n) AS (VALUES (1) UNION ALL SELECT 1 FROM c) SELECT 1, 1 FROM c",
    ),
    "a virtual table": ("CREATE VIRTUAL TABLE extra USING fts5(x)",),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END",),
}


@pytest.mark.parametrize("name", BOMBS)
def test_that_a_file_that_computes_when_it_is_read_is_no_recording(tmp_path: Path, name: str) -> None:
    path = tmp_path / "live.sqlite"
    write(path, seconds=2)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in BOMBS[name]:
            database.execute(statement)
    with pytest.raises(SlipwayError, match="holds more than plain tables"):
        read_recording(path)


def test_that_small_blocks_that_become_endless_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block has one row and a column of its own: joined, each column is as long as all rows."""
    path = tmp_path / "live.sqlite"
    writer = Writer(path, {})
    for number in range(400):
        columns = [("mono_ns", "q"), (f"c{number}", "q")]
        writer.rows("telemetry", columns, [np.array([number], "<i8").tobytes()] * 2)
    writer.commit()
    writer.close()
    recording = read_recording(path)
    assert recording.problems == ("the blocks after 256 were left out: no run records so much",)
    for bound, last in (("MAX_TABLE_BYTES", 4), ("MAX_TABLE_ROWS", 101)):
        with monkeypatch.context() as patch:
            patch.setattr(f"workbench.telemetry.recording.{bound}", 100)
            problems = read_recording(path).problems
        assert problems == (f"the blocks after {last} were left out: no run records so much",)


def test_that_a_bad_block_in_every_row_is_no_endless_list_of_problems(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    write(path, seconds=100)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE blocks SET data = 'x'")
    problems = read_recording(path).problems
    assert (len(problems), problems[-1]) == (100, "… and more")


@pytest.mark.parametrize("data", ['{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', '{"a": 1' + "0" * 400 + "}"])
def test_that_an_event_that_no_record_could_hold_is_a_problem(tmp_path: Path, data: str) -> None:
    path = tmp_path / "live.sqlite"
    write(path, seconds=2)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE events SET data = ? WHERE id = 1", (data,))
    assert read_recording(path).problems == ("event 1 cannot be read",)


def test_that_boxes_beyond_what_is_kept_are_left_out_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BOX_ROWS", 25)
    writer = Writer(tmp_path / "live.sqlite", {})
    for second in range(5):
        times = np.full(10, second * 10**9, "<i8")
        writer.rows("boxes", [("mono_ns", "q"), ("score", "f")], [times.tobytes(), np.ones(10, "<f4").tobytes()])
        writer.rows("frames", COLUMNS, frames(times, np.ones(10)))
        writer.commit()
    writer.close()
    recording = read_recording(tmp_path / "live.sqlite")
    assert len(recording.tables["boxes"]["score"]) == 20
    assert len(recording.frames_table()["mono_ns"]) == 50
    assert recording.problems == ("the last boxes were left out: no more are kept of one run",)
