"""The page Project in a real window, before a small project that was made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.workbench.pipeline.conftest import make_frames, make_labels, make_model, project
from tests.window_lab.fixtures import flush, settle, shown
from ui.main_window import MainWindow
from ui.pages.project.page import ProjectPage
from ui.stall_watch import StallWatch
from workbench.session import Session

__all__ = [
    "make_frames",
    "make_labels",
    "make_model",
    "project",
]


@pytest.fixture
def opened(qtbot: object, session: Session, project: Path, no_stalls: StallWatch) -> Iterator[MainWindow]:
    """A window on the project's page, everything read."""
    with shown(session) as made:
        made.open_project(project)
        settle(qtbot, made)
        flush()
        no_stalls.start()
        yield made


@pytest.fixture
def page(opened: MainWindow) -> ProjectPage:
    """The page that is shown."""
    found = opened.centre.built[0]
    assert isinstance(found, ProjectPage)
    return found
