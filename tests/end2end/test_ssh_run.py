"""The main job on a board over SSH: a real server, a root of its own, the same job as on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.example_project import BOARD
from tests.end2end.bench import BY, Desk, Place, check_nothing_half, running_on
from tests.end2end.test_command import Terminal
from tests.end2end.test_main_job import ALL, KINDS
from tests.end2end.test_public_models import MODELS, Runs, check_verdicts, confirm_without, make_new
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.server import SshServer
from workbench.base.events import JobState
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.session import Session

pytestmark = pytest.mark.slow

PERFORMANCE = {"latency", "throughput", "memory_peak"}
"""Kinds of requirements that a new project proposes of how fast and how large a model is."""


@pytest.fixture
def remote(fresh: Place, sshd: SshServer, tmp_path: Path) -> Iterator[Desk]:
    """Somebody before the example with which nothing was done yet, and a board over SSH that has nothing yet."""
    place = fresh.copy(tmp_path)
    add_board(sshd, place.root, BOARD)
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


def test_that_the_command_does_the_whole_job_over_ssh(
    remote: Desk, sshd: SshServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place, terminal = remote.place, Terminal(capsys)
    code, out = terminal.call("run", place.project, "--board", BOARD)
    assert code in {0, 1, 3}, terminal.err  # how fast this machine is decides between them
    record = place.record()
    assert {item["kind"] for item in record["requirements"]} == KINDS
    assert record["board"]["name"] == BOARD
    outcomes = {item["kind"]: item["verdict"]["outcome"] for item in record["requirements"]}
    for kind in ("output_difference", "detection_iou", "invalid_size", "null_input", "detection_format"):
        assert outcomes[kind] == Outcome.PASS.value, (kind, out)
    assert outcomes["latency"] != Outcome.NOT_MEASURED.value
    assert out.splitlines()[-1] == f"report: {place.runs()[0].path / 'report.html'}"
    assert (place.runs()[0].path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    installed = place.root / "releases" / record["chain"]["release"]["name"]
    assert sha256_file(installed / "engine.blob") == record["chain"]["engine"]["sha256"]
    assert "Accepted publickey" in sshd.log.read_text()
    check_nothing_half(place)
    assert running_on(place.root) == []
    assert not list((place.root / "runs").iterdir())  # fetched, then removed
    assert not list(place.root.rglob("*.part"))
    story = remote.run()
    assert story.done == []
    assert set(story.skipped) == set(ALL) - {"frames", "report"}


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("coco_yolov8n_fp32_derived", ("performance_tests", "stress_tests")),
        ("coco_yolox_nano_416_fp32", ("stress_tests",)),
    ],
)
def test_that_a_public_model_is_carried_to_its_verdicts_over_ssh(
    sshd: SshServer, shared_data: Path, slipway_home: Path, tmp_path: Path, name: str, left_out: tuple[str, ...]
) -> None:
    case = MODELS[name]
    assert isinstance(case, Runs)
    place = Place(tmp_path / "project", slipway_home, tmp_path / "board")
    add_board(sshd, place.root, BOARD)
    with Session(place.home, by=BY) as session:
        desk = Desk(place, session)
        assert make_new(desk, shared_data, name, case.images).ok
        confirm_without(desk, *left_out)
        story = desk.run(quick=True)
        assert story.state is JobState.SUCCEEDED, story.ended.error
        check_verdicts(story.outcome, case)
        measured = {item.kind for item in story.outcome.record.requirements if item.verdict.value is not None}
        assert PERFORMANCE & measured == (PERFORMANCE if "performance_tests" not in left_out else set())
        assert story.outcome.report.is_file()
        assert desk.run(quick=True).done == []
    assert place.record()["board"]["name"] == BOARD
    assert not list(place.root.rglob("*.part"))
