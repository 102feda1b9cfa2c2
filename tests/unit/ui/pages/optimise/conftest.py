"""The Optimise page in a real window, before a small project whose candidates and runs are written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.pipeline.conftest import edit, make_frames, make_labels, make_model, project
from tests.unit.workbench.views.optimise.test_ranking import keep
from tests.window_lab.fixtures import (
    finished,
    flush,
    no_stalls,
    nothing_of_qt_left,
    place,
    project_window,
    qapp,
    session,
    settle,
    shown,
)
from ui.main_window import MainWindow
from ui.pages.optimise.page import OptimisePage
from ui.stall_watch import StallWatch
from workbench.session import Session

__all__ = [
    "edit",
    "finished",
    "keep",
    "make_frames",
    "make_labels",
    "make_model",
    "no_stalls",
    "nothing_of_qt_left",
    "place",
    "project",
    "project_window",
    "qapp",
    "session",
]


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


@pytest.fixture
def opened(qtbot: object, session: Session, project: Path) -> Iterator[MainWindow]:
    """A window before the project; its Optimise page is not shown yet."""
    with shown(session) as made:
        made.jobs_dock.set_opened(False)
        made.desk.open_project(project)
        settle(qtbot, made)
        flush()
        yield made
        settle(qtbot, made)


@pytest.fixture
def show(opened: MainWindow, qtbot: object, no_stalls: StallWatch) -> Callable[[], OptimisePage]:
    """Shows the page with everything read; from then on nothing may stall."""

    def come_up() -> OptimisePage:
        opened.show_page("optimise")
        settle(qtbot, opened)
        page = opened.centre.page
        assert isinstance(page, OptimisePage)
        no_stalls.start()
        return page

    return come_up
