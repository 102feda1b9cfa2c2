"""The command on a real project: what it prints, what it returns, how it is stopped."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.example_project import BOARD
from tests.end2end.bench import Desk, Place
from workbench import cli

SLIPWAY = [sys.executable, "-c", "import sys; from workbench import cli; sys.exit(cli.main(sys.argv[1:]))"]
VERDICTS = {"PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED"}


class Terminal:
    """Calls the command within this process and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.err = ""

    def call(self, *argv: str | Path) -> tuple[int, str]:
        """Exit code and stdout."""
        code = cli.main([str(word) for word in argv])
        out, self.err = self._capsys.readouterr()
        return code, out

    def json(self, *argv: str | Path) -> dict[str, Any]:
        """The answer of a call with `--json`, whose exit code it must carry."""
        code, out = self.call(*argv, "--json")
        answer: dict[str, Any] = json.loads(out)
        assert answer["exit_code"] == code
        return answer


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def test_that_the_steps_follow_each_other_and_are_skipped_when_nothing_changed(
    terminal: Terminal, place: Place
) -> None:
    code, out = terminal.call("deploy", place.project, "--board", BOARD)
    assert code == 2
    assert "Make it: slipway optimise" in terminal.err
    for command, words in (
        ("optimise", "candidate fp32"),
        ("build", "of fp32 for bench"),
        ("deploy", "is installed on"),
    ):
        where = () if command == "optimise" else ("--board", BOARD)
        code, out = terminal.call(command, place.project, *where)
        assert (code, words in out) == (0, True), terminal.err
        assert "unchanged" not in terminal.err
        again = terminal.json(command, place.project, *where)
        assert again["result"]["record"]
        assert "unchanged" in terminal.err
    assert [row["name"] for row in terminal.json("candidates", place.project)["result"]] == ["fp32"]
    link = next(item for item in terminal.json("status", place.project)["result"]["links"] if item["stage"] == "run")
    assert (link["state"], link["next_step"]) == ("missing", f"slipway verify {place.project} --board {BOARD}")


def test_that_a_run_that_is_unchanged_shows_its_verdicts_and_its_code(terminal: Terminal, later: Desk) -> None:
    code, out = terminal.call("run", later.place.project, "--board", BOARD)
    run = later.place.record()
    outcomes = [item["verdict"]["outcome"] for item in run["requirements"]]
    assert code == (1 if "FAIL" in outcomes else 3 if set(outcomes) != {"PASS"} else 0)
    assert f"unchanged: {run['id']}" in terminal.err
    assert all(item["id"].rpartition("/")[2] in out for item in run["requirements"])
    assert out.splitlines()[-1] == f"report: {later.place.runs()[-1].path / 'report.html'}"
    answer = terminal.json("run", later.place.project, "--board", BOARD)
    assert [item["verdict"]["outcome"] for item in answer["result"]["record"]["requirements"]] == outcomes
    assert answer["result"]["reused"] is True


def test_that_a_part_of_the_specification_is_verified_and_compared(terminal: Terminal, later: Desk) -> None:
    project = later.place.project
    code, out = terminal.call("verify", project, "--board", BOARD, "--only", "memory", "--quick")
    assert code in {0, 1, 3}, terminal.err
    assert "quick: durations were shortened, of MLE-DEPLOY-EXAMPLE" in out
    assert {word for word in VERDICTS if word in out}
    runs = terminal.json("runs", project, "--output", project / "table.csv")["result"]
    assert [run["quick"] for run in runs] == [False, True]
    with (project / "table.csv").open(encoding="utf-8") as table:
        assert [row["run"] for row in csv.DictReader(table)] == [run["run"] for run in runs]
    comparison = terminal.json("compare", *(folder.path for folder in later.place.runs()))["result"]
    rows = {row["path"]: row for row in comparison["rows"]}
    peak = rows["performance_tests.memory.peak_requirement"]
    assert peak["difference"] == pytest.approx(peak["b"] - peak["a"])
    assert rows["performance_tests.throughput.requirement"]["outcome_b"] == "not in this run"


def test_that_a_report_is_written_again(terminal: Terminal, later: Desk) -> None:
    report = later.place.runs()[-1].path / "report.html"
    before = report.read_bytes()
    report.unlink()
    assert terminal.call("report", later.place.project, "--run", "1") == (0, f"{report}\n")
    assert report.read_bytes() == before


def test_that_a_board_is_watched_for_some_seconds(terminal: Terminal, place: Place) -> None:
    code, out = terminal.call("watch", "--board", BOARD, "--seconds", "1", "--json")
    samples = [json.loads(line) for line in out.splitlines() if line.startswith('{"stream"')]
    assert code == 0, terminal.err
    assert len(samples) >= 2
    assert {sample["stream"] for sample in samples} == {"telemetry"}
    assert "cpu_percent" in samples[-1]["values"]


def test_that_a_board_is_probed(terminal: Terminal, place: Place) -> None:
    facts = terminal.json("boards", "probe", BOARD)["result"]["facts"]
    assert facts["cores"] == os.cpu_count()
    assert "openvino" in facts["runtimes"]


def test_that_ctrl_c_stops_the_process_cleanly(later: Desk) -> None:
    argv = [*SLIPWAY, "verify", str(later.place.project), "--board", BOARD, "--only", "latency", "--json"]
    call = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert call.stderr is not None
    lines = []
    for line in call.stderr:
        lines.append(line)
        if "Run the test specification" in line:
            call.send_signal(signal.SIGINT)
            break
    out, err = call.communicate(timeout=60)
    assert call.returncode == 130, "".join(lines) + err
    assert json.loads(out)["error"]["fault"] == "cancelled"
    assert "Stopping cleanly" in err
    assert [run["state"] for run in map(later.place.record, range(len(later.place.runs())))] == [
        "finished",
        "cancelled",
    ]
