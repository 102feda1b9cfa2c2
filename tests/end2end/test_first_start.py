"""A first start: the example by one key, its verdicts, its report; then the window again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.window_lab.fixtures import nothing_of_qt_left, qapp, settle, shown
from tests.window_lab.runs import Person, session_in_processes
from ui.pages.report.page import ReportView
from ui.pages.welcome.page import WelcomePage
from workbench.base.events import JobEnded, JobState
from workbench.settings import save_settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["nothing_of_qt_left", "qapp"]

RUN_MS = 600_000


@pytest.mark.timeout(900)
def test_that_enter_on_a_first_start_leads_to_verdicts_and_a_report(slipway_home: Path, tmp_path: Path, qtbot):
    save_settings(slipway_home, {"projects_folder": str(tmp_path)})
    with session_in_processes(slipway_home) as session, shown(session) as window:
        person = Person(window, qtbot)
        window.show_page("welcome")
        settle(qtbot, window)
        page = window.centre.page
        assert isinstance(page, WelcomePage)
        assert page.example.run.isVisible()
        page.setFocus()
        person.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: any(isinstance(event, JobEnded) for event in person.events), timeout=RUN_MS)
        ended = person.ends[-1]
        assert ended.state is JobState.SUCCEEDED, ended.error
        settle(qtbot, window)
        assert page.run.job is not None
        assert page.run.job.state == "succeeded"
        assert page.run.run_id
        person.hands.click_on("Open the report", page.example)
        settle(qtbot, window)
        report = window.centre.page
        assert isinstance(report, ReportView)
        qtbot.waitUntil(lambda: report._report is not None, timeout=60_000)
        assert window.desk.project == tmp_path / "slipway-example"
        assert page.run.run_id in report.paper.toPlainText()
    with session_in_processes(slipway_home) as session, shown(session) as window:
        window.show_page("welcome")
        settle(qtbot, window)
        page = window.centre.page
        assert isinstance(page, WelcomePage)
        qtbot.waitUntil(page.last.isVisible, timeout=60_000)
        assert page.run.example is not None
        assert page.run.example.measured
        Person(window, qtbot).press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.desk.project is not None, timeout=60_000)
        settle(qtbot, window)
