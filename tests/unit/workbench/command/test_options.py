from __future__ import annotations

from pathlib import Path

import pytest

from workbench.base.errors import UsageError
from workbench.command.options import duration_s, find_project, split_names


@pytest.mark.parametrize(("text", "names"), [(None, None), ("", ()), ("a", ("a",)), (" a, b,,c ", ("a", "b", "c"))])
def test_that_names_are_split_at_commas(text, names):
    assert split_names(text) == names


def test_that_a_duration_is_read_as_in_the_documents():
    assert duration_s("--at-most", "30min") == 1800.0
    with pytest.raises(UsageError, match=r"--at-most 30 minuts: expected a duration such as") as caught:
        duration_s("--at-most", "30 minuts")
    assert "min" in caught.value.hint


def test_that_a_run_is_found_by_its_folder_or_in_the_project_of_this_folder(tmp_path):
    run = tmp_path / "demo" / "runs" / "0007-20261124T091500Z-ab12"
    run.mkdir(parents=True)
    assert find_project(str(run)) == (tmp_path / "demo", run.name)
    assert find_project("7") == (Path(), "7")
    assert find_project(str(tmp_path / "demo")) == (Path(), str(tmp_path / "demo"))
