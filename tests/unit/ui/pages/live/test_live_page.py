"""The page Live as somebody uses it, fed by a job that tells what a live run tells."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from benchmarks.example_project import BOARD, make_board
from tests.unit.ui.pages.live.telling import Step, Telling, TellingValues
from tests.window_lab.fixtures import settle, unnamed
from ui.pages.live.page import LivePage
from ui.pages.live.playing import Playing
from ui.widgets.controls import Button
from ui.widgets.picture_export import as_png, as_svg
from workbench.base.errors import LinkLost, SlipwayError
from workbench.base.events import LiveValues
from workbench.base.live import LiveBox
from workbench.jobs.context import JobContext
from workbench.orders.live import LiveOrder

CAMERA = LiveOrder(Path("project"), "bench", rate="camera")
"""What the telling job stands for."""
CAR = LiveBox("matched", "car", "car 0.90", 5, 5, 25, 20, 0.90, 0.95, 0.91, -0.05)
PERSON = LiveBox("missed", "person", "person missed", 40, 4, 50, 30, None, 0.66)


@dataclass(frozen=True)
class Failing:
    """Ends with an error."""

    error: SlipwayError
    title: str = "Live test"
    board: str | None = None

    def run(self, context: JobContext) -> object:
        raise self.error


@dataclass(frozen=True)
class Steps:
    """Builds until it is told to go on, then measures."""

    go_on: threading.Event = field(default_factory=threading.Event)
    title: str = "Run"
    board: str | None = None

    def run(self, context: JobContext) -> object:
        context.step("build", "Build")
        self.go_on.wait(30)
        context.step("latency", "Measure latency")
        context.publish(LiveValues(context.job_id, "latency", 700.0, {"latency_p50_us": 8000.0}))
        context.publish(LiveValues(context.job_id, "telemetry", 700.0, {"worker_rss_bytes": 2e8}))
        return None


class Run:
    """A run that the page shows; `tell` makes it say something."""

    def __init__(self, page: LivePage, qtbot: object) -> None:
        self._page, self._qtbot, self._telling = page, qtbot, Telling()
        self.handle = page.desk.bridge.start(self._telling)
        page.show_playing(self.handle, CAMERA)
        assert isinstance(page.shown, Playing)
        self.playing = page.shown

    def tell(self, *steps: Step) -> None:
        for step in steps:
            self._telling.steps.put(step)

    def end(self) -> None:
        self._telling.steps.put(None)
        self._qtbot.waitUntil(lambda: self.handle.ended is not None, timeout=10_000)  # type: ignore[attr-defined]

    def shows(self, frame_id: int) -> None:
        def is_shown() -> bool:
            return self.playing.frame is not None and self.playing.frame.frame_id == frame_id

        self._qtbot.waitUntil(is_shown, timeout=10_000)  # type: ignore[attr-defined]


@pytest.fixture
def run(page: LivePage, qtbot: object) -> Iterator[Run]:
    made = Run(page, qtbot)
    yield made
    made.end()


def words_of(page: LivePage) -> str:
    """Everything that the inspector says."""
    return " ".join(label.text() for label in page.stage.inspector.findChildren(type(page.video.name)))


def test_that_tiles_plots_and_picture_show_what_the_run_tells(page, run, qtbot):
    run.tell(
        lambda t: t.batch(5.0), lambda t: t.frame(7, boxes=(CAR, PERSON)), lambda t: t.mark("worker", "engine loaded")
    )
    run.shows(7)
    qtbot.waitUntil(lambda: page.tiles.tiles["latency_p99"].kpi.value == "47.0", timeout=5000)
    assert page.tiles.tiles["latency_p99"].kpi.state == "warn"
    assert page.tiles.tiles["power"].kpi.value is None
    qtbot.waitUntil(lambda: page.wall.plots["latency"].values[0] == "10.0", timeout=5000)
    assert page.wall.plots["power"].accessibleName().endswith("total –")
    assert [box.kind for box in page.video.view.boxes] == ["match", "missed"]
    qtbot.waitUntil(lambda: "engine loaded" in words_of(page), timeout=5000)
    for words in ("30.0 frames/s", "age 41 ms", "0 dropped", "link 2.0 ms"):
        assert words in page.video.status.text()


def test_that_space_pauses_the_page_while_the_run_is_recorded_on(page, run, qtbot):
    run.tell(lambda t: t.batch(5.0), lambda t: t.frame(1))
    run.shows(1)
    QTest.keyClick(page, Qt.Key.Key_Space)
    assert run.playing.paused
    run.tell(lambda t: t.batch(5.0), lambda t: t.frame(2))
    qtbot.waitUntil(lambda: run.playing.intake.feed.t_s == 10.0, timeout=5000)
    assert run.playing.frame.frame_id == 1
    assert page.toolset.chip.text == "Paused, recording"
    QTest.keyClick(page, Qt.Key.Key_Space)
    run.shows(2)


def test_that_a_box_is_chosen_and_compared_and_the_page_waits_meanwhile(page, run):
    run.tell(lambda t: t.batch(1.0), lambda t: t.frame(1, boxes=(CAR, PERSON)))
    run.shows(1)
    QTest.keyClick(page.video.view, Qt.Key.Key_Right)
    assert page.video.chosen == CAR
    assert run.playing.paused
    said = words_of(page)
    for words in ("0.91", "-0.05", "0.95"):
        assert words in said


def test_that_boxes_told_again_belong_to_the_picture_of_their_frame(page, run, qtbot):
    run.tell(lambda t: t.batch(1.0), lambda t: t.frame(1, boxes=(CAR,), shade=40))
    run.shows(1)
    run.tell(lambda t: t.again(1, (CAR, PERSON)))
    qtbot.waitUntil(lambda: len(page.video.view.boxes) == 2, timeout=5000)
    assert page.video.view.grab().toImage().pixelColor(60, 200).red() == 40
    run.tell(lambda t: t.again(2, (PERSON,)))
    run.shows(2)
    assert page.video.view.boxes == ()


def test_that_a_reference_that_lags_is_said_and_boxes_are_compared_with_nothing(page, run):
    alone = LiveBox("device", "car", "car 0.90", 5, 5, 25, 20, 0.9)
    run.tell(lambda t: t.batch(1.0), lambda t: t.frame(1, "pending", (alone,)))
    run.shows(1)
    assert "reference pending" in page.video.view.accessibleDescription()
    assert [box.kind for box in page.video.view.boxes] == ["plain"]


def test_that_a_silence_is_said_and_shaded(page, run, qtbot):
    run.tell(lambda t: t.batch(5.0), lambda t: t.frame(1))
    run.shows(1)
    qtbot.waitUntil(lambda: "Nothing heard for" in page.video.status.text(), timeout=10_000)
    assert page.toolset.chip.text.startswith("No data for")
    feed = run.playing.intake.feed
    qtbot.waitUntil(lambda: bool(feed.series["telemetry"].gaps(0.0, page.axis.now_s)), timeout=10_000)


def test_that_the_time_line_and_events_move_the_one_cursor(page, run, qtbot):
    run.tell(
        lambda t: t.batch(50.0, 500),
        lambda t: t.frame(1),
        lambda t: t.mark("gap", "link lost"),
        lambda t: t.batch(50.0),
    )
    qtbot.waitUntil(lambda: page.axis.extent == (0.0, pytest.approx(100.0)), timeout=5000)
    bar = page.video.timeline
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(16 + (bar.width() - 110) // 4, bar.height() // 2))
    assert page.axis.cursor_s is not None
    assert 10 < page.axis.cursor_s < 40
    assert run.playing.paused
    qtbot.waitUntil(lambda: bool(page.axis.marks), timeout=5000)
    QTest.keyClick(page, Qt.Key.Key_BracketRight)
    assert page.axis.cursor_s == pytest.approx(50.0)


def test_that_the_picture_alone_has_the_whole_page_and_gives_it_back(page, run):
    run.tell(lambda t: t.batch(1.0), lambda t: t.frame(1))
    run.shows(1)
    before = page.video.height()
    QTest.keyClick(page, Qt.Key.Key_F)
    assert not page.setup.isVisible()
    assert page.arrangement.alone
    QTest.keyClick(page, Qt.Key.Key_F)
    assert page.setup.isVisible()
    assert page.video.height() == before


def test_that_every_control_has_a_name(page, run):
    assert unnamed(page) == []


def test_that_an_ended_run_is_said_so_and_its_plots_stay(page, run, qtbot):
    run.tell(lambda t: t.batch(5.0), lambda t: t.frame(1))
    run.shows(1)
    run.end()
    qtbot.waitUntil(lambda: page.toolset.chip.text == "Ended", timeout=5000)
    assert page.playing is None
    qtbot.waitUntil(lambda: page.wall.plots["latency"].values[0] == "10.0", timeout=5000)
    assert not page.wall.clock.running
    page.show_playing(page.desk.bridge.start(TellingValues()), CAMERA)
    assert page.shown is not run.playing


def test_that_nothing_plays_at_first_and_the_page_says_what_to_do(page):
    assert page.shown is None
    assert "press Play" in page.video.view.accessibleDescription()
    assert page.tiles.tiles["memory"].kpi.value is None
    assert page.setup.play.isEnabled()


def test_that_what_cannot_be_played_says_why(page, qtbot, tmp_path):
    make_board(tmp_path / "board", tmp_path / "lock")
    page.refresh()
    qtbot.waitUntil(lambda: page.setup.board.findData(BOARD) >= 0, timeout=10_000)
    page.setup.choose(board=BOARD)
    page.setup._add_source("/nowhere/at/all", "nowhere")
    QTest.mouseClick(page.setup.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.playing is None and page.arrangement.error is not None, timeout=30_000)
    assert page.arrangement.error.accessibleName()
    assert page.setup.play.isVisible()


def test_that_boards_that_cannot_be_read_are_said_until_they_can(page, opened, qtbot, slipway_home):
    boards = slipway_home / "boards.json"
    kept = boards.read_bytes() if boards.exists() else None
    boards.write_text("boards: [")
    opened.desk.touch()
    settle(qtbot, opened)
    card = page.arrangement.error
    assert card is not None
    assert "boards.json cannot be read" in card.accessibleName()
    names = [button.accessibleName() for button in card.findChildren(Button)]
    assert "Try again" in names
    assert "Open the documents" not in names
    boards.unlink()
    if kept is not None:
        boards.write_bytes(kept)
    opened.desk.touch()
    settle(qtbot, opened)
    assert page.arrangement.error is None


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_that_what_is_drawn_is_stored_as_a_picture(page, run, qtbot, tmp_path, kind, begins):
    run.tell(lambda t: t.batch(5.0), lambda t: t.frame(1, boxes=(CAR,)))
    run.shows(1)
    made = as_png(page.arrangement) if kind == "png" else as_svg(page.arrangement, "Live")
    page.exporting.write_picture(tmp_path / f"page.{kind}", made)
    qtbot.waitUntil((tmp_path / f"page.{kind}").is_file, timeout=10_000)
    assert (tmp_path / f"page.{kind}").read_bytes().startswith(begins)


def test_that_another_job_is_watched_by_what_it_tells(page, qtbot):
    job = TellingValues()
    page.open(page.desk.bridge.start(job))
    qtbot.waitUntil(lambda: page.wall.plots["latency"].values == ("8.0", "9.0"), timeout=10_000)
    assert page.wall.plots["memory"].values[0] == "200"
    assert [mark.words for mark in page.axis.marks] == ["Measure latency"]
    qtbot.waitUntil(lambda: page.toolset.chip.text == "Ended", timeout=10_000)


def test_that_a_watched_job_has_its_steps_where_they_began_and_its_values_in_the_tiles(page, qtbot):
    job = Steps()
    handle = page.desk.bridge.start(job)
    page.open(handle)
    qtbot.waitUntil(lambda: [mark.words for mark in page.axis.marks] == ["Build"], timeout=10_000)
    began_s = page.axis.marks[0].at_s
    qtbot.waitUntil(lambda: (page.axis.extent or (0, 0))[1] > began_s + 0.3, timeout=10_000)
    job.go_on.set()
    qtbot.waitUntil(lambda: len(page.axis.marks) == 2 and handle.ended is not None, timeout=10_000)
    assert [mark.at_s > began_s + 0.25 for mark in page.axis.marks] == [False, True]
    tiles = page.tiles.tiles
    qtbot.waitUntil(lambda: tiles["memory"].kpi.value == "200", timeout=10_000)
    assert tiles["latency_p50"].kpi.value == "8.0"
    assert tiles["latency_p99"].kpi.value is None


@pytest.mark.parametrize(("error", "said"), [(LinkLost("the board is gone"), "Lost"), (SlipwayError("no"), "Failed")])
def test_that_a_run_that_failed_says_so_and_not_that_it_starts(page, qtbot, error, said):
    page.show_playing(page.desk.bridge.start(Failing(error)), CAMERA)
    qtbot.waitUntil(lambda: page.toolset.chip.text == said, timeout=10_000)
    said = "It ended before a frame was shown"
    qtbot.waitUntil(lambda: page.video.view.accessibleDescription().startswith(said), timeout=10_000)
    assert page.arrangement.error is not None


def test_that_the_cursor_in_the_past_shows_no_other_moments_frame(page, run, qtbot):
    run.tell(lambda t: t.batch(9.0), lambda t: t.frame(1, boxes=(CAR,)))
    run.shows(1)
    page.axis.set_cursor(run.playing.frame.t_s + 3.0)
    assert run.playing.frame is None
    assert page.video.view.boxes == ()
    assert not page.keys.mark.isEnabled()
    run.tell(lambda t: t.frame(2))
    run.tell(lambda t: t.batch(1.0))
    qtbot.waitUntil(lambda: run.playing.intake.feed.t_s == 10.0, timeout=10_000)
    assert run.playing.frame is None
    page.toggle_pause()
    run.shows(2)


def test_that_what_is_seen_of_a_run_that_works_is_written(page, run, qtbot, tmp_path):
    run.tell(lambda t: t.batch(5.0))
    qtbot.waitUntil(lambda: run.playing.intake.feed.t_s == 5.0, timeout=10_000)
    seen = run.playing.intake.feed.between(0.0, 5.0)
    page.exporting.write_seen(tmp_path / "seen.csv", run.playing.run, "try, not evidence", seen)
    qtbot.waitUntil((tmp_path / "seen.csv").is_file, timeout=10_000)
    rows = list(csv.DictReader((tmp_path / "seen.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["kind"] for row in rows} == {"try, not evidence"}
    told = [row for row in rows if row["figures.latency_p50_ms"]]
    assert told
    assert told[-1]["telemetry.worker_rss_mb"] == ""


def test_that_a_young_run_fills_its_plots_and_the_range_in_sight_is_marked(page, run, qtbot):
    run.tell(lambda t: t.batch(5.0))
    qtbot.waitUntil(lambda: page.axis.extent == (0.0, 5.0), timeout=10_000)
    assert page.axis.window_s == 30.0
    assert page.toolset.window.value == "600"
    page.axis.zoom(2.0)
    assert all(not button.isChecked() for button in page.toolset.window.findChildren(QToolButton))
    page.axis.see_all()
    assert page.toolset.window.value == ""
    page.toggle_pause()
    assert page.toolset.window.value == "600"


def test_that_a_low_page_has_its_plots_in_one_column(page):
    page.arrangement.resize(1000, 500)
    assert page.wall.plots["power"].parentWidget() is page.wall.plots["latency"].parentWidget()
    page.arrangement.resize(1000, 900)
    assert page.wall.plots["power"].parentWidget() is not page.wall.plots["latency"].parentWidget()
