"""The palette finds what the project holds as well as commands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from tests.window_lab.fixtures import shown as window_on
from workbench.session import Session
from workbench.views.palette import read_palette


def open_palette(window, qtbot):
    settle(qtbot, window)
    window.commands.search.trigger()
    settle(qtbot, window)
    return window.commands.palette


def shown(palette) -> list[tuple[str, str]]:
    return [(entry.kind, entry.title) for entry in palette.table.rows.rows]


def test_that_a_project_has_entries_of_each_kind(place, session):
    items = read_palette(session, place.project)
    assert {"Document", "Run", "Requirement", "Hash", "Board"} <= {item.kind for item in items}
    assert len({item.key for item in items}) == len(items)
    assert all(item.stage or item.kind == "Project" for item in items)


def test_that_without_a_project_boards_are_found(session):
    assert [item.kind for item in read_palette(session, None)] == ["Board"]


@pytest.mark.parametrize(
    ("text", "kind"), [("latency", "Requirement"), ("deployment.yaml", "Document"), ("run 1", "Run")]
)
def test_that_what_is_typed_is_found_and_leads_there(project_window, qtbot, text, kind):
    palette = open_palette(project_window, qtbot)
    palette.field.setText(text)
    qtbot.waitUntil(lambda: any(found == kind for found, _ in shown(palette)), timeout=LEAST_MS)
    assert unnamed(palette) == []
    palette.reject()
    settle(qtbot, project_window)


@pytest.fixture
def hash_item(place, session):
    """Some hash of the project, read before the window's thread is watched."""
    return next(item for item in read_palette(session, place.project) if item.kind == "Hash")


def test_that_a_hash_leads_to_its_page(hash_item, project_window, qtbot):
    item = hash_item
    palette = open_palette(project_window, qtbot)
    palette.field.setText(item.search[:16])
    qtbot.waitUntil(lambda: len(shown(palette)) == 1, timeout=LEAST_MS)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert project_window.centre.name == item.stage
    settle(qtbot, project_window)


def test_that_what_was_chosen_last_comes_first(window, qtbot):
    palette = open_palette(window, qtbot)
    palette.field.setText("go to doctor")
    qtbot.waitUntil(lambda: palette.table.current is not None, timeout=LEAST_MS)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.centre.name == "doctor"
    assert shown(open_palette(window, qtbot))[0] == ("Command", "Go to Doctor")
    window.commands.palette.reject()
    settle(qtbot, window)


def test_that_what_was_chosen_in_a_window_before_comes_first_again(place, slipway_home, qtbot):
    with Session(slipway_home) as session, window_on(session) as first:
        first.open_project(place.project)
        palette = open_palette(first, qtbot)
        palette.field.setText("go to doctor")
        qtbot.waitUntil(lambda: palette.table.current is not None, timeout=LEAST_MS)
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        settle(qtbot, first)
    with Session(slipway_home) as session, window_on(session) as second:
        second.open_project(place.project)
        palette = open_palette(second, qtbot)
        assert shown(palette)[0] == ("Command", "Go to Doctor")
        palette.reject()
        settle(qtbot, second)


def test_that_a_command_is_found_with_its_shortcut(window, qtbot):
    palette = open_palette(window, qtbot)
    keys = {entry.title: entry.shortcut for entry in palette.table.rows.rows}
    assert keys["Go to Settings"] == "Ctrl+,"
    assert keys["Show the jobs"] == "Ctrl+J"
    palette.reject()
    settle(qtbot, window)


def test_that_an_action_of_a_page_that_is_not_shown_acts_there(project_window, qtbot):
    project_window.show_page("model")
    settle(qtbot, project_window)
    project_window.show_page("project")
    palette = open_palette(project_window, qtbot)
    palette.field.setText("next frame model")
    qtbot.waitUntil(lambda: any(title == "Next frame" for _, title in shown(palette)), timeout=LEAST_MS)
    assert palette.table.rows.rows[0].about == "Model"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert project_window.centre.name == "model"
    settle(qtbot, project_window)


@pytest.mark.parametrize(
    ("key", "modifiers", "page", "dialog"),
    [
        (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier, "welcome", "NewProjectDialog"),
        (Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier, "welcome", "QFileDialog"),
        (
            Qt.Key.Key_A,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
            "boards",
            "AddBoardDialog",
        ),
    ],
)
def test_that_something_new_is_begun_by_its_keys_on_every_page(project_window, qtbot, key, modifiers, page, dialog):
    settle(qtbot, project_window)
    with qtbot.waitActive(project_window):
        project_window.activateWindow()
    assert project_window.centre.name == "project"
    qtbot.keyClick(project_window, key, modifiers)

    def opened():
        return [one for one in project_window.findChildren(QDialog) if type(one).__name__ == dialog and one.isVisible()]

    qtbot.waitUntil(lambda: bool(opened()), timeout=LEAST_MS)
    assert project_window.centre.name == page
    opened()[0].reject()
    settle(qtbot, project_window)
