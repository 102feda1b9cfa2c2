"""Freezing recordings to Parquet and roll-ups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file
from workbench.telemetry.freeze import freeze, read_parquet, read_rollup, roll_up
from workbench.telemetry.recording import Recording

NS = 10**9


def recording(rows: int = 500) -> Recording:
    """Latencies at 100 Hz and a machine whose temperature was not measured at first."""
    times = 5 * NS + np.arange(rows, dtype="<i8") * (NS // 100)
    temperature = np.where(np.arange(rows) < 150, np.nan, 50.0 + np.arange(rows))
    frames = {"mono_ns": times, "phase": np.zeros(rows, "<i2"), "latency_us": np.arange(rows).astype("<f4")}
    return Recording({}, (), {"frames": frames, "telemetry": {"mono_ns": times, "temperature_c": temperature}}, ())


def test_that_frozen_tables_are_what_was_recorded(tmp_path: Path) -> None:
    hashes = freeze(recording(), tmp_path)
    assert {name: sha256_file(tmp_path / name) for name in hashes} == hashes
    assert sorted(hashes) == ["frames.parquet", "rollup.npy", "telemetry.parquet"]
    for stream, table in recording().tables.items():
        frozen = read_parquet(tmp_path / f"{stream}.parquet")
        assert list(frozen) == list(table)
        for name, column in table.items():
            assert frozen[name].dtype == column.dtype
            np.testing.assert_array_equal(frozen[name], column)


def test_that_equal_recordings_freeze_to_equal_bytes(tmp_path: Path) -> None:
    assert freeze(recording(), tmp_path / "a") == freeze(recording(), tmp_path / "b")
    assert freeze(recording(499), tmp_path / "c") != freeze(recording(), tmp_path / "d")


def test_that_the_rollup_holds_each_second_and_leaves_gaps_open(tmp_path: Path) -> None:
    freeze(recording(), tmp_path)
    rollup = read_rollup(tmp_path / "rollup.npy")
    assert rollup["frames.second"].tolist() == [5, 6, 7, 8, 9]
    assert rollup["frames.latency_us.min"].tolist() == [0, 100, 200, 300, 400]
    assert rollup["frames.latency_us.max"].tolist() == [99, 199, 299, 399, 499]
    assert rollup["frames.latency_us.mean"].tolist() == [49.5, 149.5, 249.5, 349.5, 449.5]
    np.testing.assert_array_equal(rollup["telemetry.temperature_c.min"], [np.nan, 200, 250, 350, 450])
    assert "frames.phase.mean" not in rollup


def test_that_a_run_without_rows_freezes(tmp_path: Path) -> None:
    freeze(Recording({}, (), {}, ()), tmp_path)
    assert read_rollup(tmp_path / "rollup.npy")["frames.second"].size == 0
    assert len(read_parquet(tmp_path / "frames.parquet")["latency_us"]) == 0


def test_that_a_second_without_rows_is_not_measured() -> None:
    rolled = roll_up(np.array([1.0, 3.0, 7.0]), np.array([0, 0, 2]))
    np.testing.assert_array_equal(rolled, np.array([[1, np.nan, 7], [3, np.nan, 7], [2, np.nan, 7]], np.float32))


def test_that_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(SlipwayError, match="cannot read"):
        read_parquet(tmp_path / "x")
    with pytest.raises(SlipwayError, match="cannot read"):
        read_rollup(tmp_path / "x")
    with (tmp_path / "archive").open("wb") as stream:
        np.savez(stream, a=np.zeros(3))
    half_a_header = b"\x93NUMPY\x01\x00\x10\x00" + b"{'descr': ".ljust(16)
    (tmp_path / "header").write_bytes(half_a_header)
    for name in ("archive", "header"):
        with pytest.raises(SlipwayError, match="cannot read"):
            read_rollup(tmp_path / name)
