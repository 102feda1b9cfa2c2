"""A window before the Model page of a small project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workbench.model.conftest import made, project, scenes, write_document
from tests.window_lab.fixtures import LEAST_MS, settle
from ui.main_window import MainWindow
from ui.pages.model.page import ModelView

__all__ = ["made", "project", "scenes", "write_document"]


@pytest.fixture
def page(window: MainWindow, project: Path, qtbot: object) -> ModelView:
    """The page once it is filled and the first checks are done."""
    window.desk.open_project(project)
    settle(qtbot, window)
    window.show_page("model")
    shown = window.centre.page
    assert isinstance(shown, ModelView)
    wait(qtbot, lambda: shown.trying.tried is not None and checked(shown))
    settle(qtbot, window)
    window.activateWindow()
    shown.trial.view.setFocus()
    return shown


def checked(page: ModelView) -> bool:
    """Whether the model that is shown was checked, and the page read again since."""
    return page.model is not None and bool(page.model.checks.rows) and not page.checking.runs


def wait(qtbot: object, condition: object) -> None:
    """Wait until something holds."""
    qtbot.waitUntil(condition, timeout=LEAST_MS)  # type: ignore[attr-defined]
