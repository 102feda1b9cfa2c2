"""The report as its reader gets it, with its files, its hashes, and one that somebody sent."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QPixmap, QTextDocument
from PySide6.QtWidgets import QAbstractButton, QLabel

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from ui.pages.report.page import ReportView
from ui.widgets.error_card import ErrorCard
from workbench.orders.report import CheckReport
from workbench.recent import note_opened


def report_page(window, qtbot) -> ReportView:
    window.show_page("report")
    settle(qtbot, window)
    page = window.centre.page
    assert isinstance(page, ReportView)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: page.paper.is_whole, timeout=LEAST_MS)
    return page


def test_that_the_page_of_the_last_run_is_shown_with_every_picture(project_window, qtbot):
    page = report_page(project_window, qtbot)
    assert page.paper.toPlainText().startswith("Deployment verification report")
    assert page._chip.text == "As recorded"
    assert page._report is not None
    images = page._report.text.images
    kind = QTextDocument.ResourceType.ImageResource.value
    drawn = [page.paper.loadResource(kind, QUrl(name)) for name in images]
    assert drawn
    assert all(isinstance(image, QPixmap) and not image.isNull() for image in drawn)
    assert unnamed(page) == []
    assert unnamed(page.facts) == []


def test_that_a_page_that_came_in_pieces_is_the_whole_page(project_window, qtbot):
    page = report_page(project_window, qtbot)
    assert page._report is not None
    text = page._report.text
    assert len(text.pieces_at_width(900)) > 3
    whole = QTextDocument()
    whole.setDefaultFont(page.paper.document().defaultFont())
    whole.setHtml(text.at_width(page.paper._width))
    assert blocks(page.paper.document()) == blocks(whole)


def test_that_another_page_is_painted_after_one_that_was_scrolled(project_window, qtbot):
    page = report_page(project_window, qtbot)
    assert page._report is not None
    bar = page.paper.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    page.paper.show_page(replace(page._report, sha256="0" * 64))
    qtbot.waitUntil(lambda: page.paper.is_whole, timeout=LEAST_MS)
    assert page.paper.viewport().updatesEnabled()
    assert bar.value() == 0


def blocks(document: QTextDocument) -> list[tuple[str, float, float, int]]:
    """Text, margins and level of heading of each block."""
    found, block = [], document.begin()
    while block.isValid():
        form = block.blockFormat()
        found.append((block.text(), form.topMargin(), form.bottomMargin(), form.headingLevel()))
        block = block.next()
    return found


def test_that_a_page_loads_nothing_but_its_own_pictures(project_window, qtbot, tmp_path):
    page = report_page(project_window, qtbot)
    (tmp_path / "secret.png").write_bytes(b"x")
    kind = QTextDocument.ResourceType.ImageResource.value
    assert page.paper.loadResource(kind, QUrl.fromLocalFile(str(tmp_path / "secret.png"))) is None


def test_that_a_report_that_is_gone_is_built_again(place, project_window, qtbot):
    (folder,) = (place.project / "runs").iterdir()
    (folder / "report.html").unlink()
    page = report_page(project_window, qtbot)
    assert page._no_report.isVisible()
    page.build.trigger()
    qtbot.waitUntil((folder / "report.html").exists, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: not project_window.bridge.running, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: page._report is not None, timeout=LEAST_MS)
    settle(qtbot, project_window)
    assert page.paper.isVisible()


def test_that_a_file_of_the_run_that_was_changed_is_seen_in_the_hash_list(place, project_window, qtbot):
    (folder,) = (place.project / "runs").iterdir()
    (folder / "plan.json").write_text("{}")
    page = report_page(project_window, qtbot)
    assert page._hashes is not None
    assert page._hashes.state == "err"
    assert [line.name for line in page._hashes.lines if line.state == "err"] == ["plan.json"]
    assert (page._chip.state, page._chip.text) == ("err", "Damaged")
    assert "plan.json" in page._chip.toolTip()


def test_that_a_report_of_a_stale_run_says_so_in_its_head(place, project_window, qtbot):
    path = place.project / "deployment_tests.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# another word\n", encoding="utf-8")
    page = report_page(project_window, qtbot)
    assert (page._chip.state, page._chip.text) == ("warn", "Stale")
    assert page._chip.toolTip() == "deployment_tests.yaml changed."
    said = [label.text() for label in page.facts.findChildren(QLabel)]
    assert "Stale: deployment_tests.yaml changed." in said


def test_that_a_report_of_a_cancelled_run_says_so_in_its_head(place, project_window, qtbot):
    (folder,) = (place.project / "runs").iterdir()
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(record | {"state": "cancelled", "text": "it was cancelled"}))
    page = report_page(project_window, qtbot)
    row = page.current
    assert row is not None
    assert (row.worth.state, row.worth.word) == ("err", "Stopped")
    assert page._chip.state == "err"


def test_that_a_report_that_somebody_sent_is_checked(place, project_window, qtbot, tmp_path, slipway_home):
    note_opened(slipway_home, place.project, 1.0)
    page = report_page(project_window, qtbot)
    assert page._report is not None
    sent: Path = tmp_path / "sent.html"
    shutil.copy(page._report.path, sent)
    project_window.bridge.start(CheckReport(sent))
    qtbot.waitUntil(lambda: page._checked is not None, timeout=LEAST_MS)
    assert page._checked is not None
    assert (page._checked.state, page._checked.title) == ("ok", "Unchanged")
    qtbot.waitUntil(lambda: not project_window.bridge.running, timeout=LEAST_MS)


def test_that_a_report_that_cannot_be_built_says_so_on_the_page_until_it_can(place, project_window, qtbot):
    page = report_page(project_window, qtbot)
    assert page.current is not None
    frames = page.current.folder / "frames.parquet"
    kept = frames.read_bytes()
    frames.write_bytes(b"garbage")
    page.build.trigger()
    qtbot.waitUntil(lambda: page.findChildren(ErrorCard) != [], timeout=LEAST_MS)
    settle(qtbot, project_window)
    (card,) = page.findChildren(ErrorCard)
    said = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert "frames.parquet has other bytes than when the run was recorded" in said
    assert "restore the run's folder" in said
    assert page.paper.isVisible()
    assert project_window.notice.isHidden()
    frames.write_bytes(kept)
    again = next(button for button in card.findChildren(QAbstractButton) if button.accessibleName() == "Try again")
    again.click()
    qtbot.waitUntil(lambda: not page._writing, timeout=LEAST_MS)
    settle(qtbot, project_window)
    assert not page._failed.isVisible()


def test_that_hashes_that_cannot_be_compared_say_so_in_their_place(place, project_window, qtbot):
    page = report_page(project_window, qtbot)
    assert page.current is not None
    frames = page.current.folder / "frames.parquet"
    kept = frames.read_bytes()
    frames.unlink()
    frames.symlink_to(frames)  # nobody can read it, root neither
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert project_window.notice.isHidden()
    assert page._hashes is None or page._hashes.state == "err"
    assert page._chip.text == ("Not compared" if page._hashes is None else "Damaged")
    said = "\n".join(label.text() for label in page.facts.findChildren(QLabel))
    assert "frames.parquet" in said
    frames.unlink()
    frames.write_bytes(kept)
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert page._hashes is not None
    assert page._hashes.state == "ok"


def test_that_a_page_that_is_no_report_says_so_where_it_was_to_be_checked(project_window, qtbot, tmp_path):
    page = report_page(project_window, qtbot)
    page.check_file(tmp_path / "nowhere.html")
    qtbot.waitUntil(lambda: page.facts.findChildren(ErrorCard) != [], timeout=LEAST_MS)
    (card,) = page.facts.findChildren(ErrorCard)
    assert "nowhere.html" in card.accessibleName()
    qtbot.waitUntil(lambda: not project_window.bridge.running, timeout=LEAST_MS)


def test_that_words_are_found_and_the_type_grows(project_window, qtbot):
    page = report_page(project_window, qtbot)
    page.search.setText("Requirements")
    assert page.paper.textCursor().selectedText() == "Requirements"
    assert page.search.property("state") in ("", None)
    page.search.setText("no such words in it")
    assert page.search.property("state") == "err"
    page.larger.trigger()
    assert page.paper.zoom == 1.1
    assert page._zoom.text() == "110 %"
