"""The lower panel: jobs of now and before, their logs, and what is wrong."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from PySide6.QtCore import Qt

from tests.window_lab.fixtures import LEAST_MS, settle, shown, unnamed
from ui.frame.job_panel import JOBS, LOG, PROBLEMS
from workbench.base.events import Level
from workbench.jobs.journal_files import read_journal
from workbench.jobs.story import JobHead, JobStory
from workbench.orders.example import MakeExample
from workbench.orders.report import WriteReport
from workbench.orders.run import RunOrder
from workbench.session import Session


def ended(window, qtbot, order):
    """Do an order in the window; its row."""
    handle = window.bridge.start(order)
    qtbot.waitUntil(lambda: handle.id not in {item.id for item in window.bridge.running}, timeout=LEAST_MS)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: any(row.head.id == handle.id for row in window.jobs.table.rows.rows), timeout=LEAST_MS)
    return next(row for row in window.jobs.table.rows.rows if row.head.id == handle.id)


def test_that_a_failed_job_opens_its_log_at_the_first_error_and_says_what_to_do(project_window, qtbot):
    window = project_window
    row = ended(window, qtbot, WriteReport(window.desk.project, "0099-x", "pdf"))
    assert row.state == "failed"
    window.jobs.table.choose(lambda item: item.head.id == row.head.id)
    window.jobs.open_log.trigger()
    assert window.jobs.tabs.currentIndex() == LOG
    log = window.jobs.log
    cursor = log.text.textCursor()
    assert "no run is called 0099-x" in cursor.block().text()
    assert log._error_box.count() == 1
    assert unnamed(window.jobs) == []


def test_that_a_failed_job_is_done_again(project_window, qtbot):
    window = project_window
    row = ended(window, qtbot, WriteReport(window.desk.project, "0099-x", "pdf"))
    window.jobs.table.choose(lambda item: item.head.id == row.head.id)
    assert window.jobs.retry.isEnabled()
    window.jobs.retry.trigger()
    qtbot.waitUntil(lambda: len(window.jobs.table.rows.rows) == 2, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=LEAST_MS)
    assert [item.head.title for item in window.jobs.table.rows.rows] == [row.head.title] * 2


def test_that_a_run_that_is_done_again_is_the_run_that_the_head_stops(project_window, qtbot):
    window = project_window
    (window.desk.project / "models" / "road_users.onnx").unlink()
    row = ended(window, qtbot, RunOrder(window.desk.project, "bench"))
    assert row.state == "failed"
    seen = []
    window.bridge.started.connect(lambda *_: seen.append((window.runner.runs, window.runner.stop_action.isEnabled())))
    window.jobs.table.choose(lambda item: item.head.id == row.head.id)
    window.jobs.retry.trigger()
    assert seen == [(True, True)]
    assert not window.runner.run_action.isEnabled()
    qtbot.waitUntil(lambda: not window.runner.stop_action.isEnabled(), timeout=LEAST_MS)
    settle(qtbot, window)


def test_that_the_panel_comes_up_with_the_problems_where_there_are_no_jobs(place, session, qtbot):
    path = place.project / "deployment.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("deployment:", "deploymnt:", 1), encoding="utf-8")
    with shown(session) as window:
        window.open_project(place.project)
        window.show_page("project")
        qtbot.waitUntil(window.jobs.isVisible, timeout=LEAST_MS)
        qtbot.waitUntil(lambda: window.jobs.tabs.currentIndex() == PROBLEMS, timeout=LEAST_MS)
        settle(qtbot, window)


def test_that_jobs_survive_the_window_and_can_be_done_again_by_the_next(slipway_home, tmp_path, qtbot, session):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Ada")
    with shown(session) as first:
        first.show_page("settings")
        first.jobs_dock.set_opened(True)
        row = ended(first, qtbot, MakeExample(folder))
        assert row.state == "failed"
    assert [item.story.state for item in read_journal(slipway_home)] == ["failed"]
    with Session(slipway_home) as again, shown(again) as second:
        second.show_page("settings")
        second.jobs_dock.set_opened(True)
        settle(qtbot, second)
        qtbot.waitUntil(lambda: len(second.jobs.table.rows.rows) == 1, timeout=LEAST_MS)
        assert second.jobs.table.rows.rows[0].error == row.error
        second.jobs.table.selectRow(0)
        second.jobs.show_tab(LOG)
        settle(qtbot, second)
        assert "holds something else" in second.jobs.log.text.toPlainText()
        assert not second.jobs.stop.isEnabled()
        second.jobs.retry.trigger()
        settle(qtbot, second)
        qtbot.waitUntil(lambda: len(second.jobs.table.rows.rows) == 2, timeout=LEAST_MS)
        qtbot.waitUntil(lambda: not second.bridge.running, timeout=LEAST_MS)
        second.jobs.clear_ended.trigger()
        settle(qtbot, second)
        assert second.jobs.table.rows.rows == ()
    qtbot.waitUntil(lambda: not read_journal(slipway_home), timeout=LEAST_MS)


def test_that_a_log_grows_at_its_end_and_a_thousand_lines_are_one_step(window, qtbot):
    from workbench.jobs.story import JobHead, LogEntry

    log = window.jobs.log
    head = JobHead("1", "A job", None, None, "", 0.0, can_retry=False)
    lines = tuple(LogEntry(time.time(), Level.INFO.value, f"line {number}") for number in range(1000))
    log.show_log(head, ("run", "Running"), lines[:500], None, None)
    log.show_log(head, ("run", "Running"), lines, None, None)
    assert log.text.blockCount() == 1000
    assert log.text.toPlainText().endswith("line 999")


def test_that_problems_of_the_documents_lead_to_their_place(place, project_window, qtbot):
    window = project_window
    settle(qtbot, window)
    path = place.project / "deployment.yaml"
    path.write_text(re.sub(r"precision: \S+", "precision: INT7", path.read_text()))
    window.desk.touch()
    window.jobs.show_tab(PROBLEMS)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: len(window.jobs.problems.table.rows.rows) > 0, timeout=LEAST_MS)
    row = window.jobs.problems.table.rows.rows[0]
    assert row.state == "err"
    assert "INT7" in row.title + row.text
    window.show_page("settings")
    window.jobs_dock.set_opened(True)
    window.jobs.problems.table.selectRow(0)
    qtbot.keyClick(window.jobs.problems.table, Qt.Key.Key_Return)
    assert window.centre.name == "project"
    window.jobs.show_tab(JOBS)
    settle(qtbot, window)


def test_that_a_job_that_starts_comes_into_sight_and_is_selected_unless_another_was_picked(project_window, qtbot):
    window = project_window
    order = WriteReport(window.desk.project, "0099-x", "pdf")
    window.jobs_dock.set_opened(True)
    window.jobs.show_tab(JOBS)
    settle(qtbot, window)  # what the journal knows came
    heads = (JobHead(f"old-{at}", f"Old {at}", None, None, "", float(at), can_retry=False) for at in range(40))
    window.desk.jobs.recorded([replace(JobStory(head).row(0.0), state="succeeded", ended_at=1.0) for head in heads])
    window.desk.jobs_changed.emit()
    table = window.jobs.table
    table.scrollToBottom()

    def starts():
        handle = window.bridge.start(order)
        at = next(at for at, row in enumerate(table.rows.rows) if row.head.id == handle.id)
        assert table.viewport().rect().intersects(table.visualRect(table.rows.index(at, 0)))
        qtbot.waitUntil(lambda: handle.id not in {item.id for item in window.bridge.running}, timeout=LEAST_MS)
        settle(qtbot, window)
        return handle.id

    first = starts()
    assert table.current.head.id == first
    table.selectRow(len(table.rows.rows) - 1)  # as a click does
    picked = table.current.head.id
    starts()
    assert table.current.head.id == picked
