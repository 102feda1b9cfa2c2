"""A broken document is opened, seen and mended on the page Project, as form and as text, with clicks and keys."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from tests.window_lab.fixtures import LEAST_MS, flush, settle, shown, unnamed
from ui.frame.job_panel import PROBLEMS
from ui.frame.problem_list import APPLY
from ui.main_window import MainWindow
from ui.pages.project.form_field import FormField
from ui.pages.project.page import ProjectPage
from ui.widgets.controls import Button
from ui.widgets.error_card import ErrorCard
from workbench.jobs.context import JobContext
from workbench.session import Session
from workbench.views.project.overview import Place

TESTS = "deployment_tests.yaml"


@dataclass(frozen=True)
class Verify:
    """A job that verifies until it is let go."""

    project: Path
    done: threading.Event
    title: str = "Run it"
    board: str | None = "bench"

    def run(self, context: JobContext) -> None:
        context.step("verify", "Verify on bench")
        self.done.wait(LEAST_MS / 1000)


def write(project: Path, *replaced: tuple[str, str]) -> str:
    """Change the test specification from outside; its text."""
    path = project / TESTS
    text = path.read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return text


def reread(qtbot: QtBot, window: MainWindow, page: ProjectPage) -> None:
    """The window looks at the disk again."""
    window.desk.touch()
    settle(qtbot, window)
    page.documents.show_document(TESTS)
    flush()


def problems(page: ProjectPage) -> list[str]:
    """Titles of what is wrong with the text as it stands."""
    return [mark.title for view in page.editing.views for mark in view.problems]


def until_clean(qtbot: QtBot, page: ProjectPage) -> None:
    """Wait until a check finds nothing wrong."""
    qtbot.waitUntil(lambda: bool(page.editing.views) and not problems(page), timeout=LEAST_MS)


def until_broken(qtbot: QtBot, page: ProjectPage) -> None:
    """Wait until a check finds something wrong."""
    qtbot.waitUntil(lambda: bool(problems(page)), timeout=LEAST_MS)


def field(page: ProjectPage, path: str) -> FormField:
    """A field of the form that is shown."""
    page.documents.pane.form.finish()
    return page.documents.pane.form.fields[path]


def text(page: ProjectPage) -> str:
    """The text that is shown."""
    return page.documents.pane.editor.text


def until_saved(qtbot: QtBot, page: ProjectPage) -> None:
    """Wait until nothing is left to save."""
    qtbot.waitUntil(lambda: not page.editing.changed, timeout=LEAST_MS)


def select(page: ProjectPage, words: str) -> None:
    """Select words in the text that is shown."""
    editor = page.documents.pane.editor
    cursor = editor.textCursor()
    cursor.setPosition(text(page).index(words))
    cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, len(words))
    editor.setTextCursor(cursor)


def test_that_a_misspelt_key_is_mended_by_the_one_button(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    before = (project / TESTS).read_text(encoding="utf-8")
    write(project, ("warm_up_iterations", "warmup_iterations"), ("50ms", "50 sm"))
    reread(qtbot, opened, page)
    until_broken(qtbot, page)
    button = page.action_card.button
    qtbot.waitUntil(lambda: button.accessibleName() == "Apply 2 corrections", timeout=LEAST_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    until_clean(qtbot, page)
    assert text(page) == before.replace("50ms", "50 ms")
    qtbot.waitUntil(lambda: button.accessibleName() == "Save", timeout=LEAST_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    until_saved(qtbot, page)
    assert (project / TESTS).read_text(encoding="utf-8") == text(page)
    settle(qtbot, opened)
    assert opened.runner.run_action.isEnabled()


def test_that_a_problem_is_mended_with_keys_alone(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    write(project, ("warm_up_iterations", "warmup_iterations"))
    reread(qtbot, opened, page)
    until_broken(qtbot, page)
    with qtbot.waitActive(opened):
        opened.activateWindow()
    editor = page.documents.pane.editor
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_F8)
    assert editor.textCursor().blockNumber() + 1 == page.editing.views[1].problems[0].line
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    until_clean(qtbot, page)
    qtbot.keyClick(editor, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    until_saved(qtbot, page)
    assert "warm_up_iterations" in (project / TESTS).read_text(encoding="utf-8")
    settle(qtbot, opened)


def test_that_a_click_on_the_message_in_the_text_makes_its_correction(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    write(project, ("warm_up_iterations", "warmup_iterations"))
    reread(qtbot, opened, page)
    until_broken(qtbot, page)
    editor = page.documents.pane.editor
    editor.go_to(page.editing.views[1].problems[0].line or 1)
    editor.grab()
    place = editor.notes()[0][0].center().toPoint()
    qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=place)
    until_clean(qtbot, page)


def test_that_an_entry_in_the_form_changes_the_text_alone_where_it_is_meant(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage
) -> None:
    page.documents.show_document(TESTS)
    before = text(page)
    edit = field(page, "performance_tests.latency.requirement").edit
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "≤ 50 ms"
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "40 ms")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: text(page) == before.replace("50ms", "40 ms"), timeout=LEAST_MS)
    qtbot.waitUntil(lambda: edit.text() == "≤ 40 ms", timeout=LEAST_MS)
    page.documents.pane.editor.undo()
    assert text(page) == before
    qtbot.waitUntil(lambda: edit.text() == "≤ 50 ms", timeout=LEAST_MS)
    settle(qtbot, opened)


def test_that_a_choice_in_the_form_is_written(qtbot: QtBot, opened: MainWindow, page: ProjectPage) -> None:
    page.documents.show_document("deployment.yaml")
    edit = field(page, "model_format.precision").edit
    assert isinstance(edit, QComboBox)
    edit.setCurrentIndex(edit.findText("FP16"))
    edit.activated.emit(edit.currentIndex())
    qtbot.waitUntil(lambda: "precision: FP16" in text(page), timeout=LEAST_MS)
    settle(qtbot, opened)


def test_that_typing_is_checked_and_the_form_follows(qtbot: QtBot, opened: MainWindow, page: ProjectPage) -> None:
    page.documents.show_document(TESTS)
    editor = page.documents.pane.editor
    select(page, "50ms")
    qtbot.keyClicks(editor, "soon")
    until_broken(qtbot, page)
    shown_field = field(page, "performance_tests.latency.requirement")
    qtbot.waitUntil(lambda: "soon is not a duration" in shown_field.problem.text(), timeout=LEAST_MS)
    assert shown_field.edit.property("state") == "err"
    settle(qtbot, opened)


def test_that_a_text_that_does_not_parse_greys_the_form_and_can_be_mended(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    before = write(project)
    (project / TESTS).write_text(before.replace("  performance_tests:", "  performance_tests: ["), encoding="utf-8")
    reread(qtbot, opened, page)
    until_broken(qtbot, page)
    assert page.editing.views[1].blocked
    assert not field(page, "performance_tests.latency.requirement").edit.isEnabled()
    select(page, " [")
    qtbot.keyClick(page.documents.pane.editor, Qt.Key.Key_Delete)
    until_clean(qtbot, page)
    assert text(page) == before
    assert field(page, "performance_tests.latency.requirement").edit.isEnabled()


def test_that_what_was_typed_comes_back_after_a_crash(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path, slipway_home: Path
) -> None:
    page.documents.show_document(TESTS)
    page.documents.pane.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(page.documents.pane.editor, "# typed")
    qtbot.waitUntil(lambda: any(slipway_home.glob("drafts/*/*.json")), timeout=LEAST_MS)
    typed = text(page)
    with Session(slipway_home) as later, shown(later) as window:
        window.open_project(project)
        settle(qtbot, window)
        second = window.centre.built[0]
        assert isinstance(second, ProjectPage)
        pane = second.documents.panes[TESTS]
        qtbot.waitUntil(lambda: pane.editor.text == typed, timeout=LEAST_MS)
        assert "is back" in pane.note.text
        assert list(second.editing.changed) == [TESTS]
        pane.editor.undo()
        assert not second.editing.changed
        settle(qtbot, window)
    settle(qtbot, opened)


def test_that_what_was_read_of_the_project_before_is_not_taken_for_the_present_one(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path, tmp_path: Path, slipway_home: Path
) -> None:
    page.documents.show_document(TESTS)
    page.documents.pane.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(page.documents.pane.editor, "# typed")
    qtbot.waitUntil(lambda: any(slipway_home.glob("drafts/*/*.json")), timeout=LEAST_MS)
    other = shutil.copytree(project, tmp_path / "other")
    there = write(other, ("50ms", "45ms"))
    opened.desk.open_project(None)
    settle(qtbot, opened)
    opened.open_project(project)
    opened.open_project(other)
    settle(qtbot, opened)
    assert page.documents.panes[TESTS].editor.text == there
    assert page.editing.changed == ()


def test_that_two_versions_are_shown_and_a_person_chooses(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    page.documents.show_document(TESTS)
    pane = page.documents.pane
    pane.editor.replace_all(text(page).replace("50ms", "40ms"))
    write(project, ("50ms", "45ms"))
    page.editing.save()
    qtbot.waitUntil(pane.conflict.isVisible, timeout=LEAST_MS)
    assert "45ms" in (project / TESTS).read_text(encoding="utf-8")
    qtbot.mouseClick(pane.conflict.mine, Qt.MouseButton.LeftButton)
    until_saved(qtbot, page)
    qtbot.waitUntil(lambda: "40ms" in (project / TESTS).read_text(encoding="utf-8"), timeout=LEAST_MS)
    settle(qtbot, opened)
    pane.editor.replace_all(text(page).replace("40ms", "30ms"))
    write(project, ("40ms", "45ms"))
    page.editing.save()
    qtbot.waitUntil(pane.conflict.isVisible, timeout=LEAST_MS)
    qtbot.mouseClick(pane.conflict.theirs, Qt.MouseButton.LeftButton)
    assert "45ms" in text(page)
    assert page.editing.changed == ()
    settle(qtbot, opened)


def test_that_a_document_edited_outside_is_shown_anew_while_nothing_was_typed(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    wanted = write(project, ("50ms", "45ms"))
    reread(qtbot, opened, page)
    qtbot.waitUntil(lambda: text(page) == wanted, timeout=LEAST_MS)
    settle(qtbot, opened)


def test_that_documents_that_cannot_be_saved_say_so_over_the_text_until_they_are(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    page.documents.show_document(TESTS)
    select(page, "50ms")
    qtbot.keyClicks(page.documents.pane.editor, "40ms")
    settle(qtbot, opened)
    path = project / TESTS
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    page.editing.save()
    qtbot.waitUntil(lambda: page.documents.findChildren(ErrorCard) != [], timeout=LEAST_MS)
    (card,) = page.documents.findChildren(ErrorCard)
    said = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert str(path) in said
    assert "What was typed is kept as a draft until then." in said
    assert opened.notice.isHidden()
    assert page.editing.changed == (TESTS,)
    path.rmdir()
    path.write_bytes(kept)
    next(button for button in card.findChildren(Button) if button.accessibleName() == "Save again").click()
    until_saved(qtbot, page)
    flush()
    assert page.documents.findChildren(ErrorCard) == []
    assert b"40ms" in path.read_bytes()
    settle(qtbot, opened)


def test_that_proposed_values_are_confirmed_beside_the_value(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    path = project / TESTS
    listed = "  unconfirmed: [performance_tests.latency.requirement]\n"
    path.write_text(path.read_text(encoding="utf-8") + listed, encoding="utf-8")
    reread(qtbot, opened, page)
    shown_field = field(page, "performance_tests.latency.requirement")
    qtbot.waitUntil(shown_field.confirm.isVisible, timeout=LEAST_MS)
    qtbot.mouseClick(shown_field.confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "unconfirmed" not in text(page), timeout=LEAST_MS)
    qtbot.waitUntil(lambda: not shown_field.confirm.isVisible(), timeout=LEAST_MS)
    settle(qtbot, opened)


def test_that_the_list_of_problems_leads_to_the_place_and_mends(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    opened.jobs_dock.set_opened(True)
    opened.jobs.show_tab(PROBLEMS)
    table = opened.jobs.problems.table
    write(project, ("warm_up_iterations", "warmup_iterations"))
    reread(qtbot, opened, page)
    qtbot.waitUntil(lambda: [row.state for row in table.rows.rows[:1]] == ["err"], timeout=LEAST_MS)
    page.documents.show_document("deployment.yaml")
    table.opened.emit(table.rows.rows[0])
    assert page.documents.name == TESTS
    rect = table.visualRect(table.rows.index(0, APPLY))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    until_clean(qtbot, page)
    qtbot.waitUntil(lambda: all(row.state != "err" for row in table.rows.rows), timeout=LEAST_MS)
    settle(qtbot, opened)


def test_that_left_and_right_walk_the_chain(qtbot: QtBot, opened: MainWindow, page: ProjectPage) -> None:
    with qtbot.waitActive(opened):
        opened.activateWindow()
    boxes = page.strip.chain.boxes
    boxes[0].setFocus()
    qtbot.keyClick(boxes[0], Qt.Key.Key_Right)
    assert boxes[1].hasFocus()
    qtbot.keyClick(boxes[1], Qt.Key.Key_Left)
    assert boxes[0].hasFocus()
    assert boxes[0].accessibleName().startswith("Model: detector.onnx, Current")
    with qtbot.waitSignal(page.strip.chain.opened, timeout=LEAST_MS) as pressed:
        qtbot.keyClick(boxes[1], Qt.Key.Key_Return)
    assert pressed.args[0].target.stage == "optimise"
    settle(qtbot, opened)


def test_that_changes_are_told_and_taken_as_seen(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    page.changes.seen.emit()
    settle(qtbot, opened)
    write(project, ("50ms", "45ms"))
    reread(qtbot, opened, page)
    names = [line.accessibleName() for line in page.changes.lines()]
    assert any("Latency limit 50ms → 45ms" in name for name in names)
    page.changes.seen.emit()
    settle(qtbot, opened)
    flush()
    assert not any("50ms" in line.accessibleName() for line in page.changes.lines())


def test_that_closing_says_what_is_not_saved(qtbot: QtBot, opened: MainWindow, page: ProjectPage) -> None:
    assert page.may_close() == ""
    page.documents.pane.editor.replace_all("x: 1\n")
    assert "not saved" in page.may_close()
    settle(qtbot, opened)


def test_that_every_control_of_the_page_has_a_name(opened: MainWindow, page: ProjectPage) -> None:
    assert opened.isVisible()
    assert unnamed(page) == []
    assert unnamed(page.changes) == []


@pytest.mark.parametrize("place", [Place(TESTS, 12), Place(TESTS, None, "performance_tests.latency.requirement")])
def test_that_a_place_is_opened_from_elsewhere(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, place: Place
) -> None:
    opened.desk.go("project", place)
    assert page.documents.name == TESTS
    assert page.documents.pane.editor.textCursor().blockNumber() + 1 == 12
    settle(qtbot, opened)


def test_that_a_visit_ends_where_the_project_is_left(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    assert opened.desk.project == project
    opened.desk.open_project(None)
    settle(qtbot, opened)
    write(project, ("50ms", "45ms"))
    opened.open_project(project)
    settle(qtbot, opened)
    flush()
    assert any("Latency limit 50ms → 45ms" in line.accessibleName() for line in page.changes.lines())


def test_that_the_document_with_problems_comes_first_and_enter_mends_it(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    opened.desk.open_project(None)
    write(project, ("warm_up_iterations", "warmup_iterations"))
    with qtbot.waitActive(opened):
        opened.activateWindow()
    opened.show_page("welcome")
    opened.open_project(project)
    settle(qtbot, opened)
    until_broken(qtbot, page)
    assert page.documents.name == TESTS
    assert opened.focusWidget() is page.action_card.button
    qtbot.waitUntil(lambda: page.action_card.button.accessibleName() == "Apply 1 correction", timeout=LEAST_MS)
    qtbot.keyClick(page.action_card.button, Qt.Key.Key_Return)
    until_clean(qtbot, page)
    settle(qtbot, opened)


def test_that_keys_walk_problems_and_documents(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    write(project, ("warm_up_iterations", "warmup_iterations"), ("p99", "P99"))
    reread(qtbot, opened, page)
    until_broken(qtbot, page)
    with qtbot.waitActive(opened):
        opened.activateWindow()
    editor = page.documents.pane.editor
    editor.setFocus()
    lines = [mark.line for mark in page.editing.views[1].problems]
    for key, modifier, line in (
        (Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier, lines[0]),
        (Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier, lines[1]),
        (Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier, lines[0]),
    ):
        qtbot.keyClick(editor, key, modifier)
        assert editor.textCursor().blockNumber() + 1 == line
    qtbot.keyClick(editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert page.documents.name == "deployment.yaml"
    qtbot.keyClick(page.documents.pane.editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert page.documents.name == TESTS
    before = text(page)
    qtbot.keyClicks(editor, "#")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert text(page) == before
    settle(qtbot, opened)


def test_that_tab_passes_the_text_by_until_somebody_types_there(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage
) -> None:
    with qtbot.waitActive(opened):
        opened.activateWindow()
    editor, before = page.documents.pane.editor, text(page)
    editor.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert not editor.hasFocus()
    assert text(page) == before

    editor.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.hasFocus()
    assert text(page) == before + "  "

    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert not editor.hasFocus()
    editor.setFocus(Qt.FocusReason.BacktabFocusReason)
    qtbot.keyClicks(editor, "#")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert text(page) == before + "  #  "
    settle(qtbot, opened)


def test_that_the_box_of_a_step_at_work_names_what_is_made_and_where(
    qtbot: QtBot, opened: MainWindow, page: ProjectPage, project: Path
) -> None:
    done = threading.Event()
    run = page.strip.chain.boxes[4]
    before = run.accessibleName()
    opened.bridge.start(Verify(project, done))
    try:
        qtbot.waitUntil(lambda: "Running" in run.accessibleName(), timeout=LEAST_MS)
        assert run.accessibleName() == "Run: New run @ bench, Running, Verify on bench"
    finally:
        done.set()
    settle(qtbot, opened)
    qtbot.waitUntil(lambda: run.accessibleName() == before, timeout=LEAST_MS)
    other = threading.Event()
    opened.bridge.start(Verify(project / "another", other))
    try:
        qtbot.waitUntil(lambda: any(row.step for row in opened.desk.jobs.working()), timeout=LEAST_MS)
        assert run.accessibleName() == before, "it is another project's"
    finally:
        other.set()
    settle(qtbot, opened)
