"""The main job from the one button: to its end, stopped at each stage, killed, cut, and closed in its middle."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from benchmarks.example_project import THROUGHPUT_DURATION, change
from tests.end2end.bench import Desk, Place, check_nothing_half, running_on, wait_until
from tests.end2end.test_live import pids_of
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.server import SshServer
from tests.window_lab.fixtures import nothing_of_qt_left, qapp
from tests.window_lab.hands import CTRL, SHIFT, name_of
from tests.window_lab.runs import person_before
from workbench.base.events import JobState

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("qapp", "nothing_of_qt_left")]
__all__ = ["nothing_of_qt_left", "qapp"]

STEPS = ("optimise", "build", "deploy", "verify")


def test_that_one_key_runs_the_whole_job_to_its_verdicts(place: Place, qtbot):
    with person_before(place, qtbot) as person:
        person.press(Qt.Key.Key_F5)
        ended = person.wait_for_end()
        assert ended.state is JobState.SUCCEEDED, ended.error
        assert set(STEPS) <= set(person.steps)
        qtbot.waitUntil(lambda: not person.window.bridge.waits, timeout=30_000)
        overview = person.window.desk.overview
        assert overview is not None
        boxes = overview.strip.boxes
        assert [box.state for box in boxes[:4]] == ["ok"] * 4
        row = person.window.desk.jobs.rows(0.0)[0]
        assert row.state == "succeeded"
    assert place.record()["state"] == "finished"


@pytest.mark.parametrize("step", STEPS)
def test_that_a_run_that_is_stopped_leaves_everything_whole(place: Place, qtbot, step):
    with person_before(place, qtbot) as person:
        person.press(Qt.Key.Key_F5)
        person.wait_for_step(step)
        person.press(Qt.Key.Key_F5, SHIFT)
        ended = person.wait_for_end()
        assert ended.state is JobState.CANCELLED, ended.error
        assert person.window.runner.run_action.isEnabled()
    check_nothing_half(place)
    wait_until(lambda: running_on(place.root) == [], "nothing runs on the board")


@pytest.fixture
def endless(later: Desk) -> Place:
    """A project whose next run measures throughput for an hour."""
    change(later.place.project / "deployment_tests.yaml", THROUGHPUT_DURATION, "1 hour")
    return later.place


def test_that_an_agent_that_is_killed_ends_the_run_as_lost_with_its_words(endless: Place, qtbot):
    with person_before(endless, qtbot) as person:
        person.press(Qt.Key.Key_F5)
        person.wait_for_step("verify")
        wait_until(lambda: running_on(endless.root), "the run works on the board")
        (agent,) = pids_of(endless.root, "serve")
        os.kill(agent, signal.SIGKILL)
        ended = person.wait_for_end()
        assert ended.state is JobState.LOST, ended
        assert ended.error is not None
        assert ended.error.hint
        qtbot.waitUntil(person.window.notice.isVisible, timeout=10_000)
        assert person.window.desk.jobs.rows(0.0)[0].state == "lost"
    wait_until(lambda: running_on(endless.root) == [], "nothing runs on the board")


def test_that_a_server_that_is_killed_ends_the_run_as_lost(fresh: Place, sshd: SshServer, tmp_path: Path, qtbot):
    place = fresh.copy(tmp_path)
    change(place.project / "deployment_tests.yaml", THROUGHPUT_DURATION, "1 hour")
    add_board(sshd, place.root, "far")
    with person_before(place, qtbot, "far") as person:
        person.press(Qt.Key.Key_F5)
        person.wait_for_step("verify")
        wait_until(lambda: running_on(place.root), "the run works on the board")
        sshd.kill()
        ended = person.wait_for_end()
        assert ended.state is JobState.LOST, ended
        assert person.window.desk.jobs.rows(0.0)[0].state == "lost"


def test_that_a_window_closed_in_mid_run_asks_and_the_next_one_knows_of_it(endless: Place, qtbot):
    with person_before(endless, qtbot) as person:
        person.press(Qt.Key.Key_F5)
        person.wait_for_step("verify")
        wait_until(lambda: running_on(endless.root), "the run works on the board")
        person.press(Qt.Key.Key_Q, CTRL)
        qtbot.waitUntil(lambda: person.window.closing.dialog is not None, timeout=5_000)
        assert name_of(person.hands.focused()) == "Stay"
        person.hands.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: person.window.closing.dialog is None, timeout=5_000)
        assert person.window.isVisible()
        assert person.window.runner.runs
        person.press(Qt.Key.Key_Q, CTRL)
        qtbot.waitUntil(lambda: person.window.closing.dialog is not None, timeout=5_000)
        again = person.window.closing.dialog
        assert again is not None
        person.hands.click_on("Stop the job and close", again)
        qtbot.waitUntil(lambda: not person.window.isVisible(), timeout=20_000)
    check_nothing_half(endless)
    wait_until(lambda: running_on(endless.root) == [], "nothing runs on the board")
    with person_before(endless, qtbot) as person:
        qtbot.waitUntil(lambda: person.window.desk.jobs.rows(0.0) != (), timeout=30_000)
        assert person.window.desk.jobs.rows(0.0)[0].state in {"cancelled", "interrupted"}
