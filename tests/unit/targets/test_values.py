"""What comes from a board is never trusted to be what it should be."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.agent_client import AgentClient
from targets.board_values import BuiltEngine, InstalledRelease, RunOnBoard, Sample
from targets.facts import BoardFacts
from targets.local import LocalBoard
from targets.run_events import RunBlock, RunDied, RunEvent, RunOutput, parse_item
from workbench.base.errors import BoardError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def named(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have the right keys and anything as values."""
    return st.dictionaries(st.sampled_from(keys), JSON)


@given(named("hostname", "cores", "clock_utc", "runtimes", "sensors", "lock", "mono_ns"))
def test_that_facts_are_what_they_should_be_or_not_known(value: dict[str, Any]) -> None:
    facts = BoardFacts.parse(value)
    assert facts.cores is None or facts.cores >= 0
    assert facts.hostname is None or isinstance(facts.hostname, str)
    assert all(isinstance(sensor.name, str) for sensor in facts.sensors)


@given(named("isa", "gpus", "temperatures", "load_1m", "governor", "lock", "runtimes", "venv_wheels", "sensors"))
def test_that_facts_are_read_again_as_they_were_written(value: dict[str, Any]) -> None:
    facts = BoardFacts.parse(value, 7.0)
    assert BoardFacts.parse(json.loads(json.dumps(facts.to_json())), 7.0) == facts


@given(named("release", "manifest", "verified", "problem", "run", "size_bytes", "cursor", "values", "mono_ns"))
def test_that_a_release_is_verified_only_if_the_board_says_so(value: dict[str, Any]) -> None:
    release = InstalledRelease.parse(value)
    assert (release.problem is None) == (value.get("verified") is True)
    Sample.parse(value)
    with contextlib.suppress(BoardError):
        RunOnBoard.parse(value)


@given(
    st.sampled_from(["run_event", "run_block", "run_output", "run_died", "else"]),
    named("id", "mono_ns", "kind", "data", "stream", "first_ns", "last_ns", "rows", "columns", "frame", "shapes"),
    st.lists(st.binary(max_size=3), max_size=2),
)
def test_that_a_run_item_is_whole_or_refused(name: str, data: dict[str, Any], attachments: list[bytes]) -> None:
    with contextlib.suppress(BoardError):
        item = parse_item(name, data, tuple(attachments))
        assert item is None or isinstance(item, (RunEvent, RunBlock, RunOutput, RunDied))


def test_that_every_kind_of_run_item_is_read() -> None:
    event = {"id": 1, "mono_ns": 2, "kind": "output", "data": {"x": 1}}
    assert parse_item("run_event", event, ()) == RunEvent(1, 2, "output", {"x": 1})
    block = {"id": 1, "stream": "frames", "first_ns": 2, "last_ns": 3, "rows": 4, "columns": [["mono_ns", "q"]]}
    assert parse_item("run_block", block, (b"z",)) == RunBlock(1, "frames", 2, 3, 4, (("mono_ns", "q"),), b"z")
    output = {"id": 1, "frame": 2, "shapes": [[1, 6]], "dtypes": ["<f4"]}
    assert parse_item("run_output", output, (b"z",)) == RunOutput(1, 2, ((1, 6),), ("<f4",), (b"z",))
    assert parse_item("run_died", {"text": "gone"}, ()) == RunDied("gone")
    assert parse_item("of_tomorrow", {}, ()) is None


@pytest.mark.parametrize("value", [{}, {"sha256": "x", "size_bytes": 1}, {"sha256": "0" * 64, "size_bytes": "1"}])
def test_that_an_engine_without_a_name_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(BoardError, match="does not name it"):
        BuiltEngine.parse(value, "bench")


def test_that_facts_survive_json() -> None:
    text = json.dumps({"cores": 4, "runtimes": {"openvino": {"version": "2026", "precisions": ["f32"]}}})
    facts = BoardFacts.parse(json.loads(text))
    assert facts.runtimes["openvino"].precisions == ("f32",)
    assert facts.memory_bytes is None


def test_that_a_list_of_blobs_may_hold_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = "ab" * 32
    monkeypatch.setattr(AgentClient, "_call", lambda *_args: {"present": [["x"], {}, None, "cd" * 32, here]})
    assert AgentClient(LocalBoard("bench", tmp_path)).have([here, "ef" * 32]) == {here}


def test_that_of_the_options_of_an_engine_only_plain_values_are_kept() -> None:
    told = {
        "sha256": "ab" * 32,
        "size_bytes": 5,
        "build_options": {"a": {"b": []}, "c": [1], "d": "x" * 9000, "e": None},
    }
    assert BuiltEngine.parse(told, "bench").build_options == {"d": "x" * 1000, "e": None}
    for size_bytes in (True, -1, "5"):
        with pytest.raises(BoardError, match="does not name it"):
            BuiltEngine.parse({**told, "size_bytes": size_bytes}, "bench")
