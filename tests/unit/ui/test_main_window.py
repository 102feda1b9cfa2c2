from __future__ import annotations

from PySide6.QtCore import Qt

from tests.window_lab.fixtures import LEAST_MS, flush, settle, shown, unnamed
from ui.frame.job_panel import LOG
from ui.theme.theme import THEME
from workbench.base.events import ErrorText
from workbench.orders.example import MakeExample
from workbench.session import Session


def test_that_every_control_of_the_frame_has_a_name(project_window, qtbot):
    settle(qtbot, project_window)
    assert unnamed(project_window) == []


def test_that_the_theme_is_switched_by_its_key(project_window, qtbot):
    qtbot.waitActive(project_window).__enter__()
    qtbot.keyClick(project_window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert THEME.tokens.name == "light"


def test_that_run_says_why_it_is_off_without_a_project(window):
    assert not window.top.run.isEnabled()
    assert "Open a project" in window.top.run.toolTip()


def test_that_run_is_plain_where_the_page_has_the_primary_button(project_window, qtbot):
    settle(qtbot, project_window)
    assert project_window.top.run.property("role") == ""
    project_window.show_page("verify")
    assert project_window.top.run.property("role") == "primary"
    project_window.show_page("welcome")
    assert project_window.top.run.property("role") == ""


def test_that_a_narrow_window_folds_the_inspector_first_and_then_the_tree(project_window, qtbot):
    settle(qtbot, project_window)
    project_window.resize(1400, 800)
    assert project_window.inspector_dock.isHidden()
    assert not project_window.tree_dock.isHidden()
    flush()  # the layout learns in the next round that there is room for less
    project_window.resize(1200, 800)
    assert project_window.tree_dock.isHidden()


def test_that_a_wide_page_does_not_keep_the_window_from_becoming_narrow(project_window, qtbot):
    project_window.show_page("live")
    settle(qtbot, project_window)
    project_window.inspector.setMinimumWidth(700)
    flush()
    project_window.resize(1366, 768)
    assert project_window.width() == 1366
    assert project_window.inspector_dock.isHidden()


def test_that_an_error_stays_on_its_page_and_a_sentence_goes_along(window, qtbot):
    window.show_page("doctor")
    window.notice.tell(ErrorText("the board is gone", "Look at its cable."))
    window.show_page("doctor")
    assert window.notice.isVisible()
    window.show_page("settings")
    assert not window.notice.isVisible()
    window.notice.tell("It is done.")
    window.show_page("doctor")
    assert window.notice.isVisible()
    settle(qtbot, window)


def test_that_a_page_without_an_inspector_leaves_it_to_the_next_one(project_window, qtbot):
    settle(qtbot, project_window)
    project_window.resize(1400, 1000)
    project_window.show_page("doctor")
    project_window.resize(1680, 1000)
    assert project_window.inspector_dock.isHidden()
    project_window.show_page("project")
    assert not project_window.inspector_dock.isHidden()


def test_that_a_person_may_open_a_panel_where_there_is_little_room(project_window, qtbot):
    settle(qtbot, project_window)
    project_window.resize(1400, 1000)
    assert project_window.inspector_dock.isHidden()
    project_window.actions_.named("window.inspector").trigger()
    assert not project_window.inspector_dock.isHidden()
    project_window.actions_.named("window.inspector").trigger()
    project_window.resize(1680, 1000)
    assert project_window.inspector_dock.isHidden()


def test_that_the_palette_finds_a_command_and_does_it(project_window, qtbot):
    qtbot.waitActive(project_window).__enter__()
    qtbot.keyClick(project_window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = project_window.commands.palette
    qtbot.keyClicks(palette.field, "dark and light")
    qtbot.waitUntil(lambda: palette.table.current is not None)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert THEME.tokens.name == "light"


def test_that_a_panel_that_a_small_window_folded_is_open_in_the_next_large_one(slipway_home, qtbot, session):
    with shown(session, (1680, 1000)) as first:
        first.jobs_dock.set_opened(False)
        first.resize(1200, 800)
        first.close()
    with Session(slipway_home) as again, shown(again, (1680, 1000)) as second:
        assert not second.tree_dock.isHidden()
        assert not second.inspector_dock.isHidden()
        assert second.jobs_dock.isHidden()
        second.reset_layout()
        assert not second.jobs_dock.isHidden()


def test_that_the_log_of_a_job_that_a_page_asks_for_is_shown(project_window, qtbot):
    settle(qtbot, project_window)
    handles = [project_window.bridge.start(MakeExample(project_window.desk.project)) for _ in range(2)]
    qtbot.waitUntil(lambda: project_window.bridge.running == (), timeout=LEAST_MS)
    project_window.jobs_dock.set_opened(False)
    project_window.desk.log_wanted.emit(handles[0].id)
    assert not project_window.jobs_dock.isHidden()
    assert project_window.jobs.tabs.currentIndex() == LOG
    assert project_window.jobs.table.current.head.id == handles[0].id


def test_that_a_job_knows_how_long_its_steps_took_the_last_time(project_window, qtbot):
    settle(qtbot, project_window)
    order = MakeExample(project_window.desk.project)
    first = project_window.bridge.start(order)
    qtbot.waitUntil(lambda: project_window.bridge.running == (), timeout=LEAST_MS)
    assert first.ended.error is None
    again = project_window.bridge.start(order)

    story = project_window.desk.jobs._own[again.id]
    qtbot.waitUntil(lambda: list(story._remaining._known) == ["example"], timeout=LEAST_MS)
    qtbot.waitUntil(lambda: project_window.bridge.running == (), timeout=LEAST_MS)


def test_that_the_mark_at_the_top_left_leads_to_welcome_from_everywhere(window, qtbot):
    mark = window.top.mark
    assert mark.accessibleName() == "Welcome"
    assert "Ctrl+0" in mark.toolTip()
    for name in ("doctor", "settings"):
        window.show_page(name)
        qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
        assert window.centre.name == "welcome"
    settle(qtbot, window)
