"""The first page: what comes first at a first start, and later the way back to where one was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from ui.pages.welcome.page import WelcomePage
from ui.widgets.press_row import PressRow
from workbench.recent import note_opened, recent_projects
from workbench.settings import save_settings


@pytest.fixture(autouse=True)
def projects_folder(slipway_home, tmp_path: Path) -> Path:
    """Where the example would be made: never in the home of whoever runs this."""
    save_settings(slipway_home, {"projects_folder": str(tmp_path)})
    return tmp_path


def welcome(window, qtbot) -> WelcomePage:
    window.show_page("welcome")
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, WelcomePage)
    return page


def rows_of(page) -> list[PressRow]:
    return [row for row in page.recent.findChildren(PressRow) if row.isVisible()]


def press(window, qtbot, key):
    with qtbot.waitActive(window):
        qtbot.keyClick(QApplication.focusWidget() or window, key)


def test_that_a_first_start_shows_the_example_and_nothing_to_go_back_to(window, qtbot):
    page = welcome(window, qtbot)
    assert page.example.run.isVisible()
    assert page.example.run.property("role") == "primary"
    assert not page.last.isVisible()
    assert not page.recent.isVisible()
    assert unnamed(page) == []


def test_that_enter_runs_the_example_and_stop_leaves_it_to_be_run_again(window, qtbot, projects_folder):
    page = welcome(window, qtbot)
    page.setFocus()
    press(window, qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.run.works, timeout=LEAST_MS)
    qtbot.waitUntil((projects_folder / "slipway-example" / "deployment.yaml").exists, timeout=LEAST_MS)
    page.example.stopped.emit()
    qtbot.waitUntil(lambda: not page.run.works, timeout=LEAST_MS)
    assert page.run.job is not None
    assert page.run.job.state == "cancelled"
    assert page.example.run.text().strip() == "Run it again"
    assert page.example.run.isEnabled()
    settle(qtbot, window)


def test_that_a_folder_with_something_else_is_said_before_anybody_presses(window, qtbot, projects_folder):
    (projects_folder / "slipway-example").mkdir()
    (projects_folder / "slipway-example" / "letter.txt").write_text("Dear Ada")
    page = welcome(window, qtbot)
    assert not page.example.run.isEnabled()
    assert "holds something else" in page.example.run.toolTip()


def test_that_an_example_that_is_there_is_listed_however_its_run_ended(
    place, window, qtbot, projects_folder, slipway_home
):
    shutil.copytree(place.project, projects_folder / "slipway-example")
    page = welcome(window, qtbot)
    assert page._nothing.isVisible()
    page.run.start()
    page.run.stop()
    qtbot.waitUntil(lambda: not page.run.works, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: recent_projects(slipway_home) != (), timeout=LEAST_MS)
    settle(qtbot, window)
    assert not page._nothing.isVisible()
    assert page.last.isVisible()
    assert "Not looked at yet" not in page.last.accessibleName()
    assert page.example._open.isVisible()


def test_that_welcome_does_not_say_that_there_are_no_projects_before_it_knows(place, window, qtbot, slipway_home):
    note_opened(slipway_home, place.project, 1.0)
    window.show_page("welcome")
    page = window.centre.page
    assert not page._nothing.isVisible()
    settle(qtbot, window)
    assert page.last.isVisible()


def test_that_later_enter_continues_with_the_last_project(place, window, qtbot, slipway_home):
    note_opened(slipway_home, place.project, 1.0)
    page = welcome(window, qtbot)
    assert page.last.isVisible()
    assert page.example.line_run.isVisible()
    assert not page.example.run.isVisible()
    page.setFocus()
    press(window, qtbot, Qt.Key.Key_Return)
    assert window.desk.project == place.project
    assert window.centre.name == "project"
    settle(qtbot, window)
    assert recent_projects(slipway_home)[0].visited_at == 1.0


def test_that_arrows_walk_the_recent_projects_and_delete_takes_one_off_the_list(place, window, qtbot, slipway_home):
    for at, folder in enumerate((place.project.parent / "gone", place.project.parent, place.project), 1):
        note_opened(slipway_home, folder, float(at))
    page = welcome(window, qtbot)
    qtbot.waitUntil(lambda: len(rows_of(page)) == 2, timeout=LEAST_MS)
    rows = rows_of(page)
    assert [row.accessibleName().partition(",")[0] for row in rows] == [place.project.parent.name, "gone"]
    rows[0].setFocus()
    press(window, qtbot, Qt.Key.Key_Down)
    assert rows[1].hasFocus()
    press(window, qtbot, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(recent_projects(slipway_home)) == 2, timeout=LEAST_MS)
    settle(qtbot, window)
    assert place.project.parent.is_dir()
    assert unnamed(page) == []


def test_that_what_waits_for_a_person_leads_to_its_page(place, window, qtbot, slipway_home):
    note_opened(slipway_home, place.project, 1.0)
    page = welcome(window, qtbot)
    waits = page.waits._shown
    assert waits
    page.waits.chosen.emit(waits[0])
    assert window.desk.project == place.project
    assert window.centre.name == waits[0].fact.stage
    settle(qtbot, window)


@pytest.mark.parametrize(("name", "edge"), [("a.onnx", "accent"), ("a.pt", "err")])
def test_that_a_dragged_file_is_told_what_would_come_of_it(window, qtbot, tmp_path, name, edge):
    page = welcome(window, qtbot)
    (tmp_path / name).write_bytes(b"x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
    enter = QDragEnterEvent(
        page.rect().center(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(page, enter)
    assert page.new_card.property("edge") == edge
    assert name in page.new_card.text.text()
    if edge == "err":
        drop = QDropEvent(
            QPointF(page.rect().center()), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop,
        )  # fmt: skip
        QApplication.sendEvent(page, drop)
        assert page.new_card.property("edge") == ""
        assert not window.notice.isHidden()
