"""What boards told last survives the process, a crash and a newer format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from targets.facts import BoardFacts, LockFacts, RuntimeFacts, TemperatureFacts
from targets.kept_facts import (
    Change,
    KeptBoard,
    forget_kept,
    keep_failure,
    keep_probe,
    keep_state,
    load_kept,
)
from targets.kept_history import Point, keep_point, load_history
from targets.road import Road, ShownKey, Stage, Standing, Stop
from workbench.base.errors import BoardError

FACTS = BoardFacts(
    hostname="rig",
    machine_id="m-1",
    boot_id="b-1",
    os="Debian 12",
    disk_free_bytes=7,
    read_utc=100.0,
    runtimes={"openvino": RuntimeFacts("2026.4.1", "k", ("f32",))},
    temperatures=(TemperatureFacts("cpu", 50.0, 95.0),),
    lock=LockFacts("/run/lock/slipway", False, {"person": "Ada"}),
)


def test_that_facts_are_there_again_with_the_time_of_each(tmp_path: Path) -> None:
    assert load_kept(tmp_path, "rig") == KeptBoard("rig")
    keep_probe(tmp_path, "rig", FACTS)
    state = replace(FACTS, read_utc=160.0, disk_free_bytes=5, os="not told by a state", lock=None)
    keep_state(tmp_path, "rig", state)
    kept = load_kept(tmp_path, "rig")
    assert kept.facts is not None
    assert (kept.facts.os, kept.facts.disk_free_bytes, kept.facts.lock) == ("Debian 12", 5, None)
    assert (kept.read_utc("os"), kept.read_utc("disk_free_bytes"), kept.seen_utc) == (100.0, 160.0, 160.0)
    assert kept.facts.runtimes == FACTS.runtimes
    assert kept.facts.temperatures == FACTS.temperatures


def test_that_what_changed_since_the_read_before_is_told_newest_first(tmp_path: Path) -> None:
    keep_probe(tmp_path, "rig", FACTS)
    assert load_kept(tmp_path, "rig").changes == ()
    keep_probe(tmp_path, "rig", replace(FACTS, boot_id="b-2", read_utc=200.0))
    keep_probe(tmp_path, "rig", replace(FACTS, boot_id="b-2", runtimes={}, read_utc=300.0))
    assert load_kept(tmp_path, "rig").changes == (
        Change("runtime openvino", "2026.4.1", None, 300.0),
        Change("boot_id", "b-1", "b-2", 200.0),
    )


def test_that_a_failure_keeps_the_road_and_when_it_began_until_the_board_answers(tmp_path: Path) -> None:
    road = Road()
    road.begin((Stop("gate", 22, "me"), Stop("rig", 2222, "nvidia")))
    road.enter(1, Stage.HOST_KEY)
    key = ShownKey("rig", "ED25519", "AAAA", "SHA256:new", Standing.CHANGED, "RSA", "SHA256:old", "f:3", "f")
    road.show(key)
    first = keep_failure(tmp_path, "rig", BoardError("changed", "Look.", "detail"), road).failure
    second = keep_failure(tmp_path, "rig", BoardError("again"), road).failure
    assert first is not None
    assert second is not None
    assert (second.since_utc, second.summary) == (first.utc, "again")
    kept = load_kept(tmp_path, "rig")
    assert (kept.failure, kept.stops) == (second, road.stops)
    assert (second.number, second.stage, second.key) == (1, Stage.HOST_KEY, key)
    assert keep_probe(tmp_path, "rig", FACTS).failure is None


@pytest.mark.parametrize(
    "text", ["{", '{"format": "slipway.kept-board/2"}', "[]", '{"format": "slipway.kept-board/1"}']
)
def test_that_a_file_that_cannot_be_used_is_told_and_written_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "boards" / "rig.json"
    path.parent.mkdir()
    path.write_text(text)
    kept = load_kept(tmp_path, "rig")
    assert kept.facts is None
    assert kept.problem is not None
    assert str(path) in kept.problem
    keep_probe(tmp_path, "rig", FACTS)
    assert json.loads(path.read_text())["format"] == "slipway.kept-board/1"
    forget_kept(tmp_path, "rig")
    assert not path.exists()


def test_that_a_day_of_minutes_is_kept_and_no_more(tmp_path: Path) -> None:
    keep_point(tmp_path, "rig", Point(1000.0, None, 12.5))
    keep_point(tmp_path, "rig", Point(1010.0, 50.0, 40.0))
    assert load_history(tmp_path, "rig") == (Point(1010.0, 50.0, 40.0),)
    keep_point(tmp_path, "rig", Point(1000.0 + 86000, None, None))
    assert len(load_history(tmp_path, "rig")) == 2
    keep_point(tmp_path, "rig", Point(1000.0 + 90000, 51.0, 1.0))
    assert [point.utc for point in load_history(tmp_path, "rig")] == [87000.0, 91000.0]
