from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import flush, settle, shown
from tests.window_lab.looks import clipped
from ui.main_window import MainWindow
from ui.pages.register import MAKERS
from ui.stall_watch import StallWatch
from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD, SMALL_PX
from workbench.session import Session

LONG = "a-project-whose-name-goes-on-and-on-without-a-space-until-nobody-reads-it-any-more"


@pytest.fixture
def large(place: Place, session: Session, qtbot: QtBot, no_stalls: StallWatch) -> Iterator[MainWindow]:
    """A small window before a project, in type of twice the size."""
    with shown(session, (1366, 768)) as made:
        made.open_project(place.project)
        made.appearance.set("dark", 200, high_contrast=False)
        settle(qtbot, made)
        no_stalls.start()
        yield made
        no_stalls.stop()
        made.appearance.set("dark", 100, high_contrast=False)


def test_that_the_frame_fits_the_smallest_window_in_the_largest_type(large):
    large.show_page("welcome")
    large.resize(1366, 768)
    flush()
    assert (large.width(), large.height()) == (1366, 768)
    assert clipped(large.top) == []


def test_that_the_rail_has_room_for_each_name(large):
    metrics = QFontMetrics(THEME.font(SMALL_PX, SEMIBOLD))
    for button in large.rail.buttons.values():
        assert metrics.horizontalAdvance(button.stage.title) <= button.width()
        assert QRect(0, 0, 1, large.rail.height()).contains(QRect(0, button.y(), 1, button.height()))


def test_that_bars_are_as_high_as_their_words(large):
    large.show_page("verify")
    flush()
    line = QFontMetrics(THEME.font()).height()
    for bar in (large.top, large.centre.bar):
        assert bar.height() >= line + 8
        for child in bar.findChildren(type(large.top.run)):
            if child.isVisible():
                assert bar.rect().contains(QRect(child.mapTo(bar, child.rect().topLeft()), child.size()))
    assert large.status.height() >= line + 4


def test_that_larger_type_folds_panels_at_once(project_window, qtbot):
    settle(qtbot, project_window)
    project_window.resize(1680, 1000)
    assert not project_window.inspector_dock.isHidden()
    project_window.appearance.set("dark", 200, high_contrast=False)
    assert project_window.inspector_dock.isHidden()
    assert project_window.tree_dock.isHidden()
    project_window.appearance.set("dark", 100, high_contrast=False)
    assert not project_window.inspector_dock.isHidden()


def test_that_long_names_leave_the_run_button_in_the_window(project_window, qtbot):
    settle(qtbot, project_window)
    project_window.resize(1366, 768)
    project_window.top.set_crumbs((LONG, f"{LONG}.onnx", LONG, LONG))
    project_window.top.pill.set("ok", LONG)
    project_window.top.set_chip("stale", "12 engines stale")
    flush()
    assert project_window.width() == 1366
    top = project_window.top
    assert top.rect().contains(top.run.geometry())
    assert clipped(top) == []
    assert LONG in top.pill.accessibleName()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_that_no_page_widens_a_small_window_or_cuts_its_words(large, name, qtbot):
    large.show_page(name)
    settle(qtbot, large)
    large.resize(1366, 768)
    flush()
    flush()
    assert (large.width(), large.height()) == (1366, 768)
    assert clipped(large) == []


def test_that_the_same_theme_once_more_keeps_the_type(large, qtbot):
    before = large.top.run.fontInfo().pixelSize()
    large.appearance.set("dark", 200, high_contrast=False)
    assert large.top.run.fontInfo().pixelSize() == before > 20


def test_that_the_palette_shows_names_in_the_largest_type(large, qtbot):
    large.commands.search.trigger()
    palette = large.commands.palette
    settle(qtbot, large)
    flush()
    assert palette.table.columnWidth(0) > THEME.px(140)
    palette.reject()
