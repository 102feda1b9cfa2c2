"""A run in every form that others read, beside the record or where a person wants it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from projects.record_file import Author
from projects.runs import RunFolder
from tests.unit.workbench.results.kept_run import compare_sides, detect, draw_objects, keep_run
from workbench.base.errors import UsageError
from workbench.jobs.outcome import outcome_of
from workbench.pipeline.report import ReportJob, has_report
from workbench.pipeline.report_files import BESIDE, FORMS, choose_form
from workbench.session import Session

pytestmark = pytest.mark.slow

BEGINS = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "junit": b"<?xml", "csv": b"PK", "xlsx": b"PK"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finished run."""
    folder = tmp_path_factory.mktemp("project")
    made = RunFolder.create(folder / "runs", {}, Author("Ada"))
    objects = draw_objects(4)
    kept = folder / "kept"
    run = keep_run(kept, compare_sides(detect(objects, 1, 2), detect(objects, 2, 3)), objects)
    for path in kept.iterdir():
        path.rename(made.path / path.name)
    record = replace(run, id=made.id, number=made.number)
    (made.path / "run.json").write_text(json.dumps(record.to_json()))
    return folder


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "home", by=Author("Ada")) as opened:
        yield opened


def write(session: Session, job: ReportJob) -> Path:
    ended = session.start(job).wait()
    assert ended.error is None, ended.error
    assert isinstance(ended.result, Path)
    return ended.result


@pytest.mark.parametrize("form", sorted(BEGINS))
def test_that_each_form_is_written_where_it_is_wanted(
    project: Path, session: Session, tmp_path: Path, form: str
) -> None:
    wanted = tmp_path / f"out{FORMS[form].endings[0]}"
    assert write(session, ReportJob(project, "1", form, wanted)) == wanted
    assert wanted.read_bytes().startswith(BEGINS[form])
    beside = write(session, ReportJob(project, None, form))
    assert beside == project / "runs" / beside.parent.name / FORMS[form].file
    if form != "xlsx":  # which notes when it was saved
        assert beside.read_bytes() == wanted.read_bytes()


def test_that_detections_are_a_folder_of_three_files(project: Path, session: Session, tmp_path: Path) -> None:
    written = write(session, ReportJob(project, "1", "coco", tmp_path / "coco"))
    assert {path.name for path in written.iterdir()} == {"reference.json", "device.json", "frames.json"}


def test_that_the_report_of_a_run_comes_in_all_its_forms(project: Path, session: Session) -> None:
    page = write(session, ReportJob(project, "1"))
    (folder,) = (path for path in (project / "runs").iterdir())
    assert page == folder / "report.html"
    assert all((folder / name).is_file() for name in BESIDE)
    assert has_report(RunFolder(folder, 1))
    (folder / "report.pdf").unlink()
    assert not has_report(RunFolder(folder, 1))


def test_that_an_ending_says_what_to_write(tmp_path: Path) -> None:
    for form in ("html", "pdf", "junit", "csv", "xlsx"):
        assert choose_form(None, tmp_path / f"x{FORMS[form].endings[0]}") is FORMS[form]


@pytest.mark.parametrize(
    ("form", "output", "words", "hint"),
    [
        ("pfd", None, "cannot be written as 'pfd'", "Did you mean pdf?"),
        ("word", None, "cannot be written as 'word'", "Forms are html, pdf"),
        (None, "x.doc", "does not say what to write", "--format html|pdf"),
        (None, "x", "does not say what to write", "--format html|pdf"),
        ("pdf", "x.html", "x.html cannot be pdf", "ends with .pdf"),
        ("csv", "x.csv", "x.csv cannot be csv", "one of .zip, no ending (a folder)"),
        ("pdf", "nowhere/x.pdf", "there is no folder", "Make it"),
        ("coco", "taken.txt", "is a file already", "another path"),
        ("pdf", "folder.pdf", "is a folder already", "another path"),
    ],
)
def test_that_what_cannot_be_written_is_refused_in_words(
    tmp_path: Path, form: str | None, output: str | None, words: str, hint: str
) -> None:
    (tmp_path / "taken.txt").touch()
    (tmp_path / "folder.pdf").mkdir()
    outcome = outcome_of(lambda: choose_form(form, None if output is None else tmp_path / output))
    assert outcome.error is not None
    assert words in outcome.error.summary
    assert hint in outcome.error.hint


def test_that_a_run_that_kept_no_detections_says_so(session: Session, tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "runs", {}, Author("Ada"))
    objects = draw_objects(2)
    run = keep_run(tmp_path / "kept", compare_sides(detect(objects, 1, 2), detect(objects, 1, 2)), objects)
    record = replace(run, id=folder.id, number=folder.number, files={})
    (folder.path / "run.json").write_text(json.dumps(record.to_json()))
    error = session.start(ReportJob(tmp_path, "1", "coco", tmp_path / "coco")).wait().error
    assert error is not None
    assert "kept no detections" in error.summary
    with pytest.raises(UsageError):
        choose_form("coco", tmp_path / "nowhere" / "x")
