from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbench import cli
from workbench.base.errors import UsageError
from workbench.command.options import choose_board, duration_s, find_project, split_names

REFERENCE = Path(__file__).parents[3] / "fixtures" / "reference"


@pytest.mark.parametrize(("text", "names"), [(None, None), ("", ()), ("a", ("a",)), (" a, b,,c ", ("a", "b", "c"))])
def test_that_names_are_split_at_commas(text, names):
    assert split_names(text) == names


def test_that_a_duration_is_read_as_in_the_documents():
    assert duration_s("--at-most", "30min") == 1800.0
    with pytest.raises(UsageError, match=r"--at-most 30 minuts: expected a duration such as") as caught:
        duration_s("--at-most", "30 minuts")
    assert "min" in caught.value.hint


def test_that_a_run_is_found_by_its_folder_or_in_the_project_of_this_folder(tmp_path, monkeypatch):
    run = tmp_path / "demo" / "runs" / "0007-20261124T091500Z-ab12"
    run.mkdir(parents=True)
    assert find_project(str(run)) == (tmp_path / "demo", run.name)
    with pytest.raises(UsageError, match="this folder is no project") as caught:
        find_project("7")
    assert caught.value.hint == "Give the runs' folders, or change into the project's folder."
    monkeypatch.chdir(tmp_path / "demo")
    assert find_project("7") == (Path(), "7")
    assert find_project(str(tmp_path / "demo")) == (Path(), str(tmp_path / "demo"))


def test_that_the_option_counts_then_the_document_then_this_machine(tmp_path):
    assert choose_board(tmp_path, None) == "this-machine"
    shutil.copytree(REFERENCE, tmp_path, dirs_exist_ok=True)
    assert choose_board(tmp_path, None) == "this-machine"
    with (tmp_path / "deployment.yaml").open("a", encoding="utf-8") as document:
        document.write("slipway:\n  board: orin-3\n")
    assert choose_board(tmp_path, None) == "orin-3"
    assert choose_board(tmp_path, "orin-4") == "orin-4"


@pytest.mark.parametrize("word", ["build", "deploy", "verify", "run"])
def test_that_a_command_goes_to_the_board_of_the_document(word, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    shutil.copytree(REFERENCE, tmp_path / "project")
    with (tmp_path / "project" / "deployment.yaml").open("a", encoding="utf-8") as document:
        document.write("slipway:\n  board: orin-3\n")
    assert cli.main([word, str(tmp_path / "project")]) != 0  # the reference documents come without their model
    assert " orin-3\n" in capsys.readouterr().err
    assert cli.main([word, str(tmp_path / "project"), "--board", "orin-4"]) != 0
    assert " orin-4\n" in capsys.readouterr().err
