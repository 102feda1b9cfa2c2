"""Findings and frame sets on the page Project: seen, opened, edited and closed, by keys and by clicks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from projects.runs import RunFolder
from tests.end2end.bench import BY
from tests.window_lab.fixtures import LEAST_MS, flush, settle, unnamed
from ui.main_window import MainWindow
from ui.pages.project.page import ProjectPage
from ui.widgets.controls import Button
from ui.widgets.press_row import PressRow
from workbench.findings.frames import FORMAT
from workbench.session import Session
from workbench.views.findings import FindingDraft, FindingPlace, FindingRow, RunMoment, add_finding, list_findings


@pytest.fixture
def finding(qtbot: QtBot, session: Session, project: Path, opened: MainWindow, page: ProjectPage) -> FindingRow:
    """One that somebody wrote of run 1, read by the page, beside a frame set of one frame."""
    run = RunFolder.create(project / "runs", {"played": {}}, BY, is_try=True)
    row = add_finding(session, project, FindingDraft("the far car flickers", run.id, 27.1, None, 812))
    folder = project / "data" / "frame-sets" / "night"
    folder.mkdir(parents=True)
    (folder / "frames.json").write_text(json.dumps({"format": FORMAT, "frames": [{"file": "1.png"}]}))
    opened.desk.touch()
    settle(qtbot, opened)
    flush()
    return row


def rows(page: ProjectPage) -> list[str]:
    """What the list says, from the top."""
    return [row.accessibleName() for row in page.changes.findings.rows()]


def row_of(page: ProjectPage, finding: FindingRow) -> PressRow:
    return next(row for row in page.changes.findings.rows() if row.objectName() == finding.id)


def test_that_open_findings_and_frame_sets_are_seen(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, finding: FindingRow
) -> None:
    needs = [line for line in page.changes.lines() if "1 finding is open" in line.accessibleName()]
    assert len(needs) == 1
    needs[0].click()
    settle(qtbot, opened)
    assert page.changes.choice.value == "findings"
    shown = rows(page)
    assert shown[0].startswith("Open finding F-1: the far car flickers. run 1, frame 812, at 27.1 s")
    assert shown[1] == "Frame set night: data/frame-sets/night, 1 frame"
    assert opened.focusWidget() is row_of(page, finding)
    assert unnamed(page.changes) == []


def test_that_a_finding_is_opened_where_it_was_seen(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, finding: FindingRow
) -> None:
    opened.desk.went.disconnect(opened.show_page)
    page.open(FindingPlace(finding.id))
    settle(qtbot, opened)
    with qtbot.waitSignal(opened.desk.went, timeout=LEAST_MS) as went:
        qtbot.keyClick(row_of(page, finding), Qt.Key.Key_Return)
    assert went.args is not None
    assert went.args == ["live", RunMoment(finding.run, 27.1, None, 812)]


def test_that_a_finding_is_edited_and_closed_with_a_reason_by_keys(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, finding: FindingRow, session: Session, project: Path
) -> None:
    action = opened.actions_.named("project.findings")
    assert action is not None
    action.trigger()
    settle(qtbot, opened)
    qtbot.keyClick(row_of(page, finding), Qt.Key.Key_E)
    settle(qtbot, opened)
    dialog = page.changes.findings.dialog
    assert dialog is not None
    assert not dialog.save.isEnabled()
    qtbot.keyClick(dialog.field, Qt.Key.Key_End)
    qtbot.keyClicks(dialog.field, " at night")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    flush()
    (edited,) = list_findings(session, project, open_only=True)
    assert (edited.text, edited.t_s) == ("the far car flickers at night", 27.1)
    assert opened.focusWidget() is row_of(page, edited)
    qtbot.keyClick(row_of(page, edited), Qt.Key.Key_C)
    settle(qtbot, opened)
    dialog = page.changes.findings.dialog
    assert dialog is not None
    assert not dialog.save.isEnabled(), "without a reason"
    qtbot.keyClicks(dialog.field, "the exposure was fixed")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    flush()
    assert list_findings(session, project, open_only=True) == ()
    assert any("the exposure was fixed" in row for row in rows(page))


def test_that_what_changed_meanwhile_is_whole_when_findings_are_left(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, finding: FindingRow, session: Session, project: Path
) -> None:
    page.changes.show_list("findings")
    settle(qtbot, opened)
    add_finding(session, project, FindingDraft("the near car too", finding.run, 28.0, None, 839))
    opened.desk.touch()
    settle(qtbot, opened)
    page.changes.show_list("changes")
    settle(qtbot, opened)
    assert any("2 findings are open" in line.accessibleName() for line in page.changes.lines())
    assert "Mark all as seen" in [button.accessibleName() for button in page.changes.findChildren(Button)]


def test_that_words_that_cannot_be_written_stay_in_their_dialog_with_the_reason(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, finding: FindingRow, project: Path
) -> None:
    page.open(FindingPlace(finding.id))
    settle(qtbot, opened)
    qtbot.keyClick(row_of(page, finding), Qt.Key.Key_C)
    settle(qtbot, opened)
    dialog = page.changes.findings.dialog
    assert dialog is not None
    qtbot.keyClicks(dialog.field, "the exposure was fixed")
    next((project / "records").rglob(f"{finding.id}.json")).unlink()
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    settle(qtbot, opened)
    assert dialog.problem.isVisible()
    assert dialog.field.text() == "the exposure was fixed"
    assert dialog.save.isEnabled()
    assert opened.notice.isHidden()
    dialog.reject()
    settle(qtbot, opened)
    flush()
