"""Scenes of the project: its strip and documents, a document that is broken and mended, what changed in it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextCursor

from ui.frame.job_panel import JOBS, PROBLEMS
from ui.pages.project.documents import NAMES
from ui.pages.project.page import ProjectPage
from ui.scenes.scene import PICTURE, NotHere, Scene, Setting, Step, acting, plain

MISTAKES = (("warm_up_iterations", "warmup_iterations"), ("30 fps", "30 fsp"))
"""Of the kind that people make: a key and a unit that nobody knows."""
TESTS = NAMES[1]


def _tests(setting: Setting) -> Iterator[Step]:
    page = setting.page(ProjectPage)
    page.documents.show_document(TESTS)
    yield PICTURE
    page.documents.show_document(NAMES[0])


def _break(page: ProjectPage) -> None:
    editor = page.documents.panes[TESTS].editor
    for right, wrong in MISTAKES:
        cursor = editor.document().find(right)
        if cursor.isNull():
            raise NotHere(f"the test specification has no {right!r}")
        cursor.insertText(wrong)
        editor.setTextCursor(QTextCursor(editor.document().findBlock(cursor.position())))


def _mend(page: ProjectPage) -> None:
    editor = page.documents.panes[TESTS].editor
    while TESTS in page.editing.changed and editor.document().isUndoAvailable():
        editor.undo()


def _broken(setting: Setting) -> Iterator[Step]:
    page, window = setting.page(ProjectPage), setting.window
    page.documents.show_document(TESTS)
    yield lambda: TESTS in page.editing.files
    _break(page)
    yield lambda: len(window.desk.problems) >= len(MISTAKES)
    window.jobs_dock.set_opened(True)
    window.jobs.show_tab(PROBLEMS)
    yield PICTURE
    window.jobs.show_tab(JOBS)
    _mend(page)
    yield lambda: not page.editing.changed
    page.documents.show_document(NAMES[0])


def _difference(setting: Setting) -> Iterator[Step]:
    page = setting.page(ProjectPage)
    page.documents.show_document(TESTS)
    yield lambda: TESTS in page.editing.files
    cursor = page.documents.pane.editor.document().find("requirement: 50ms")
    if cursor.isNull():
        raise NotHere("the test specification has no latency of 50 ms")
    cursor.insertText("requirement: 40ms")
    yield lambda: TESTS in page.editing.changed
    setting.do("project.compare")
    yield page.documents.pane.difference.isVisible
    yield PICTURE
    setting.do("project.compare")
    _mend(page)
    yield lambda: not page.editing.changed
    page.documents.show_document(NAMES[0])


SCENES = (
    Scene("project", "project", plain),
    Scene("project-tests", "project", _tests),
    Scene("project-broken", "project", _broken),
    Scene("project-difference", "project", _difference),
    Scene("palette", "project", acting("window.search")),
)
