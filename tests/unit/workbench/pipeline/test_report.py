"""Runs that cannot be read: named for what they are, and in nobody's way."""

from __future__ import annotations

import json
from pathlib import Path

from projects.record_file import Author
from projects.runs import RunFolder
from tests.unit.workbench.reports.conftest import _record
from workbench.pipeline.report import UnreadableRun, find_unreadable, try_run
from workbench.results.run_record import RunRecord
from workbench.session import Session


def make_runs(project: Path) -> list[RunFolder]:
    """Three finished runs: one as it should be, one of a newer format, one that was damaged."""
    folders = []
    for _ in range(3):
        folder = RunFolder.create(project / "runs", {}, Author("Ada"))
        value = {**_record({}).to_json(), "id": folder.id, "number": folder.number}
        (folder.path / "run.json").write_text(json.dumps(value))
        folders.append(folder)
    newer, damaged = (folder.path / "run.json" for folder in folders[1:])
    newer.write_text(newer.read_text().replace('"slipway.run/1"', '"slipway.run/9"'))
    damaged.write_text(damaged.read_text()[:-200])
    return folders


def test_that_a_newer_format_is_told_from_damage(project: Path) -> None:
    good, newer, damaged = map(try_run, make_runs(project))
    assert isinstance(good, RunRecord)
    assert isinstance(newer, UnreadableRun)
    assert isinstance(damaged, UnreadableRun)
    assert newer.state == "newer format"
    assert "its format is slipway.run/9" in newer.text
    assert "Install the newer Slipway" in newer.text
    assert damaged.state == "damaged"
    assert "it is no JSON" in damaged.text
    assert find_unreadable(project / "runs") == (newer, damaged)


def test_that_such_runs_stop_neither_the_table_nor_the_chain(project: Path, tmp_path: Path) -> None:
    folders = make_runs(project)
    with Session(tmp_path / "home", by=Author("Ada")) as session:
        rows = session.runs(project)
        chain = session.status(project)
        assert session.candidates(project) == ()
    assert [row.state for row in rows] == ["finished", "newer format", "damaged"]
    assert [row.run for row in rows] == [folder.id for folder in folders]
    assert [item.state for item in chain.unreadable] == ["newer format", "damaged"]
    assert chain.links[0].state == "current"
