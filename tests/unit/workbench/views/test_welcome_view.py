from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.record_file import Author
from workbench.base.errors import UsageError
from workbench.base.events import Event, JobEnded, JobStarted, JobState, StepEnded, StepStarted
from workbench.jobs.event_text import encode_event
from workbench.session import Session
from workbench.settings import save_settings
from workbench.views.doctor import read_doctor
from workbench.views.welcome import (
    MARKS,
    locate_project,
    note_opened,
    read_card,
    read_example,
    read_machine,
    read_scene,
    read_welcome,
    take_off_list,
)

STEPS = ("example", "optimise", "build", "deploy", "frames", "verify", "report")


@pytest.fixture
def session(slipway_home) -> Iterator[Session]:
    with Session(slipway_home, by=Author("Ada")) as made:
        yield made


@pytest.fixture
def project(repository, tmp_path: Path) -> Path:
    """The example without its frames."""
    folder = tmp_path / "front-camera"
    (folder / "models").mkdir(parents=True)
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(repository / "resources" / "example" / name, folder)
    shutil.copy(repository / "resources" / "example" / "model.onnx", folder / "models" / "road_users.onnx")
    return folder


def test_that_a_first_start_has_no_projects_and_one_board(session):
    view = read_welcome(session)
    assert view.projects == ()
    assert [board.name for board in view.boards] == ["this-machine"]
    assert view.boards_problem == ""


def test_that_a_project_is_shown_as_it_stood_until_it_is_looked_at(session, project):
    note_opened(session, project)
    (before,) = read_welcome(session).projects
    assert (before.name, before.word, before.checked) == ("front-camera", "Not looked at yet", False)
    card = read_card(session, project)
    assert card.id == "MLE-DEPLOY-EXAMPLE"
    assert [mark.stage for mark in card.marks] == list(MARKS)
    assert card.checked
    assert 1 <= len(card.facts) <= 3
    (after,) = read_welcome(session).projects
    assert (after.name, after.state, after.word, after.about) == (card.name, card.state, card.word, card.about)
    assert after.marks == card.marks
    assert [fact.text for fact in after.facts] == [fact.text for fact in card.facts]
    assert not after.checked


def test_that_broken_documents_are_counted_and_wait_for_a_person(session, project):
    text = (project / "deployment.yaml").read_text()
    (project / "deployment.yaml").write_text(text.replace("precision: INT8", "precision: INT7"))
    note_opened(session, project)
    card = read_card(session, project)
    assert (card.state, card.word) == ("err", "3 problems")  # its frames and its calibration set are not there either
    assert card.facts[0].stage == "project"
    assert [fact.button for fact in card.waits][:1] == ["Mend"]


def test_that_a_folder_that_is_gone_can_be_located_again(session, project, tmp_path):
    note_opened(session, project)
    moved = project.rename(tmp_path / "moved")
    (card,) = read_welcome(session).projects
    assert (card.exists, card.word) == (False, "Not found")
    with pytest.raises(UsageError, match=r"it has no deployment\.yaml") as caught:
        locate_project(session, project, tmp_path)
    assert caught.value.hint == f"Did you mean {moved}?"
    assert locate_project(session, project, moved).folder == moved
    assert [item.folder for item in read_welcome(session).projects] == [moved]
    take_off_list(session, moved)
    assert read_welcome(session).projects == ()
    assert moved.is_dir()


def test_that_a_folder_without_documents_says_so(session, tmp_path):
    note_opened(session, tmp_path)
    card = read_card(session, tmp_path)
    assert card.state == "err"
    assert "is no project" in card.about


def test_that_the_times_of_the_example_are_an_estimate_until_it_was_measured(session, slipway_home, tmp_path):
    save_settings(slipway_home, {"projects_folder": str(tmp_path)})
    example = read_example(session)
    assert not example.measured
    assert (example.total, example.folder, example.there, example.blocked) == (
        "about 2 min",
        tmp_path / "slipway-example",
        False,
        "",
    )
    write_run(slipway_home, seconds=10.0)
    example = read_example(session)
    assert example.measured
    assert [step.expected for step in example.steps] == ["10 s", "10 s", "20 s", "20 s", "10 s"]
    assert example.total == "about 70 s"


def test_that_a_folder_with_something_else_blocks_the_example(session, slipway_home, tmp_path):
    save_settings(slipway_home, {"projects_folder": str(tmp_path)})
    (tmp_path / "slipway-example").mkdir()
    (tmp_path / "slipway-example" / "letter.txt").write_text("Dear Ada")
    assert "holds something else" in read_example(session).blocked


def test_that_the_picture_of_the_example_has_its_labels(session):
    scene = read_scene(session)
    assert (scene.jpeg[:2], scene.width, scene.height) == (b"\xff\xd8", 640, 384)
    assert len({box[4] for box in scene.boxes}) >= 4


def test_that_this_machine_is_told_in_short_and_whole(session):
    machine = read_machine(session)
    assert {"OpenVINO", "git", "Disk", "TensorRT"} <= {fact.name for fact in machine.facts}
    doctor = read_doctor(session)
    assert machine.missing == sum(need.state != "ok" for need in doctor.needs)
    assert {need.group for need in doctor.needs} == set(doctor.groups)
    assert all(need.mend for need in doctor.needs if need.state != "ok")


def write_run(home: Path, seconds: float) -> None:
    """A journal of one whole run of the example, each step as long."""
    (home / "jobs").mkdir(parents=True, exist_ok=True)
    header = '{"format": "slipway.job/1", "window": "ab", "order": null, "id": "1", "title": "Run the example", '
    header += '"board": "this-machine", "project": null, "kind": "example:RunExample", "submitted_at": 0}'
    told: list[tuple[float, Event]] = [(0.0, JobStarted("1", "Run the example", 0.0))]
    for number, name in enumerate(STEPS):
        told.append((number * seconds, StepStarted("1", name, name)))
        told.append(((number + 1) * seconds, StepEnded("1", name, skipped=False, text="")))
    told.append((70.0, JobEnded("1", JobState.SUCCEEDED, 70.0, 70.0)))
    lines = [header, *(str(encode_event(at, event)) for at, event in told)]
    (home / "jobs" / "0-1.jsonl").write_text("\n".join(lines))
