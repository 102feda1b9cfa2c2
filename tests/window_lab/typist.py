"""Somebody who types into every form of a window and leaves no field; run as a program, to be killed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QDeadlineTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit

from tests.window_lab.runs import session_in_processes
from ui.app import make_app
from ui.main_window import MainWindow
from ui.pages.live.mark_dialog import MarkDialog
from ui.pages.live.page import LivePage
from ui.pages.model.page import ModelView
from ui.pages.new_project.dialog import NewProjectDialog
from ui.pages.optimise.make_dialog import MakeDialog
from ui.pages.optimise.page import OptimisePage
from ui.pages.project.page import ProjectPage
from ui.pages.register import preload
from ui.pages.settings.page import SettingsPage
from ui.widgets.controls import Field
from workbench.views.project.overview import Place

P = TypeVar("P")
D = TypeVar("D", bound=QDialog)
LATENCY, CONFIDENCE, PERSON = "performance_tests.latency.requirement", "slipway.thresholds.confidence", "person"
DOCUMENT = "deployment_tests.yaml"
TYPED = {
    "documents": "37.25 ms",
    "model": "0.37",
    "settings": "Ada Lovelace",
    "new-project": "/srv/a new one",
    "candidate": "/head/nobody-made-this/*",
    "mark": "a cyclist is missed at dus",
}
"""What was typed into each place."""
PATIENCE_MS, POLL_MS = 60_000, 20


def main() -> int:
    """Type into every place, say so, and wait to be killed: `python -m tests.window_lab.typist HOME PROJECT`."""
    app = make_app(["slipway"], "dark")
    preload()
    with session_in_processes(Path(sys.argv[1])) as session:
        window = MainWindow(session)
        window.show()
        window.open_project(Path(sys.argv[2]))
        for place, text in TYPED.items():
            type_into(field_of(place, window), text)
        print("typed", flush=True)  # noqa: T201
        return app.exec()


def type_into(field: QLineEdit, text: str) -> None:
    """Type over what stands in a field, and stay in it."""
    field.selectAll()
    QTest.keyClicks(field, text)


def field_of(place: str, window: MainWindow) -> QLineEdit:
    """The field of a place into which is typed; the page or dialog comes up for that."""
    return FIELDS[place](window)


def _documents(window: MainWindow) -> QLineEdit:
    page = _page(window, "project", ProjectPage)
    _until(lambda: len(page.editing.views) > 0)
    page.documents.show_place(Place(DOCUMENT, path=LATENCY))
    _until(lambda: LATENCY in page.documents.pane.form.fields)
    field = page.documents.pane.form.fields[LATENCY].edit
    assert isinstance(field, QLineEdit)
    return field


def _model(window: MainWindow) -> QLineEdit:
    page = _page(window, "model", ModelView)
    _until(lambda: page.form.row_of(CONFIDENCE) is not None)
    row = page.form.row_of(CONFIDENCE)
    assert row is not None
    assert isinstance(row.editor, QLineEdit)
    return row.editor


def _settings(window: MainWindow) -> QLineEdit:
    page = _page(window, "settings", SettingsPage)
    _until(lambda: PERSON in page.rows)
    field = page.rows[PERSON].control
    assert isinstance(field, Field)
    return field


def _new_project(window: MainWindow) -> QLineEdit:
    dialog = NewProjectDialog(window.desk, None, window)
    dialog.open()
    return dialog.folder.field


def _candidate(window: MainWindow) -> QLineEdit:
    page = _page(window, "optimise", OptimisePage)
    _until(lambda: page.commands.page is not None and page.commands.new.isEnabled())
    page.commands.new.trigger()
    return _dialog(window, MakeDialog).keep


def _mark(window: MainWindow) -> QLineEdit:
    page = _page(window, "live", LivePage)
    run = next((window.desk.project or Path()).glob("runs/*/run.json")).parent.name
    page.open(run)
    _until(page.keys.mark.isEnabled)
    page.keys.mark.trigger()
    return _dialog(window, MarkDialog).field


FIELDS: dict[str, Callable[[MainWindow], QLineEdit]] = {
    "documents": _documents,
    "model": _model,
    "settings": _settings,
    "new-project": _new_project,
    "candidate": _candidate,
    "mark": _mark,
}


def _page(window: MainWindow, name: str, kind: type[P]) -> P:
    window.show_page(name)
    page = window.centre.page
    assert isinstance(page, kind)
    return page


def _dialog(window: MainWindow, kind: type[D]) -> D:
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def _until(condition: Callable[[], bool]) -> None:
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not condition():
        assert not deadline.hasExpired()
        QTest.qWait(POLL_MS)


if __name__ == "__main__":
    sys.exit(main())
