"""Closing in mid-run asks, unless a person chose that jobs are stopped without a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from workbench.orders.example import MakeExample
from workbench.settings import Settings, save_settings


@pytest.fixture
def working(window, qtbot, tmp_path: Path) -> Path:
    """A job of some seconds that has begun."""
    window.show_page("settings")
    window.bridge.start(MakeExample(tmp_path / "made"))
    qtbot.waitUntil(lambda: any(row.step for row in window.desk.jobs.working()), timeout=LEAST_MS)
    return tmp_path / "made"


def test_that_closing_in_mid_job_asks_and_staying_stops_nothing(working, window, qtbot):
    window.close()
    dialog = window.closing.dialog
    assert dialog is not None
    assert window.isVisible()
    assert unnamed(dialog) == []
    dialog.reject()
    qtbot.waitUntil(lambda: window.closing.dialog is None, timeout=LEAST_MS)
    assert window.desk.jobs.working()
    settle(qtbot, window)


def test_that_a_person_who_agrees_closes_the_window(working, window, qtbot):
    window.close()
    window.closing.dialog.accept()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LEAST_MS)
    settle(qtbot, window)


def test_that_who_chose_to_stop_jobs_is_not_asked(working, window, qtbot, slipway_home):
    settings = save_settings(slipway_home, {"on_close": "stop"})
    window.desk.settings_changed.emit(settings)
    assert window.settings.settings == Settings(on_close="stop")
    window.close()
    assert window.closing.dialog is None
    assert not window.isVisible()
    settle(qtbot, window)


def test_that_nothing_is_asked_where_nothing_works(window):
    window.close()
    assert not window.isVisible()
