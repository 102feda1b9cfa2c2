"""A real run played from the page: seen, paused, marked, stopped, and looked through from its record."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from tests.end2end.bench import Place
from tests.window_lab.fixtures import settle
from ui.pages.live.mark_dialog import FRAME_SET, MarkDialog
from ui.pages.live.page import LivePage
from ui.pages.live.playing import Playing
from ui.pages.live.recorded import Recorded
from workbench.views.findings import RunMoment

PATIENCE_MS = 60_000


@pytest.fixture
def page(project_window, qtbot) -> LivePage:
    project_window.show_page("live")
    settle(qtbot, project_window)
    with qtbot.waitActive(project_window, timeout=PATIENCE_MS):
        project_window.activateWindow()
    (found,) = (page for page in project_window.centre.built if isinstance(page, LivePage))
    return found


@pytest.fixture
def video(place: Place, tmp_path: Path) -> Path:
    """Some frames of the project as a video of ten frames a second."""
    import cv2

    path = tmp_path / "drive.avi"
    frames = sorted((place.project / "data" / "test").glob("*.jpg"))[:12]
    pictures = [picture for frame in frames if (picture := cv2.imread(str(frame))) is not None]
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for picture in pictures * 20:
        writer.write(picture)
    writer.release()
    return path


@pytest.fixture
def other(place: Place, tmp_path: Path) -> Path:
    """Another project."""
    return place.copy(tmp_path / "other").project


def play(page: LivePage, qtbot: object, rate: str) -> Playing:
    page.setup.choose(board="bench")
    QTest.mouseClick(page.setup.rate._buttons[rate], Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.setup.play, Qt.MouseButton.LeftButton)
    shown = page.shown
    assert isinstance(shown, Playing)
    qtbot.waitUntil(lambda: shown.frame is not None or not shown.working, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert shown.working, shown.intake.handle.ended
    return shown


def compared(shown: Playing) -> bool:
    return shown.frame is not None and shown.frame.reference == "there"


def frame_id(shown: Playing) -> int:
    return -1 if shown.frame is None else shown.frame.frame_id


def stop(page: LivePage, qtbot: object) -> Recorded:
    QTest.mouseClick(page.setup.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(page.shown, Recorded), timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert isinstance(page.shown, Recorded)
    return page.shown


@pytest.mark.slow
def test_that_a_run_is_played_marked_stopped_and_scrubbed(page, project_window, qtbot):
    shown = play(page, qtbot, "camera")
    qtbot.waitUntil(lambda: bool(page.video.view.boxes) and compared(shown), timeout=PATIENCE_MS)
    qtbot.waitUntil(page.keys.mark.isEnabled, timeout=PATIENCE_MS)
    QTest.keyClick(page, Qt.Key.Key_M)
    (dialog,) = page.findChildren(MarkDialog)
    QTest.keyClicks(dialog.field, "sign is missed in the rain")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any("sign is missed" in mark.words for mark in page.axis.marks), timeout=PATIENCE_MS)
    assert project_window.rail.buttons["live"].state == "run"
    recorded = stop(page, qtbot)
    settle(qtbot, project_window)
    assert recorded.run.evidence_text == "Not evidence"
    assert page.toolset.evidence.text == "Not evidence"
    assert any("sign is missed" in mark.words for mark in page.axis.marks)
    page.axis.set_cursor(recorded.run.seconds / 2)

    def is_shown() -> bool:
        frame = recorded.frame
        return frame is not None and frame.pixels is not None and abs(frame.t_s - recorded.run.seconds / 2) < 1.0

    qtbot.waitUntil(is_shown, timeout=PATIENCE_MS)
    assert recorded.frame is not None
    page.axis.set_cursor(recorded.frame.t_s)  # on a busy machine the middle of the run may be in a gap
    qtbot.waitUntil(lambda: page.wall.plots["latency"].values[0] != "–", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.tiles.tiles["latency_p50"].kpi.value is not None, timeout=PATIENCE_MS)
    settle(qtbot, project_window)


@pytest.mark.slow
def test_that_frames_are_played_one_by_one(page, project_window, qtbot):
    shown = play(page, qtbot, "step")
    first = frame_id(shown)
    qtbot.waitUntil(page.setup.step.isEnabled, timeout=PATIENCE_MS)
    QTest.mouseClick(page.setup.step, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: frame_id(shown) == first + 1, timeout=PATIENCE_MS)
    stop(page, qtbot)
    settle(qtbot, project_window)
    QApplication.processEvents()


@pytest.mark.slow
def test_that_a_verification_opens_in_the_same_page(page, project_window, qtbot):
    qtbot.waitUntil(lambda: page.toolset.run.count() > 1, timeout=PATIENCE_MS)
    page.toolset.run.setCurrentIndex(1)
    qtbot.waitUntil(lambda: isinstance(page.shown, Recorded), timeout=PATIENCE_MS)
    settle(qtbot, project_window)
    assert page.shown.run.kind == "verification"
    assert page.axis.extent == (0.0, page.shown.run.seconds)
    assert page.wall.plots["stages"].source is not None
    page.axis.see(0.0, 3.0)
    qtbot.waitUntil(lambda: not page.wall.plots["stages"].source.wants_detail(0.0, 3.0), timeout=PATIENCE_MS)
    settle(qtbot, project_window)


@pytest.mark.slow
def test_that_a_moment_of_a_run_is_shown_where_somebody_leads_to_it(page, project_window, qtbot):
    qtbot.waitUntil(lambda: page.toolset.run.count() > 1, timeout=PATIENCE_MS)
    run = page.toolset.run.itemData(1)
    project_window.desk.go("live", RunMoment(run, 1.0, 2.0))
    qtbot.waitUntil(lambda: isinstance(page.shown, Recorded) and page.shown.run.run == run, timeout=PATIENCE_MS)
    assert page.axis.cursor_s == 1.0
    assert page.axis.range == pytest.approx((1.0, 2.0))
    settle(qtbot, project_window)


@pytest.mark.slow
def test_that_a_run_plays_on_while_another_is_looked_through_and_is_found_and_stopped(page, project_window, qtbot):
    shown = play(page, qtbot, "camera")
    page.toolset.run.setCurrentIndex(1)
    qtbot.waitUntil(lambda: isinstance(page.shown, Recorded), timeout=PATIENCE_MS)
    assert page.live is shown.intake.handle
    assert not page.keys.play.isEnabled()
    assert page.setup.stop.isVisible()
    page.toolset.run.setCurrentIndex(0)
    again = page.shown
    assert isinstance(again, Playing)
    qtbot.waitUntil(lambda: again.frame is not None, timeout=PATIENCE_MS)
    page.toolset.run.setCurrentIndex(1)
    qtbot.waitUntil(lambda: isinstance(page.shown, Recorded), timeout=PATIENCE_MS)
    QTest.mouseClick(page.setup.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.keys.play.isEnabled() and page.live is None, timeout=PATIENCE_MS)
    settle(qtbot, project_window)


@pytest.mark.slow
def test_that_a_video_is_played_and_one_of_its_frames_set_aside(video, page, project_window, qtbot, place):
    page.setup._add_source(str(video), video.name)
    play(page, qtbot, "camera")
    qtbot.waitUntil(lambda: bool(page.video.view.boxes) and page.keys.mark.isEnabled(), timeout=PATIENCE_MS)
    assert page.video.name.text() == "drive.avi"
    QTest.keyClick(page, Qt.Key.Key_M)
    (dialog,) = page.findChildren(MarkDialog)
    QTest.mouseClick(dialog.kind._buttons[FRAME_SET], Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog.field, "glare")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "glare" in texts(project_window.notice), timeout=PATIENCE_MS)
    kept = [path for path in (place.project / "data").rglob("*") if path.is_file() and "glare" in path.parts]
    assert kept
    stop(page, qtbot)
    settle(qtbot, project_window)


@pytest.mark.slow
def test_that_another_project_shows_nothing_of_a_run_that_plays(other, page, project_window, qtbot, place):
    shown = play(page, qtbot, "camera")
    project_window.open_project(other)
    project_window.show_page("live")
    settle(qtbot, project_window)
    assert page.shown is None
    assert page.live is None
    assert shown.working
    project_window.open_project(place.project)
    project_window.show_page("live")
    qtbot.waitUntil(lambda: page.playing is not None and page.playing.frame is not None, timeout=PATIENCE_MS)
    assert page.playing.intake.handle is shown.intake.handle
    stop(page, qtbot)
    settle(qtbot, project_window)


def texts(widget: QWidget) -> str:
    """What a widget says."""
    return " ".join(label.text() for label in widget.findChildren(QLabel))
