"""Reports of a project, and those that somebody sends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.record_file import Author
from tests.unit.workbench.reports.conftest import page_of
from workbench.base.errors import UsageError
from workbench.base.events import JobState
from workbench.orders.report import CheckReport, WriteReport
from workbench.recent import note_opened
from workbench.session import Session
from workbench.views.report import read_hashes, read_report, read_reports

RUN = "0003-20261124T091500Z-ab12"
PATIENCE_S = 60.0


@pytest.fixture
def session(slipway_home) -> Iterator[Session]:
    with Session(slipway_home, by=Author("Ada")) as made:
        yield made


@pytest.fixture
def project(make_run, tmp_path: Path) -> Path:
    (tmp_path / "demo" / "runs").mkdir(parents=True)
    make_run(f"demo/runs/{RUN}")
    return tmp_path / "demo"


def done(session, order):
    ended = session.start(order).wait(PATIENCE_S)
    assert ended.state is JobState.SUCCEEDED, ended.error
    return ended.result


def test_that_a_run_is_listed_with_its_verdicts_before_anything_was_written(session, project):
    (row,) = read_reports(session, project)
    assert (row.run, row.number, row.board, row.candidate) == (RUN, 3, "this-machine", "int8")
    assert (row.state, row.counts) == ("fail", "2 pass, 1 fail, 1 inconclusive, 1 not measured")
    assert [form.form for form in row.forms] == ["html", "pdf", "junit", "csv", "xlsx", "coco"]
    assert not row.has_report
    with pytest.raises(UsageError, match="there is no report"):
        read_report(session, project, RUN)


def test_that_a_damaged_run_is_listed_with_what_is_wrong(session, project):
    (project / "runs" / RUN / "run.json").write_text("{")
    (row,) = read_reports(session, project)
    assert (row.state, row.outcome) == ("err", "damaged")
    assert "run.json" in row.problem


def test_that_a_report_is_written_and_read_as_its_reader_gets_it(session, project):
    written = done(session, WriteReport(project, RUN))
    page = read_report(session, project, RUN)
    assert page.path == written.path
    assert page.belongs
    assert "Deployment verification report" in page.text.html
    assert read_reports(session, project)[0].has_report


def test_that_a_page_of_another_record_is_noticed(session, project):
    done(session, WriteReport(project, RUN, "html"))
    path = project / "runs" / RUN / "report.html"
    path.write_text(path.read_text().replace(read_report(session, project, RUN).record_sha256, "0" * 64))
    assert not read_report(session, project, RUN).belongs


def test_that_every_file_is_compared_with_what_it_was(session, project):
    found = read_hashes(session, project, RUN)
    assert (found.state, found.summary) == ("ok", f"all {len(found.lines)} match")
    folder = project / "runs" / RUN
    (folder / found.lines[0].name).write_bytes(b"other")
    (folder / found.lines[1].name).unlink()
    after = read_hashes(session, project, RUN)
    assert [line.word for line in after.lines[:3]] == ["Other bytes", "Not there", "Matches"]
    assert (after.state, after.summary) == ("err", f"2 of {len(found.lines)} do not match")


def test_that_a_record_cannot_lead_out_of_its_folder(session, project):
    path = project / "runs" / RUN / "run.json"
    record = json.loads(path.read_text())
    record["files"]["../../secret"] = "a" * 64
    path.write_text(json.dumps(record))
    lines = {line.name: line.word for line in read_hashes(session, project, RUN).lines}
    assert lines["../../secret"] == "Cannot be read"


class TestReceived:
    @pytest.fixture
    def page(self, session, project, tmp_path) -> Path:
        done(session, WriteReport(project, RUN, "html"))
        return Path(shutil.copy(project / "runs" / RUN / "report.html", tmp_path / "sent.html"))

    def test_that_a_page_of_a_project_that_was_opened_here_is_proved_unchanged(self, session, project, page):
        note_opened(session.home, project, 1.0)
        checked = done(session, CheckReport(page))
        assert (checked.state, checked.title, checked.project, checked.run) == ("ok", "Unchanged", project, RUN)
        assert [state for state, _ in checked.lines] == ["ok"] * 5

    def test_that_a_page_beside_its_record_needs_no_project(self, session, project):
        done(session, WriteReport(project, RUN, "html"))
        assert done(session, CheckReport(project / "runs" / RUN / "report.html")).state == "ok"

    def test_that_one_changed_byte_is_found(self, session, project, page):
        note_opened(session.home, project, 1.0)
        page.write_text(page.read_text().replace("INCONCLUSIVE</span>", "PASS</span>", 1))
        checked = done(session, CheckReport(page))
        assert (checked.state, checked.title) == ("err", "Not what was recorded")
        assert "other bytes" in checked.lines[-1][1]

    def test_that_a_changed_record_is_found(self, session, project, page):
        note_opened(session.home, project, 1.0)
        path = project / "runs" / RUN / "run.json"
        path.write_text(path.read_text() + "\n")
        assert "another sha256" in done(session, CheckReport(page)).lines[-1][1]

    def test_that_a_changed_file_of_the_run_is_found(self, session, project, page):
        note_opened(session.home, project, 1.0)
        (project / "runs" / RUN / "overlays/00.jpg").write_bytes(b"x")
        assert "has other bytes than when the run was recorded" in done(session, CheckReport(page)).lines[-1][1]

    def test_that_a_page_without_its_run_cannot_be_checked_and_says_so(self, session, page):
        checked = done(session, CheckReport(page))
        assert (checked.state, checked.title, checked.project) == ("warn", "Cannot be checked alone", None)

    def test_that_what_is_no_report_is_refused(self, session, tmp_path, make_run):
        path = tmp_path / "other.html"
        path.write_text(page_of(*make_run("x")).replace("it was made from the record", "made from"))
        ended = session.start(CheckReport(path)).wait(PATIENCE_S)
        assert ended.error is not None
        assert ended.error.summary == "other.html is no report of Slipway"
