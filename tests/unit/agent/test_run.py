"""A run process on a real engine: its phases, its controls, and what is left when something dies."""

from __future__ import annotations

import array
import json
import os
import signal
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.follow import Item

PASSES = [
    {"name": "back_to_back", "iterations": 40, "rate_hz": None},
    {"name": "paced", "iterations": 20, "rate_hz": 200},
]
LATENCY = {"id": "latency", "kind": "latency", "starts": 2, "warm_up": 5, "passes": PASSES, "until_told": False}
FOREVER = {"id": "soak", "kind": "continuous", "warm_up": 1, "duration_s": 3600, "rate_hz": 100}


def events(items: Sequence[Item], kind: str) -> list[dict[str, Any]]:
    """The data of all events of a kind."""
    return [item.data["data"] for item in items if item.event == "run_event" and item.data["kind"] == kind]


def rows(items: Sequence[Item], stream: str) -> dict[str, list[float]]:
    """All rows of a stream, column by column."""
    table: dict[str, list[float]] = {}
    for item in items:
        if item.event == "run_block" and item.data["stream"] == stream:
            data, start = zlib.decompress(item.attachments[0]), 0
            for name, code in item.data["columns"]:
                values = array.array(code)
                end = start + values.itemsize * item.data["rows"]
                values.frombytes(data[start:end])
                table.setdefault(name, []).extend(values)
                start = end
    return table


def test_that_a_latency_phase_measures_each_pass_in_each_fresh_start(bench: Any) -> None:
    items = bench.run(bench.plan(LATENCY))
    frames = rows(items, "frames")
    counted = {key: 0 for key in ((0, 0), (0, 1), (1, 0), (1, 1))}
    for start, which in zip(frames["start"], frames["pass"], strict=True):
        counted[int(start), int(which)] += 1
    assert counted == {(0, 0): 40, (0, 1): 20, (1, 0): 40, (1, 1): 20}
    begun = events(items, "start_began")
    assert len({start["pid"] for start in begun}) == 2
    assert [end["complete"] for end in events(items, "start_ended")] == [True, True]
