"""What somebody typed is never lost, also where the window's process is killed in the middle of a word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from tests.end2end.bench import Place
from tests.window_lab.fixtures import LEAST_MS, settle, shown
from tests.window_lab.typist import CONFIDENCE, DOCUMENT, PERSON, TYPED, field_of
from ui.entries import Entries
from ui.pages.project.page import ProjectPage
from workbench.documents.entries import find
from workbench.model.draft import read_draft

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def killed(place: Place, slipway_home: Path, qtbot: QtBot) -> Path:
    """The project before which a window was killed while somebody typed into every form."""
    command = [sys.executable, "-m", "tests.window_lab.typist", str(slipway_home), str(place.project)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "typed\n"
            qtbot.waitUntil(lambda: kept(slipway_home, place.project) == TYPED, timeout=LEAST_MS)
        finally:
            process.kill()
    return place.project


def kept(home: Path, project: Path) -> dict[str, str]:
    """What lies on disk of each place."""
    found = {name: dict(find(home, None if name in ("settings", "new-project") else project, name)) for name in TYPED}
    keys = {"documents": f"{DOCUMENT}:performance_tests.latency.requirement", "settings": PERSON}
    keys |= {"new-project": "folder", "candidate": "keep", "mark": "text"}
    texts = {name: found[name].get(key, "") for name, key in keys.items()}
    return {**texts, "model": dict(read_draft(project)).get(CONFIDENCE, "")}


@pytest.mark.slow
def test_that_nothing_typed_is_lost_where_the_window_is_killed(killed, session, qtbot):
    with shown(session) as window:
        window.open_project(killed)
        settle(qtbot, window)
        page = window.centre.page
        assert isinstance(page, ProjectPage)
        qtbot.waitUntil(lambda: TYPED["documents"] in page.documents.panes[DOCUMENT].editor.text, timeout=LEAST_MS)
        assert page.editing.changed == (DOCUMENT,)
        assert "not saved is back" in page.documents.panes[DOCUMENT].note.text
        for name in ("model", "settings", "new-project", "candidate", "mark"):
            field = field_of(name, window)
            qtbot.waitUntil(lambda field=field, name=name: field.text() == TYPED[name], timeout=LEAST_MS)
        settle(qtbot, window)


def test_that_entries_are_kept_after_each_pause_and_forgotten_once_taken(window, slipway_home, qtbot, tmp_path):
    field = QLineEdit()
    qtbot.addWidget(field)
    entries = Entries(window.bridge, "somewhere", tmp_path, window)
    entries.watch("name", field)
    QTest.keyClicks(field, "Ada")
    qtbot.waitUntil(lambda: find(slipway_home, tmp_path, "somewhere") == (("name", "Ada"),), timeout=LEAST_MS)
    told: list[dict[str, str]] = []
    Entries(window.bridge, "somewhere", tmp_path, window).restore(told.append)
    settle(qtbot, window)
    assert told == [{"name": "Ada"}]
    entries.forget()
    settle(qtbot, window)
    assert find(slipway_home, tmp_path, "somewhere") == ()


def test_that_a_dialog_that_was_cancelled_comes_back_empty(window, slipway_home, qtbot):
    field = field_of("new-project", window)
    QTest.keyClicks(field, "/srv/elsewhere")
    qtbot.waitUntil(lambda: find(slipway_home, None, "new-project") != (), timeout=LEAST_MS)
    dialog = field.window()
    assert isinstance(dialog, QDialog)
    dialog.reject()
    settle(qtbot, window)
    assert find(slipway_home, None, "new-project") == ()


def test_that_a_damaged_file_of_entries_is_none(slipway_home, tmp_path):
    folder = slipway_home / "entries"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text('{"format": "slipway.entries/1", "entries": [1, ["a"]]}', encoding="utf-8")
    assert find(slipway_home, None, "settings") == ()
