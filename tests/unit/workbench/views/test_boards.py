"""Boards as the window shows them, out of what is kept of each."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from projects.record_file import Author
from targets.facts import BoardFacts, LockFacts, RuntimeFacts, TemperatureFacts
from targets.inventory import THIS_MACHINE, BoardEntry, save_board
from targets.kept_facts import keep_failure, keep_probe
from targets.kept_history import Point, keep_point
from targets.road import Road, ShownKey, Stage, Standing, Stop
from workbench.base.errors import BoardError, UsageError
from workbench.orders.example import MakeExample
from workbench.session import Session
from workbench.views.boards.at_work import counts_of
from workbench.views.boards.queries import (
    check_board_name,
    compare_fingerprint,
    forget_board,
    read_board,
    read_boards,
    read_hosts,
    read_pill,
    read_way,
)
from workbench.views.boards.values import BoardRow

JETSON = BoardFacts(
    hostname="orin-nano-01",
    machine_id="1423020047816",
    model="NVIDIA Jetson Orin Nano Developer Kit",
    boot_id="b-1",
    os="Ubuntu 22.04.5 LTS",
    l4t="R36.4.3",
    jetpack="6.2",
    arch="aarch64",
    cores=6,
    uid=1000,
    os_like="ubuntu debian",
    numpy="1.26.4",
    cuda="12.6",
    power_mode="25W",
    isa=("asimd", "asimddp"),
    gpus=("Orin",),
    memory_bytes=7_900_000_000,
    disk_free_bytes=3_100_000_000,
    disk_total_bytes=58_000_000_000,
    frequency_mhz=1510.0,
    frequency_min_mhz=1510.0,
    frequency_max_mhz=1510.0,
    temperatures=(TemperatureFacts("gpu-thermal", 71.4, 80.0), TemperatureFacts("cpu-thermal", 60.0, 95.0)),
    temperature_sensor="gpu-thermal",
    power_sensor="VDD_IN",
    lock=LockFacts("/run/lock/slipway", False, None),
    runtimes={"tensorrt": RuntimeFacts("10.3.0", "k", ("f32", "f16", "i8")), "openvino": RuntimeFacts(None)},
)
GATE, RIG = Stop("gate", 22, "me"), Stop("10.20.4.11", 22, "nvidia")


@pytest.fixture
def session(slipway_home: Path) -> Session:
    """A session of somebody who knows a Jetson behind a gate."""
    save_board(BoardEntry("orin", "ssh", host="10.20.4.11", user="nvidia"))
    return Session(slipway_home, None, Author("Ada"))


def read(session: Session, **changes: object) -> None:
    """The Jetson was read just now, with these facts."""
    road = Road()
    road.begin((GATE, RIG))
    road.enter(1, Stage.DONE)
    keep_probe(session.home, "orin", replace(JETSON, read_utc=time.time(), **changes), road)  # type: ignore[arg-type]


def fail(session: Session, stage: Stage, number: int = 1, key: ShownKey | None = None) -> None:
    """The Jetson could not be reached."""
    road = Road()
    road.begin((GATE, RIG))
    road.enter(number, stage)
    if key is not None:
        road.show(key)
    keep_failure(session.home, "orin", BoardError("no answer", "Look at it.", "detail"), road)


def row(session: Session) -> BoardRow:
    """The Jetson's row."""
    return read_boards(session).rows[1]


def test_that_a_board_that_was_never_asked_says_so_and_shows_no_number(session: Session) -> None:
    boards = read_boards(session)
    assert [item.name for item in boards.rows] == [THIS_MACHINE, "orin"]
    assert (boards.rows[1].state.word, boards.rows[1].disk, boards.rows[1].hottest_c) == ("Not read yet", None, None)
    assert counts_of(boards.rows) == "2 not read"
    detail = read_board(session, "orin")
    assert (detail.groups, detail.missing, detail.works, detail.read) == ((), (), (), "never")


def test_that_a_read_board_shows_its_figures_with_limits(session: Session) -> None:
    read(session)
    shown = row(session)
    assert (shown.state.word, shown.address) == ("Ready", "nvidia@10.20.4.11 by gate")
    assert (shown.system.text, shown.system.detail) == ("JetPack 6.2", "L4T 36.4.3")
    assert (shown.runtime.text, shown.runtime.detail) == ("TensorRT 10.3.0", "CUDA 12.6")
    assert (shown.mode.text, shown.clocks.text, shown.clocks.detail, shown.locked) == (
        "25W",
        "locked",
        "1.51 GHz",
        True,
    )
    assert shown.disk is not None
    assert (shown.disk.free_text, shown.disk.total_text, shown.disk.color) == ("3.1", "of 58.0 GB", "warn")
    assert (shown.hottest_text, shown.hottest_limit) == ("71.4", "≤ 80")
    assert (shown.used_by.text, shown.seen.text, shown.old) == ("nobody", "now", False)


def test_that_whoever_holds_the_board_is_named(session: Session) -> None:
    owner = {"person": "Bob", "desktop": "desk-4", "purpose": "soak 24 h"}
    read(session, lock=LockFacts("/run/lock/slipway", False, owner))
    shown = row(session)
    assert (shown.state.word, shown.state.detail, shown.used_by.text) == ("In use", "soak 24 h", "Bob, desk-4")
    assert read_board(session, "orin").about == "Bob, desk-4: soak 24 h"


def test_that_old_values_stay_with_their_date_while_a_board_cannot_be_reached(session: Session) -> None:
    read(session)
    fail(session, Stage.CONNECT, 0)
    shown = row(session)
    assert (shown.state.word, shown.old, shown.system.text) == ("Unreachable", True, "JetPack 6.2")
    assert shown.used_by.text == "unknown"
    road = read_board(session, "orin").road
    assert road is not None
    assert [(stop.name, stop.state) for stop in road.stops] == [
        ("this machine", "passed"),
        ("gate", "failed"),
        ("orin", "not tried"),
    ]
    assert road.headline == "No answer at gate"
    assert road.command == "ssh -v -o ConnectTimeout=10 -l nvidia 10.20.4.11 true"
    read(session)
    assert read_board(session, "orin").road is None


def test_that_a_new_host_asks_and_a_changed_one_stops_with_both_keys(session: Session) -> None:
    new = ShownKey("orin", "ED25519", "AAAA", "SHA256:" + "a" * 43, Standing.UNKNOWN)
    fail(session, Stage.HOST_KEY, 1, new)
    assert (row(session).state.look, row(session).state.word) == ("ask", "Asks you")
    key = read_board(session, "orin").host_key
    assert key is not None
    assert (key.changed, len(key.groups), key.forget_command) == (False, 11, "")
    changed = replace(
        new,
        standing=Standing.CHANGED,
        known_kind="RSA",
        known_fingerprint="SHA256:old",
        known_place="/home/ada/.ssh/known_hosts:3",
        known_path="/home/ada/.ssh/known_hosts",
    )
    fail(session, Stage.HOST_KEY, 1, changed)
    assert row(session).state.word == "Key changed"
    key = read_board(session, "orin").host_key
    assert key is not None
    assert (key.changed, key.known_groups, key.known_place) == (True, ("old",), "/home/ada/.ssh/known_hosts:3")
    assert key.forget_command == "ssh-keygen -R orin -f /home/ada/.ssh/known_hosts"


def test_that_what_lacks_comes_worst_first_with_command_and_who_may_run_it(session: Session) -> None:
    read(session, numpy=None, temperature_sensor=None, temperature_reason="no thermal zone", temperatures=())
    assert row(session).state.word == "Incomplete"
    missing = read_board(session, "orin").missing
    assert [(item.name, item.look, item.runs) for item in missing] == [
        ("wheels", "err", ""),
        ("numpy", "err", "prepare"),
        ("cv2", "todo", "install"),
        ("temperature", "todo", ""),
    ]
    assert missing[1].command == "slipway boards prepare orin --runtime tensorrt"


def test_that_a_change_says_what_it_makes_stale(session: Session) -> None:
    read(session)
    read(session, boot_id="b-2", runtimes={"tensorrt": RuntimeFacts("10.7.0"), "openvino": RuntimeFacts(None)})
    changes = read_board(session, "orin").changes
    assert [(item.name, item.before, item.after) for item in changes] == [
        ("Boot id", "b-1", "b-2"),
        ("TensorRT", "10.3.0", "10.7.0"),
    ]
    assert changes[1].means.startswith("engines built here are built again")


def test_that_a_day_of_temperatures_becomes_a_trace_with_its_limit(session: Session) -> None:
    read(session)
    assert row(session).trace.values == ()
    now = time.time()
    keep_point(session.home, "orin", Point(now - 3600, 50.0, 10.0))
    keep_point(session.home, "orin", Point(now - 60, 70.0, 90.0))
    trace = row(session).trace
    assert (trace.limit, trace.unit, trace.values[-1]) == (80.0, "°C", 70.0)
    assert [value for value in trace.values if value is not None] == [50.0, 70.0]


def test_that_a_list_that_cannot_be_read_is_told_rather_than_empty(session: Session) -> None:
    (session.home / "boards.json").write_text("{")
    boards = read_boards(session)
    assert boards.rows == ()
    assert "boards.json cannot be read" in boards.problem


def test_that_forgetting_leaves_nothing_behind(session: Session) -> None:
    read(session)
    keep_point(session.home, "orin", Point(time.time(), 50.0, 10.0))
    forget_board(session, "orin")
    assert [item.name for item in read_boards(session).rows] == [THIS_MACHINE]
    assert [path.name for path in (session.home / "boards").glob("orin*")] == []
    with pytest.raises(UsageError):
        forget_board(session, THIS_MACHINE)


def test_that_names_hosts_and_ways_are_checked_before_anything_is_sent(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    config = "Host gate\n  HostName 10.0.0.1\n  User me\nHost rig-2\n  HostName 10.0.0.2\n  ProxyJump gate\n"
    (tmp_path / ".ssh" / "config").write_text(config)
    assert [host.alias for host in read_hosts(session)] == ["gate", "rig-2"]
    way = read_way(session, "rig-2", None, "nvidia")
    assert [stop.detail for stop in way.stops[1:]] == ["me@10.0.0.1:22", "nvidia@10.0.0.2:22"]
    assert way.login.startswith("as nvidia, with the keys of your key agent")
    assert read_way(session, "no host").problem == "'no host' is no host"
    assert (check_board_name(session, "rig-2"), check_board_name(session, "orin")) == (
        "",
        "there is a board orin already",
    )
    assert "at most 64" in check_board_name(session, "-x")


def test_that_a_pasted_fingerprint_is_compared_here_and_not_in_the_window(session: Session) -> None:
    from base64 import b64encode

    from targets.ssh.known_hosts import fingerprint

    key = b"\0\0\0\x0bssh-ed25519" + b"1" * 32
    shown = b64encode(key).decode()
    said = f"256 {fingerprint(key)} root@orin (ED25519)"
    assert compare_fingerprint(session, "ED25519", shown, said).equal
    wrong = said.replace(fingerprint(key)[15:19], "AAAA")
    other = compare_fingerprint(session, "ED25519", shown, wrong)
    assert (other.equal, other.look, other.differs_in) == (False, "err", 2)


def test_that_the_pill_names_mode_and_temperature_only_where_they_are_known(session: Session) -> None:
    assert [(board.mode, board.temperature) for board in read_pill(session)] == [("", ""), ("", "")]
    read(session)
    pill = read_pill(session)[1]
    assert (pill.name, pill.mode, pill.temperature, pill.state.look) == ("orin", "25W", "71.4 °C", "ok")


def test_that_the_specification_is_compared_word_for_word(session: Session, tmp_path: Path) -> None:
    read(session)
    assert read_board(session, "orin").compared == "no project is open"
    project = tmp_path / "project"
    session.start(MakeExample(project)).wait(60)
    detail = read_board(session, "orin", project)
    looks = {item.name: item.look for item in detail.differences}
    assert looks["memory"] == looks["storage"] == looks["cpu_threads"] == "ok"
    assert looks["platform"] == looks["framework"] == "warn"
    assert detail.compared.startswith("2 differ")


def test_that_what_the_window_imports_of_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, workbench.views.boards.queries, workbench.orders.boards\n"
        "heavy = {'numpy', 'pydantic', 'paramiko', 'ruamel.yaml', 'cv2', 'onnx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
