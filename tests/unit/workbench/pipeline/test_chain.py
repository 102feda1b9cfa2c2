"""The chain as the records tell it: what is missing, what is stale, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects.project import Project
from workbench.pipeline.chain import CURRENT, MISSING, STALE, ChainLink, read_chain
from workbench.settings import home_folder

from .chain_records import ChainWriter

Edit = Callable[..., None]


def links(folder: Path) -> dict[str, ChainLink]:
    return {link.stage: link for link in read_chain(Project.open(folder), home_folder()).links}


def states(folder: Path) -> list[str]:
    return [link.state for link in links(folder).values()]


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


def test_that_a_new_project_has_a_model_and_nothing_else(project: Path) -> None:
    found = links(project)
    assert states(project) == [CURRENT, MISSING, MISSING, MISSING, MISSING]
    assert found["candidate"].reason == "no int8 candidate was made yet"
    assert found["candidate"].next_step == f"slipway optimise {project}"
    assert [link.next_step.split()[1] for link in found.values() if link.next_step] == [
        "optimise", "build", "deploy", "verify",
    ]  # fmt: skip


def test_that_a_whole_chain_is_current(project: Path, writer: ChainWriter) -> None:
    writer.whole()
    assert states(project) == [CURRENT] * 5
    assert read_chain(Project.open(project), home_folder()).is_current
    assert all(not link.reason and not link.next_step for link in links(project).values())


def test_that_what_has_to_be_done_on_another_board_names_it(project: Path, writer: ChainWriter) -> None:
    writer.release(writer.engine(writer.candidate()))
    assert links(project)["run"].next_step == f"slipway verify {project} --board bench"


def test_that_another_precision_asks_for_another_candidate(project: Path, writer: ChainWriter, edit: Edit) -> None:
    writer.whole()
    edit(("precision: INT8", "precision: FP32"))
    found = links(project)
    assert (found["candidate"].state, found["candidate"].reason) == (MISSING, "no fp32 candidate was made yet")
    assert found["engine"].reason == "its candidate has to be made first"
    assert [link.state for link in found.values()][2:] == [STALE, STALE, STALE]


def test_that_changed_calibration_frames_stale_the_candidate(project: Path, writer: ChainWriter) -> None:
    writer.whole()
    frames = sorted((project / "data/calibration").iterdir())
    frames[0].write_bytes(frames[1].read_bytes())
    assert links(project)["candidate"].reason == "the calibration frames or the preprocessing changed"


def test_that_an_engine_of_an_older_candidate_is_stale(project: Path, writer: ChainWriter) -> None:
    engine = writer.engine(writer.candidate(b"older", "2020-01-01T00:00:00Z"))
    writer.candidate(b"newer")
    found = links(project)["engine"]
    assert (found.state, found.sha256) == (STALE, engine.record.sha256)
    assert found.reason.startswith("it was built from another candidate (")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    streams: 1\n", "    streams: 3\n", "the options changed: streams 1 → 3"),
        (
            "  runtime_configuration:\n",
            "  resource_allocation:\n    cpu_threads: 1\n  runtime_configuration:\n",
            "the options changed: threads 2 → 1",
        ),
    ],
)
def test_that_options_of_the_documents_stale_the_engine(
    project: Path, writer: ChainWriter, edit: Edit, old: str, new: str, reason: str
) -> None:
    writer.whole()
    edit((old, new))
    found = links(project)
    assert (found["engine"].state, found["engine"].reason) == (STALE, reason)
    assert found["release"].reason == "its engine is stale"


def test_that_bytes_that_are_not_here_stale_the_engine(project: Path, writer: ChainWriter) -> None:
    engine = writer.engine(writer.candidate())
    writer.release(engine)
    (project / ".slipway" / "blobs" / engine.record.sha256).unlink()
    found = links(project)
    assert found["engine"].state == STALE
    assert "bytes" in found["engine"].reason


def test_that_another_configuration_stales_the_release(project: Path, writer: ChainWriter, edit: Edit) -> None:
    writer.whole()
    edit(("slipway:\n", "slipway:\n  thresholds: {confidence: 0.4}\n"))
    found = links(project)
    assert (found["engine"].state, found["release"].state) == (CURRENT, STALE)
    assert found["release"].reason == "the configuration changed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("tests", "deployment_tests.yaml changed"),
        ("frames", "the test frames changed"),
        ("labels", "the labels changed"),
    ],
)
def test_that_a_run_says_what_changed_since(
    project: Path, writer: ChainWriter, edit: Edit, change: str, reason: str
) -> None:
    writer.whole()
    if change == "tests":
        edit(("requirement: 50ms", "requirement: 60ms"), name="deployment_tests.yaml")
    elif change == "frames":
        frames = sorted((project / "data/test").iterdir())
        frames[0].write_bytes(frames[1].read_bytes())
    else:
        (project / "data/labels.json").write_text((project / "data/labels.json").read_text() + "\n")
    found = links(project)["run"]
    assert (found.state, found.reason) == (STALE, reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"quick": True}, ""),
        ({"only": ("latency",)}, ""),
        ({"board": {"id": "2"}}, "the last run was on another board"),
    ],
)
def test_that_a_part_a_quick_run_and_one_of_another_board_verify_nothing(
    project: Path, writer: ChainWriter, fields: dict[str, object], reason: str
) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), **fields)
    found = links(project)["run"]
    assert found.state == (STALE if reason else MISSING)
    assert found.reason == (reason or "the release was not verified yet")


def test_that_an_engine_that_came_from_elsewhere_is_stale(project: Path, writer: ChainWriter, tmp_path: Path) -> None:
    writer.whole()
    links = {link.stage: link for link in read_chain(Project.open(project), tmp_path / "another").links}
    assert (links["engine"].state, links["engine"].reason) == (STALE, "it was not built by you")
    assert links["engine"].next_step.startswith("slipway build")
