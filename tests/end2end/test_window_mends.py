"""A broken document is mended where it stands, as form and as text, with clicks and keys; then it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import finished, nothing_of_qt_left, place, qapp
from tests.window_lab.runs import CTRL, LONG_MS, person_before
from ui.pages.project.page import ProjectPage
from workbench.base.events import JobState

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["finished", "nothing_of_qt_left", "place", "qapp"]

TESTS = "deployment_tests.yaml"


def break_three_ways(path: Path) -> str:
    """A key misspelt, a unit misspelt, a bracket that nobody closes; the text as it was."""
    before = path.read_text(encoding="utf-8")
    text = before.replace("warm_up_iterations", "warmup_iterations").replace("30 fps", "30 fsp", 1)
    assert "  performance_tests:\n" in text
    path.write_text(text.replace("  performance_tests:\n", "  performance_tests: [\n"), encoding="utf-8")
    return before


def problems(page: ProjectPage) -> int:
    """How many the last check found."""
    return sum(len(view.problems) for view in page.editing.views)


def test_that_a_broken_document_is_mended_in_place_and_runs(place: Place, qtbot: QtBot) -> None:
    path = place.project / TESTS
    before = break_three_ways(path)
    with person_before(place, qtbot) as person:
        page = person.window.centre.page
        assert isinstance(page, ProjectPage)
        qtbot.waitUntil(lambda: page.documents.name == TESTS and problems(page) > 0, timeout=LONG_MS)
        pane = page.documents.pane
        assert page.editing.views[1].blocked
        assert not person.window.runner.run_action.isEnabled()

        select(page, ": [")
        qtbot.keyClicks(pane.editor, ":")
        qtbot.waitUntil(lambda: problems(page) == 2 and not page.editing.views[1].blocked, timeout=LONG_MS)

        pane.form.finish()
        rename = pane.form.fields["performance_tests.latency.warm_up_iterations"].fix
        qtbot.waitUntil(rename.isVisible, timeout=LONG_MS)
        qtbot.mouseClick(rename, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: problems(page) == 1, timeout=LONG_MS)

        limit = pane.form.fields["performance_tests.throughput.requirement"].edit
        assert isinstance(limit, QLineEdit)
        limit.setFocus()
        limit.selectAll()
        qtbot.keyClicks(limit, "30 fps")
        qtbot.keyClick(limit, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: problems(page) == 0, timeout=LONG_MS)
        assert pane.editor.text == before

        latency = pane.form.fields["performance_tests.latency.requirement"]
        latency.set_entered("60 ms")
        wanted = before.replace("requirement: 50ms ", "requirement: 60 ms ")
        qtbot.waitUntil(lambda: pane.editor.text == wanted, timeout=LONG_MS)
        pane.editor.setFocus()
        person.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: not page.editing.changed, timeout=LONG_MS)
        assert path.read_text(encoding="utf-8") == wanted
        qtbot.waitUntil(person.window.runner.run_action.isEnabled, timeout=LONG_MS)
        person.press(Qt.Key.Key_F5)
        ended = person.wait_for_end()
        assert ended.state is JobState.SUCCEEDED, ended.error
        qtbot.waitUntil(lambda: not person.window.bridge.waits, timeout=LONG_MS)
    assert place.record()["state"] == "finished"


def test_that_what_was_just_typed_survives_the_end_of_the_window(place: Place, qtbot: QtBot) -> None:
    with person_before(place, qtbot) as person:
        page = person.window.centre.page
        assert isinstance(page, ProjectPage)
        qtbot.waitUntil(lambda: bool(page.editing.views), timeout=LONG_MS)
        editor = page.documents.pane.editor
        editor.moveCursor(QTextCursor.MoveOperation.End)
        qtbot.keyClicks(editor, "# typed")
        typed = editor.text
        qtbot.waitUntil(lambda: any((place.home / "drafts").rglob("*.json")), timeout=LONG_MS)
    with person_before(place, qtbot) as person:
        again = person.window.centre.page
        assert isinstance(again, ProjectPage)
        qtbot.waitUntil(lambda: again.documents.pane.editor.text == typed, timeout=LONG_MS)
        assert again.editing.changed == ("deployment.yaml",)


def select(page: ProjectPage, words: str) -> None:
    """Select words in the text that is shown."""
    editor = page.documents.pane.editor
    cursor = editor.textCursor()
    cursor.setPosition(editor.text.index(words))
    cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, len(words))
    editor.setTextCursor(cursor)
