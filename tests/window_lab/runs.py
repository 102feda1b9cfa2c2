"""A person who runs the main job in the window: keys pressed, what the window then says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.end2end.bench import BY, Place
from tests.window_lab.fixtures import shown
from tests.window_lab.hands import Hands
from ui.main_window import MainWindow
from workbench.base.events import Event, JobEnded, StepStarted
from workbench.jobs.processes import ProcessExecutor
from workbench.jobs.reader import ProcessReader
from workbench.session import PRELOAD, Session

NO, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LONG_MS = 110_000


@contextmanager
def session_in_processes(home: Path) -> Iterator[Session]:
    """A session as the product has it: jobs and queries work in other processes."""
    home.mkdir(parents=True, exist_ok=True)
    executor = ProcessExecutor(home, BY, preload=PRELOAD)
    with Session(home, executor, BY, ProcessReader(home, PRELOAD)) as session:
        yield session


class Person:
    """Works with one window by keys; keeps what the window was told."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot
        self.hands = Hands(qtbot)
        self.events: list[Event] = []
        window.bridge.told.connect(self.events.append)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
        """Press a key where the focus is, in the window itself."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow, timeout=10_000)
        self.hands.press(key, modifiers)

    def wait_for_step(self, name: str) -> None:
        """Wait until a job is at a step."""
        self.qtbot.waitUntil(lambda: name in self.steps or self.ends != [] or self.asked, timeout=LONG_MS)
        assert not self.asked, self.window.questions.dialog.question if self.window.questions.dialog else ""
        assert name in self.steps, self.ends

    def wait_for_end(self) -> JobEnded:
        """Wait until the main job has ended, and the window knows it."""
        self.qtbot.waitUntil(lambda: not self.window.runner.runs and self.ends != [], timeout=LONG_MS)
        return self.ends[-1]

    @property
    def asked(self) -> bool:
        """Whether a question is shown."""
        return self.window.questions.dialog is not None

    @property
    def steps(self) -> list[str]:
        """Steps that began."""
        return [event.step for event in self.events if isinstance(event, StepStarted)]

    @property
    def ends(self) -> list[JobEnded]:
        """Jobs that ended."""
        return [event for event in self.events if isinstance(event, JobEnded)]


@contextmanager
def person_before(place: Place, qtbot: QtBot, board: str = "bench") -> Iterator[Person]:
    """Somebody whose window shows a project, ready to run on a board."""
    with session_in_processes(place.home) as session, shown(session) as window:
        window.open_project(place.project)
        qtbot.waitUntil(lambda: window.desk.overview is not None, timeout=LONG_MS)
        window.desk.choose_board(board)
        yield Person(window, qtbot)
