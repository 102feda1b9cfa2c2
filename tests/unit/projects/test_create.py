"""New projects: proposed documents that load, with every limit waiting for a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from projects.create import Proposal, create_project
from projects.problems import DocumentProblems
from projects.project import Project
from projects.schemas import ACCEPTANCE_SCHEMA, DEPLOYMENT_SCHEMA
from workbench.base.errors import SlipwayError, UsageError

_PROPOSAL = Proposal(
    deployment_id="MLE-DEPLOY-7",
    model_id="MLE-MODEL-7: v1",
    platform="this machine",
    onnx="models/straßen netz.onnx",
    precision="INT8",
    deployment={"slipway.frames": {"images": "data/frames"}, "slipway.preprocessing.scale": "1/255"},
    tests={"performance_tests.latency.requirement": "33 ms", "functional_equivalence.test_samples": 300},
    confirmed={"performance_tests.latency.requirement"},
    unconfirmed=["slipway.preprocessing.scale"],
)


def test_that_a_new_project_opens_and_its_limits_wait(tmp_path: Path) -> None:
    folder = tmp_path / "neues Projekt"
    project = create_project(folder, _PROPOSAL)
    assert Project.open(folder) == project
    assert project.deployment.model == "MLE-MODEL-7: v1"
    assert project.deployment.model_format.intermediate == "models/straßen netz.onnx"
    by_kind = {item.kind: item for item in project.requirements}
    assert by_kind["latency"].confirmed
    assert by_kind["latency"].limit == 0.033
    assert not by_kind["memory_peak"].confirmed
    assert not by_kind["output_difference"].confirmed
    assert by_kind["null_input"].confirmed
    assert ("deployment.yaml", "slipway.preprocessing.scale") in [
        (item.file, item.path) for item in project.unconfirmed
    ]


def test_that_the_documents_keep_the_comments_of_the_reference(tmp_path: Path) -> None:
    project = create_project(tmp_path, _PROPOSAL)
    lines = project.acceptance_file.text.splitlines()
    assert lines[0] == "# yaml-language-server: $schema=.slipway/schema/deployment_tests.schema.json"
    assert "      output_difference: 0.01   # Max L2 difference" in lines
    assert "      max_temperature: 80   # Celsius, measured at GPU die" in lines
    assert (tmp_path / ".slipway" / "schema" / DEPLOYMENT_SCHEMA).is_file()
    assert (tmp_path / ".slipway" / "schema" / ACCEPTANCE_SCHEMA).is_file()


def test_that_git_is_told_what_to_keep_and_what_not_to_touch(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n/.slipway/*", encoding="utf-8")
    create_project(tmp_path, _PROPOSAL)
    ignored = (tmp_path / ".gitignore").read_text(encoding="utf-8")
    assert ignored.startswith("mine\n/.slipway/*\n")
    assert ignored.count("/.slipway/*") == 1
    assert "!/.slipway/schema/" in ignored.splitlines()
    assert "*.json -text" in (tmp_path / ".gitattributes").read_text(encoding="utf-8").splitlines()


def test_that_a_project_is_not_made_twice(tmp_path: Path) -> None:
    project = create_project(tmp_path, _PROPOSAL)
    before = project.layout.deployment.read_bytes()
    with pytest.raises(UsageError, match=r"is a project already: it has deployment\.yaml and deployment_tests\.yaml"):
        create_project(tmp_path, replace(_PROPOSAL, precision="FP16"))
    assert project.layout.deployment.read_bytes() == before


def test_that_wrong_values_write_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with pytest.raises(DocumentProblems, match="did you mean 'INT8'"):
        create_project(folder, replace(_PROPOSAL, precision="INT9"))
    assert not folder.exists()


def test_that_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file, so no project can be made in it"):
        create_project(tmp_path / "file", _PROPOSAL)
    with pytest.raises(SlipwayError, match="cannot write") as caught:
        create_project(tmp_path / "file" / "inner", _PROPOSAL)
    assert caught.value.hint


def test_that_a_confirmed_project_has_no_open_limits(tmp_path: Path) -> None:
    project = create_project(tmp_path, _PROPOSAL).confirm()
    assert project.unconfirmed == ()
    assert all(item.confirmed for item in project.requirements)
