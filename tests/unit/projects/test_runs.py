"""Folders of runs: numbered, with a plan from the first moment and a result that is written once."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from projects.record_file import MAX_BYTES, Author, header_of
from projects.runs import RunFolder, find_run, list_runs, missing_numbers
from workbench.base.errors import SlipwayError, UsageError

_BY = Author("Ann")


def _result(folder: RunFolder) -> dict[str, object]:
    return {**header_of("run", _BY), "id": folder.id, "number": folder.number, "state": "finished"}


def test_that_a_run_has_its_number_and_its_plan(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first, second = (RunFolder.create(runs, {"only": ["latency"]}, _BY) for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    assert re.fullmatch(r"0001-\d{8}T\d{6}Z-[0-9a-f]{4}", first.id)
    plan = second.read_plan()
    assert plan.body == {"id": second.id, "number": 2, "only": ["latency"]}
    assert plan.by == _BY
    assert [folder.id for folder in list_runs(runs)] == [first.id, second.id]
    assert sorted(path.name for path in runs.iterdir()) == [first.id, second.id]


def test_that_a_result_that_nobody_could_read_again_is_not_written(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, {}, _BY)
    with pytest.raises(SlipwayError, match=r"a record takes at most 8,388,608"):
        folder.finish({**_result(folder), "text": "x" * MAX_BYTES})
    assert not folder.is_finished()


def test_that_a_run_is_finished_by_its_result_once(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, {}, _BY)
    assert not folder.is_finished()
    with pytest.raises(UsageError, match="is not there"):
        folder.read_run()
    folder.finish(_result(folder))
    assert folder.is_finished()
    assert folder.read_run().body["state"] == "finished"
    before = (folder.path / "run.json").read_bytes()
    with pytest.raises(SlipwayError, match="never overwritten"):
        folder.finish({**_result(folder), "state": "failed"})
    assert (folder.path / "run.json").read_bytes() == before


def test_that_the_result_of_another_run_is_refused(tmp_path: Path) -> None:
    first, second = (RunFolder.create(tmp_path, {}, _BY) for _ in range(2))
    with pytest.raises(UsageError, match="this is the result of the run"):
        second.finish(_result(first))
    assert not second.is_finished()


def test_that_a_deleted_run_shows_as_a_gap(tmp_path: Path) -> None:
    folders = [RunFolder.create(tmp_path, {}, _BY) for _ in range(4)]
    shutil.rmtree(folders[1].path)
    (tmp_path / "notes").mkdir()
    (tmp_path / ".0009-20261124T091500Z-ab12.part").mkdir()
    assert missing_numbers(list_runs(tmp_path)) == (2,)
    assert RunFolder.create(tmp_path, {}, _BY).number == 5
    assert missing_numbers(()) == ()


def test_that_a_run_of_a_newer_slipway_is_refused(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, {}, _BY)
    (folder.path / "run.json").write_text(json.dumps({**_result(folder), "format": "slipway.run/2"}))
    with pytest.raises(UsageError, match="was written by a newer Slipway"):
        folder.read_run()


def test_that_runs_are_found_by_number_id_and_beginning(tmp_path: Path) -> None:
    first, second = (RunFolder.create(tmp_path, {}, _BY) for _ in range(2))
    with pytest.raises(UsageError, match="there is no finished run yet"):
        find_run(tmp_path)
    first.finish(_result(first))
    assert find_run(tmp_path) == first
    assert find_run(tmp_path, "2") == second
    assert find_run(tmp_path, second.id) == second
    assert find_run(tmp_path, "0002") == second
    assert find_run(tmp_path, "0001-") == first


def test_that_a_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Start one with"):
        find_run(tmp_path / "runs", "1")
    folder = RunFolder.create(tmp_path, {}, _BY)
    RunFolder.create(tmp_path, {}, _BY)
    wrong = folder.id[:-1] + ("0" if folder.id[-1] != "0" else "1")
    with pytest.raises(UsageError, match=f"Did you mean {folder.id}?"):
        find_run(tmp_path, wrong)
    with pytest.raises(UsageError, match="several runs are called 000"):
        find_run(tmp_path, "000")


def test_that_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipwayError, match="cannot write"):
        RunFolder.create(tmp_path / "file" / "runs", {}, _BY)


def test_that_a_try_is_marked_from_its_first_moment_and_never_the_last_run(tmp_path: Path) -> None:
    verified, tried = RunFolder.create(tmp_path, {}, _BY), RunFolder.create(tmp_path, {}, _BY, is_try=True)
    for folder in (verified, tried):
        folder.finish(_result(folder))
    assert (verified.is_try(), tried.is_try()) == (False, True)
    assert find_run(tmp_path) == verified
    assert find_run(tmp_path, "2") == tried
