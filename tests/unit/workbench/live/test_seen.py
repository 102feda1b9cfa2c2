"""What was seen of a run that still works, as a table that other programs read."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.live.seen import write_seen
from workbench.telemetry.live_feed import SeenTable

FRAMES = SeenTable("frames", ("latency_ms",), np.array([0.5, 1.5]), np.array([[20.0, np.nan]]))
TELEMETRY = SeenTable("telemetry", ("cpu_percent", "power_w"), np.array([1.0]), np.array([[50.0], [np.nan]]))


def test_that_rows_stand_in_the_order_of_their_moments_and_not_measured_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "seen.csv"
    written = write_seen(path, "0003-x", "try, not evidence", (FRAMES, TELEMETRY))
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    columns = ["frames.latency_ms", "telemetry.cpu_percent", "telemetry.power_w"]
    assert head == ["run", "kind", "stream", "t [s]", *columns]
    assert [row[2:] for row in rows] == [
        ["frames", "0.500000", "20.0", "", ""],
        ["telemetry", "1.000000", "", "50.0", ""],
        ["frames", "1.500000", "", "", ""],
    ]
    assert {tuple(row[:2]) for row in rows} == {("0003-x", "try, not evidence")}
    assert (written.path, written.rows) == (path, 3)


def test_that_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"seen\.txt"):
        write_seen(tmp_path / "seen.txt", "x", "x", (FRAMES,))
    assert list(tmp_path.iterdir()) == []
