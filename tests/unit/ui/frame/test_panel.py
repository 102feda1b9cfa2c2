"""Whether a panel is seen: a person, the page and the room have a say each."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from ui.frame.panel import Panel

LEAST_PX = 1000


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def panel(window: QMainWindow) -> Panel:
    return Panel("tree", "Project tree", QWidget(), LEAST_PX, window)


def test_that_it_is_folded_where_there_is_no_room_and_comes_back(panel: Panel) -> None:
    panel.fit(LEAST_PX - 1)
    assert panel.isHidden()
    assert panel.opened
    panel.fit(LEAST_PX)
    assert not panel.isHidden()


def test_that_a_person_who_closed_it_finds_it_closed_whatever_the_page_has(panel: Panel) -> None:
    panel.set_opened(False)
    panel.want(False)
    panel.want(True)
    panel.fit(LEAST_PX - 1)
    panel.fit(LEAST_PX)
    assert panel.isHidden()


def test_that_who_opens_it_without_room_sees_it_until_the_page_changes(panel: Panel) -> None:
    panel.fit(LEAST_PX - 1)
    panel.set_opened(True)
    assert not panel.isHidden()
    panel.want(False)
    panel.want(True)
    assert panel.isHidden()


def test_that_what_was_open_the_last_time_insists_on_nothing(panel: Panel) -> None:
    panel.fit(LEAST_PX - 1)
    panel.restore(True)
    assert panel.isHidden()
    panel.fit(LEAST_PX)
    assert not panel.isHidden()
