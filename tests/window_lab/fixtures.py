"""The window in tests: a real one, offscreen, before a real project; it must leave nothing and never stall."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import shiboken6
from filelock import FileLock
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.example_project import make_project
from tests.end2end.bench import BY, Desk, Place
from tests.window_lab.pace import Pace
from ui.app import make_app
from ui.main_window import MainWindow
from ui.pages.register import preload
from ui.stall_watch import Stall, StallWatch
from ui.theme.apply import apply_theme
from ui.theme.tokens import DARK
from workbench.session import Session

STALL_S = 0.1
LEAST_MS = 30_000
"""How long a test waits for what it expects."""


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application as the product makes it, in the dark theme, with what it loads after its first paint.

    One for all who name this fixture theirs.
    """
    known = QApplication.instance()
    app = known if isinstance(known, QApplication) else make_app(["slipway"], "dark")
    preload()
    return app


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The short example after its first whole run; for looking at, never to be changed. Workers share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    folder = shared / "finished-example"
    with FileLock(shared / "finished-example.lock"):
        if not (folder / "done").exists():
            _finish(folder)
    return Place(folder / "project", folder / "slipway-home", folder / "board")


@pytest.fixture
def place(finished: Place, tmp_path: Path) -> Place:
    """A copy of it that may be changed; its board stands in the list of boards of this test."""
    return finished.move(tmp_path)


@pytest.fixture
def session(slipway_home: Path) -> Iterator[Session]:
    """Somebody whose jobs and queries work in threads."""
    slipway_home.mkdir(exist_ok=True)
    with Session(slipway_home, by=BY) as made:
        yield made


@pytest.fixture
def window(qtbot: object, session: Session, no_stalls: StallWatch) -> Iterator[MainWindow]:
    """A window before nothing."""
    with shown(session) as made:
        no_stalls.start()
        yield made
        no_stalls.stop()


@pytest.fixture
def project_window(qtbot: object, place: Place, session: Session, no_stalls: StallWatch) -> Iterator[MainWindow]:
    """A window before a copy of the finished project."""
    with shown(session) as made:
        made.open_project(place.project)
        made.desk.choose_board("bench")
        flush()
        no_stalls.start()
        yield made
        no_stalls.stop()


@contextmanager
def shown(session: Session, size: tuple[int, int] = (1680, 1000)) -> Iterator[MainWindow]:
    """A window on the (virtual) screen; closed and gone afterwards."""
    made = MainWindow(session)
    made.resize(*size)
    made.show()
    made.activateWindow()
    try:
        yield made
    finally:
        for handle in made.bridge.running:
            handle.cancel()
            handle.cancel()
        session.close()
        made.desk.jobs.close()
        made.hide()
        made.deleteLater()
        flush()


@pytest.fixture
def no_stalls(nothing_of_qt_left: None) -> Iterator[StallWatch]:
    """Fail a test in which the UI thread did something slow once it was started."""
    watch, pace = StallWatch(STALL_S), Pace()
    pace.start()
    yield watch
    watch.stop()
    pace.stop()
    watch.deleteLater()
    if texts := [text for stall in watch.stalls if (text := _fault(stall, pace))]:
        pytest.fail("the UI thread stalled:\n" + "\n".join(texts), pytrace=False)


@pytest.fixture(autouse=True)
def nothing_of_qt_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves windows, running threads or timers of Qt, and give the next one the dark theme."""
    before = {shiboken6.getCppPointer(widget)[0] for widget in QApplication.topLevelWidgets()}
    yield
    apply_theme(qapp, DARK)
    flush()
    gc.collect()
    flush()
    left = [
        f"widget {type(widget).__name__} {widget.accessibleName()!r}"
        for widget in QApplication.topLevelWidgets()
        if shiboken6.getCppPointer(widget)[0] not in before and widget.parent() is None
    ]
    left += [f"thread {thread.objectName()}" for thread in qapp.findChildren(QThread) if thread.isRunning()]
    left += [
        f"timer {timer.objectName()} of the application" for timer in qapp.findChildren(QTimer) if timer.isActive()
    ]
    if left:
        pytest.fail("left behind by the test:\n" + "\n".join(left), pytrace=False)


def flush() -> None:
    """Let everything that was told to go, go."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QGuiApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def settle(qtbot: object, window: MainWindow) -> None:
    """Wait until everything that the window asked is answered."""
    qtbot.waitUntil(lambda: not window.bridge.waits, timeout=LEAST_MS)  # type: ignore[attr-defined]


def unnamed(widget: QWidget) -> list[str]:
    """The focusable controls below a widget that assistive technology has no name for."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QAccessible

    found = []
    for child in widget.findChildren(QWidget):
        if (
            child.focusPolicy() == Qt.FocusPolicy.NoFocus
            or not child.isVisible()
            or child.objectName().startswith("qt_")
        ):
            continue
        interface = QAccessible.queryAccessibleInterface(child)
        if not interface.text(QAccessible.Text.Name):
            found.append(f"{type(child).__name__} in {type(child.parent()).__name__}")
    return found


def _fault(stall: Stall, pace: Pace) -> str:
    """What to say of a stall; nothing where it was one by the slowness of the machine alone.

    Under X, Qt itself waits for the server, which on a busy machine has no processor either.
    """
    if stall.blocked and QGuiApplication.platformName() == "xcb":
        return ""
    slowness = 1.0 if stall.blocked else pace.slowness(stall.seen_s - stall.seconds, stall.seen_s)
    if stall.seconds / slowness < STALL_S:
        return ""
    how = " blocked" if stall.blocked else f" at {slowness:.1f} times the time of a quiet machine"
    return f"{stall.seconds * 1000:.0f} ms{how} at\n{stall.stack}"


def _finish(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(folder / "project", folder / "slipway-home", folder / "board")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(place.home))
        make_project(place.project)
        place.make_board()
        with Session(place.home, by=BY) as session:
            Desk(place, session).run()
    (folder / "done").touch()
