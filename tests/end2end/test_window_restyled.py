"""Theme and size of type are switched while the main job works: by key, on Settings, and by the palette."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from benchmarks.example_project import THROUGHPUT_DURATION, change
from tests.end2end.bench import Place
from tests.window_lab.fixtures import no_stalls, nothing_of_qt_left, qapp, settle, unnamed
from tests.window_lab.hands import ALT, CTRL
from tests.window_lab.looks import clipped, small
from tests.window_lab.runs import LONG_MS, Person, person_before
from ui.pages.settings.page import SettingsPage
from ui.pages.verify.page import VerifyStagePage
from ui.stall_watch import StallWatch
from ui.theme.theme import THEME
from ui.widgets.controls import Field
from workbench.base.events import JobState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["no_stalls", "nothing_of_qt_left", "qapp"]

NO_SENSOR = {"temperature", "power"}
"""What not every machine can measure."""
LARGE = 130
"""Percent; what has no room then would be clipped for many people."""


@pytest.fixture
def person(fresh: Place, tmp_path: Path, qtbot: QtBot, no_stalls: StallWatch) -> Iterator[Person]:
    """Somebody before the example with which nothing was done yet, with all that it measures."""
    place = fresh.move(tmp_path)
    change(place.project / "deployment_tests.yaml", THROUGHPUT_DURATION, "5 seconds")
    with person_before(place, qtbot) as made:
        for name in ("settings", "verify"):  # what building a page takes is held elsewhere
            made.window.show_page(name)
            settle(qtbot, made.window)
        no_stalls.start()
        yield made
        no_stalls.stop()


def test_that_a_run_goes_on_while_theme_and_type_are_switched(person: Person, qtbot: QtBot) -> None:
    hands, window = person.hands, person.window
    person.press(Qt.Key.Key_F5)
    person.press(Qt.Key.Key_5, CTRL)
    person.wait_for_step("optimise")

    person.press(Qt.Key.Key_T, CTRL | ALT)
    assert THEME.tokens.name == "light"
    look(person)
    set_type(person, LARGE)
    look(person)
    hands.press(Qt.Key.Key_K, CTRL)
    hands.type("dark and light")
    palette = window.commands.palette
    assert palette is not None
    qtbot.waitUntil(lambda: palette.table.current is not None, timeout=LONG_MS)
    hands.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: THEME.tokens.name == "dark", timeout=LONG_MS)
    set_type(person, 100)
    assert window.runner.runs, "it was switched while the job worked"

    person.press(Qt.Key.Key_5, CTRL)
    ended = person.wait_for_end()
    assert ended.state is JobState.SUCCEEDED, ended.error
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, VerifyStagePage)
    rows = page.requirements.table.rows.rows
    assert rows
    assert {row.id.rpartition("/")[2] for row in rows if row.outcome == "NOT MEASURED"} <= NO_SENSOR
    assert {"PASS"} <= {row.outcome for row in rows} <= {"PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED"}
    look(person)
    kept = window.settings.settings
    assert (kept.theme, kept.font_percent) == ("dark", 100)


def set_type(person: Person, percent: int) -> None:
    """Give the size of type on the page of settings, and come back."""
    person.press(Qt.Key.Key_Comma, CTRL)
    settle(person.qtbot, person.window)
    page = person.window.centre.page
    assert isinstance(page, SettingsPage)
    field = page.rows["font_percent"].control
    assert isinstance(field, Field)
    person.hands.write(field, str(percent))
    person.hands.press(Qt.Key.Key_Return)
    person.qtbot.waitUntil(lambda: THEME.type_scale == percent / 100, timeout=LONG_MS)
    person.press(Qt.Key.Key_5, CTRL)


def look(person: Person) -> None:
    """Everything that is shown has its room, its size and its name."""
    settle(person.qtbot, person.window)
    person.qtbot.wait(50)  # one more round, in which layouts take what came
    window = person.window
    assert [*clipped(window), *small(window), *unnamed(window)] == []
