"""All pages before a finished project: reached by keys, named, not clipped, in both themes and large type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import finished, no_stalls, nothing_of_qt_left, place, qapp, settle, unnamed
from tests.window_lab.looks import clipped, small
from tests.window_lab.runs import CTRL, Person, person_before
from ui.main_window import MainWindow
from ui.pages.register import MAKERS
from ui.stages import STAGES
from ui.stall_watch import StallWatch
from ui.theme.theme import THEME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
__all__ = ["finished", "no_stalls", "nothing_of_qt_left", "place", "qapp"]

SIZES = (QSize(1366, 768), QSize(1680, 1000), QSize(3840, 2160))
STAGES_THERE = [stage.name for stage in STAGES if stage.name in MAKERS]


@pytest.fixture
def person(place: Place, qtbot: QtBot, no_stalls: StallWatch) -> Iterator[Person]:
    """Somebody before the finished project."""
    with person_before(place, qtbot) as made:
        settle(qtbot, made.window)
        no_stalls.start()
        yield made
        no_stalls.stop()


def show(window: MainWindow, name: str, qtbot: QtBot) -> None:
    window.show_page(name)
    settle(qtbot, window)
    qtbot.wait(50)  # one more round, in which layouts take what came


def test_that_each_stage_is_reached_by_its_number(person: Person, qtbot: QtBot) -> None:
    for number, name in enumerate(STAGES_THERE, 1):
        person.press(Qt.Key(Qt.Key.Key_0 + number), CTRL)
        settle(qtbot, person.window)
        assert person.window.centre.name == name
        assert person.window.rail.buttons[name].isChecked()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_that_a_page_is_named_and_not_clipped_in_any_size_and_theme(person: Person, name: str, qtbot: QtBot) -> None:
    window, wrong = person.window, []
    for size in SIZES:
        window.resize(size)
        show(window, name, qtbot)
        assert window.size() == size
        wrong += [f"{size.width()}: {text}" for text in (*clipped(window), *small(window), *unnamed(window))]
    window.appearance.set("light", 200, high_contrast=True)
    show(window, name, qtbot)
    assert THEME.tokens.name == "light"
    wrong += [f"200 %: {text}" for text in (*small(window), *unnamed(window))]
    window.appearance.set("light", 100, high_contrast=False)
    show(window, name, qtbot)
    wrong += [f"after it: {text}" for text in clipped(window)]
    assert wrong == []


def test_that_no_visit_of_a_page_leaves_widgets_behind(person: Person, qtbot: QtBot) -> None:
    for name in MAKERS:
        show(person.window, name, qtbot)
    before = count(person.window)
    for _ in range(3):
        for name in MAKERS:
            show(person.window, name, qtbot)
    qtbot.waitUntil(lambda: count(person.window) <= before, timeout=10_000)


def count(window: MainWindow) -> int:
    return len(window.findChildren(QWidget))
