from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QTimer

from ui.stall_watch import StallWatch
from ui.theme.theme import THEME


@pytest.fixture
def watch(qapp):
    made = StallWatch(0.1)
    made.start()
    yield made
    made.stop()
    made.deleteLater()


def compute(amount_s: float = 1.0) -> None:
    until = time.thread_time() + amount_s
    while time.thread_time() < until:
        pass


def block() -> None:
    threading.Event().wait(0.4)


def test_that_a_slow_slot_is_found_with_its_line(watch, qtbot):
    QTimer.singleShot(0, compute)
    qtbot.waitUntil(lambda: watch.stalls != [])
    assert not watch.stalls[0].blocked
    assert "compute" in watch.stalls[0].stack


def test_that_a_blocking_call_is_found(watch, qtbot):
    QTimer.singleShot(0, block)
    qtbot.waitUntil(lambda: watch.stalls != [])
    assert watch.stalls[0].blocked
    assert "block" in watch.stalls[0].stack


def test_that_an_idle_window_does_not_stall(watch, qtbot):
    qtbot.wait(300)
    assert watch.stalls == []


def test_that_a_theme_switch_may_take_longer(watch, qtbot):
    def switch() -> None:
        THEME.changed.emit()
        compute(0.3)

    QTimer.singleShot(0, switch)
    qtbot.wait(300)
    qtbot.waitUntil(lambda: watch._beats_of_switch == 0)
    assert watch.stalls == []
    QTimer.singleShot(0, compute)
    qtbot.waitUntil(lambda: watch.stalls != [])
