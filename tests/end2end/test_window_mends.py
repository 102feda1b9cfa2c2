"""A broken document is mended where it stands, as form and as text, with clicks and keys; then it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import finished, nothing_of_qt_left, place, qapp
from tests.window_lab.hands import CTRL
from tests.window_lab.runs import LONG_MS, person_before
from ui.pages.project.page import ProjectPage
from workbench.base.events import JobState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["finished", "nothing_of_qt_left", "place", "qapp"]

TESTS = "deployment_tests.yaml"
WARM_UP = "performance_tests.latency.warm_up_iterations"
RATE = "performance_tests.throughput.requirement"
LATENCY = "performance_tests.latency.requirement"


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

        hands = person.hands
        hands.click(pane.editor.viewport())
        hands.press(Qt.Key.Key_Home, CTRL)
        for _ in range(pane.editor.text[: pane.editor.text.index(": [")].count("\n")):
            hands.press(Qt.Key.Key_Down)
        hands.press(Qt.Key.Key_End)
        for _ in " [":
            hands.press(Qt.Key.Key_Backspace)
        qtbot.waitUntil(lambda: problems(page) == 2 and not page.editing.views[1].blocked, timeout=LONG_MS)

        qtbot.waitUntil(lambda: {WARM_UP, RATE, LATENCY} <= set(pane.form.fields), timeout=LONG_MS)
        qtbot.waitUntil(pane.form.fields[WARM_UP].fix.isVisible, timeout=LONG_MS)
        hands.click(pane.form.fields[WARM_UP].fix)
        qtbot.waitUntil(lambda: problems(page) == 1, timeout=LONG_MS)
        hands.write(pane.form.fields[RATE].edit, "30 fps")
        hands.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: problems(page) == 0, timeout=LONG_MS)
        assert pane.editor.text == before

        hands.write(pane.form.fields[LATENCY].edit, "60 ms")
        hands.press(Qt.Key.Key_Return)
        wanted = before.replace("requirement: 50ms ", "requirement: 60 ms ")
        qtbot.waitUntil(lambda: pane.editor.text == wanted, timeout=LONG_MS)
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
        person.hands.click(editor.viewport())
        person.hands.press(Qt.Key.Key_End, CTRL)
        person.hands.type("# typed")
        typed = editor.text
        qtbot.waitUntil(lambda: any((place.home / "drafts").rglob("*.json")), timeout=LONG_MS)
    with person_before(place, qtbot) as person:
        again = person.window.centre.page
        assert isinstance(again, ProjectPage)
        qtbot.waitUntil(lambda: again.documents.pane.editor.text == typed, timeout=LONG_MS)
        assert again.editing.changed == ("deployment.yaml",)
