"""A board is prepared by a job, as by the command, and probed before and after."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from targets.inventory import BoardEntry, save_board
from tests.package_index import skip_without_index
from tests.pythons import need_clean_python, need_python_3_8
from workbench import cli
from workbench.pipeline.probe import board_findings, facts_here

pytestmark = pytest.mark.slow

Answer = Callable[..., tuple[int, Any]]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    """Call the command; its exit code and its answer."""

    def call(*argv: str) -> tuple[int, Any]:
        code = cli.main([*argv, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def clean(tmp_path: Path) -> BoardEntry:
    """A board whose Python has nothing but its standard library."""
    entry = BoardEntry(
        "jetson", "local", root=str(tmp_path / "root"), python=need_clean_python(), lock=str(tmp_path / "lock")
    )
    save_board(entry)
    return entry


def names(lacks: list[dict[str, str]]) -> dict[str, str]:
    """What is lacking, and the command that brings it."""
    return {lack["name"]: lack["command"] for lack in lacks if lack["weight"] == "missing"}


def test_that_a_probe_tells_what_is_missing_and_a_dry_run_what_would_be_brought(
    clean: BoardEntry, answer: Answer
) -> None:
    code, probed = answer("boards", "probe", "jetson", "--runtime", "openvino")
    assert code == 1
    command = "slipway boards prepare jetson --runtime openvino"
    assert names(probed["result"]["lacks"]) == {"numpy": command, "openvino": command}
    assert abs(probed["result"]["facts"]["clock_utc"] - probed["result"]["facts"]["read_utc"]) < 60
    code, planned = answer(*command.split()[1:], "--dry-run")
    assert code == 0
    plan = planned["result"]["plan"]
    assert plan["missing"] == ["numpy", "openvino"]
    assert [wheel["file"].split("-")[0] for wheel in plan["wheels"]] == ["numpy", "openvino"]
    assert planned["result"]["done"] is None
    assert not Path(str(clean.root), "venv").exists()


def test_that_an_unknown_runtime_is_refused(clean: BoardEntry, answer: Answer) -> None:
    code, refused = answer("boards", "prepare", "jetson", "--runtime", "onnxruntime")
    assert code == 4
    assert refused["error"]["summary"] == "the agent knows no runtime 'onnxruntime'"
    assert "openvino" in refused["error"]["hint"]


def test_that_a_board_that_has_all_is_left_alone(
    answer: Answer, slipway_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, done = answer("boards", "prepare", "this-machine")
    assert (code, done["result"]["done"], done["result"]["plan"]["wheels"]) == (0, None, [])
    assert not (slipway_home / "board" / "venv").exists()
    assert cli.main(["boards", "prepare", "this-machine", "--dry-run"]) == 0
    assert "this-machine has all that openvino needs; nothing was changed" in capsys.readouterr().out


def test_that_a_board_without_python_is_told_from_every_command(
    tmp_path: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    save_board(BoardEntry("jetson", "local", root=str(tmp_path / "root"), python="/opt/none/python3"))
    code, refused = answer("boards", "prepare", "jetson")
    assert code == 4
    assert "jetson has no Python that the agent can run in" in refused["error"]["summary"]
    assert "Python 3.8 or newer is needed" in refused["error"]["hint"]
    assert cli.main(["boards", "probe", "jetson"]) == 4
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_prepared_board_is_whole_and_a_second_time_changes_nothing(
    clean: BoardEntry, answer: Answer, slipway_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, done = answer("boards", "prepare", "jetson", "--runtime", "openvino", "--carry")
    if code == 5 and "could not download" in done["error"]["summary"]:
        skip_without_index(done["error"]["summary"])
    assert code == 0, done["error"]
    venv = Path(str(clean.root), "venv")
    assert done["result"]["done"]["carried"] is True
    assert done["result"]["facts"]["python_path"] == str(venv / "bin" / "python")
    assert names(done["result"]["lacks"]) == {}
    before = sorted(
        (str(path), path.lstat().st_mtime_ns) for path in venv.rglob("*") if "__pycache__" not in path.parts
    )
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    code, again = answer("boards", "prepare", "jetson", "--runtime", "openvino")
    assert (code, again["result"]["done"]) == (0, None)
    after = sorted((str(path), path.lstat().st_mtime_ns) for path in venv.rglob("*") if "__pycache__" not in path.parts)
    assert before == after
    kept = {path.name.split("-")[0] for path in (slipway_home / "wheels").iterdir()}
    assert kept == {"numpy", "openvino"}, "the next board of the same kind needs no download"
    code, probed = answer("boards", "probe", "jetson")
    assert code == 0
    assert names(probed["result"]["lacks"]) == {}


def test_that_a_clock_of_1970_is_told_and_disturbs_nothing(tmp_path: Path, answer: Answer) -> None:
    python = make_python_of_1970(tmp_path / "python", need_python_3_8())
    save_board(BoardEntry("jetson", "local", root=str(tmp_path / "root"), python=python, lock=str(tmp_path / "lock")))
    _, probed = answer("boards", "probe", "jetson")
    facts = probed["result"]["facts"]
    assert facts["clock_utc"] < 86400
    (clock,) = [lack for lack in probed["result"]["lacks"] if lack["name"] == "clock"]
    assert "days behind this machine" in clock["found"]
    assert clock["weight"] == "warning"


def make_python_of_1970(folder: Path, python: str) -> str:
    """An environment of that Python in which it is 1970."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(os.path.realpath(python))
    (folder / "pyvenv.cfg").write_text(f"home = {Path(python).parent}\ninclude-system-site-packages = false\n")
    packages = folder / "lib" / "python3.8" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "sitecustomize.py").write_text("import time\nbegan = time.time()\nreal = time.time\n")
    with (packages / "sitecustomize.py").open("a") as stream:
        stream.write("time.time = lambda: real() - began + 60\n")
    return str(folder / "bin" / "python")


def test_that_two_boards_in_one_root_are_a_finding(tmp_path: Path, answer: Answer, slipway_home: Path) -> None:
    assert answer("boards", "probe", "this-machine")[0] == 0
    root = slipway_home / "board"
    save_board(BoardEntry("nfs", "local", root=str(root), lock=str(tmp_path / "lock")))
    code, probed = answer("boards", "probe", "nfs")
    assert code == 0
    shared = [lack for lack in probed["result"]["lacks"] if lack["name"] == "root of its own"]
    assert shared
    assert "neither keeps the other out" in shared[0]["found"]
    here = facts_here("nfs")
    assert here is not None
    assert facts_here("this-machine") is None
    assert board_findings("this-machine", here) == ()
