from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.record_file import Author
from workbench.base.errors import UsageError
from workbench.session import Session
from workbench.views.problems import read_problems
from workbench.views.project.overview import Place


@pytest.fixture
def session(slipway_home) -> Iterator[Session]:
    with Session(slipway_home, by=Author("Ada")) as made:
        yield made


@pytest.fixture
def project(repository, tmp_path: Path) -> Path:
    """The example without its frames."""
    folder = tmp_path / "demo"
    (folder / "models").mkdir(parents=True)
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(repository / "resources" / "example" / name, folder)
    shutil.copy(repository / "resources" / "example" / "model.onnx", folder / "models" / "road_users.onnx")
    return folder


def test_that_what_stops_everything_comes_first_and_names_its_place(session, project):
    text = (project / "deployment.yaml").read_text()
    (project / "deployment.yaml").write_text(text.replace("precision: INT8", "precision: INT7"))
    rows = read_problems(session, project)
    assert [row.state for row in rows] == sorted((row.state for row in rows), key=lambda state: state != "err")
    row = next(row for row in rows if "INT7" in row.title)
    assert (row.place, row.stage) == ("deployment.yaml:17", "project")
    assert row.target == Place("deployment.yaml", 17, "model_format.precision")
    assert "Did you mean 'INT8'?" in row.text


def test_that_frames_that_are_not_there_are_a_problem_too(session, project):
    assert any("data/test" in row.title + row.text for row in read_problems(session, project))


def test_that_a_folder_without_a_project_is_said(session, tmp_path):
    with pytest.raises(UsageError, match="is no project"):
        read_problems(session, tmp_path)
