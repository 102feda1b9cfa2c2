"""The tab of all runs in the real window: filter, ticks, comparison, matrix, file."""

from __future__ import annotations

import csv
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from ui.pages.verify.page import VerifyStagePage
from ui.widgets.empty import READING
from workbench.views.results.values import Matrix, MatrixBoard, MatrixCell
from workbench.views.verify.values import PASS


@pytest.fixture
def two_runs(place):
    """The finished project with its run a second time, as a restored copy under the next number has it."""
    runs = place.project / "runs"
    (first,) = [path for path in runs.iterdir() if path.is_dir()]
    second = runs / first.name.replace("0001-", "0002-")
    shutil.copytree(first, second)
    for name in ("plan.json", "run.json"):
        text = (second / name).read_text().replace(first.name, second.name).replace('"number": 1', '"number": 2')
        (second / name).write_text(text)
    _keep_sha(second)
    return place


def _keep_sha(folder):
    import json

    from workbench.base.hashing import sha256_file

    record = json.loads((folder / "run.json").read_text())
    record["files"]["plan.json"] = sha256_file(folder / "plan.json")
    (folder / "run.json").write_text(json.dumps(record))


@pytest.fixture
def page(two_runs, project_window, qtbot) -> VerifyStagePage:
    project_window.show_page("verify")
    shown = project_window.centre.page
    assert isinstance(shown, VerifyStagePage)
    settle(qtbot, project_window)
    shown.show_tab("runs")
    settle(qtbot, project_window)
    qtbot.waitUntil(lambda: shown.results.tab.compared.table.rows.rows != (), timeout=LEAST_MS)
    return shown


def test_that_all_runs_are_shown_newest_first_and_two_are_compared(page):
    tab = page.results.tab
    assert [line.number for line in tab.runs.table.rows.rows] == [2, 1]
    assert len(tab.runs.ticks) == 2
    assert {line.verdict for line in tab.compared.table.rows.rows} <= {
        "the same", "not shown different", "cannot be said",
    }  # fmt: skip
    assert page.tabs[2].title.startswith("Run ")


def test_that_the_filter_narrows_and_says_what_to_drop(page):
    runs = page.results.tab.runs
    runs.field.setText("run=2 counts")
    assert [line.number for line in runs.table.rows.rows] == [2]
    runs.field.setText("run=2 nowhere")
    assert runs.empty.isVisible()
    assert runs._drop.text().strip() == "Drop nowhere"
    runs._drop.click()
    assert [line.number for line in runs.table.rows.rows] == [2]
    runs.field.setText("weight<3")
    assert runs.field.property("state") == "err"
    assert len(runs.table.rows.rows) == 2


def test_that_space_ticks_and_the_third_tick_replaces_the_oldest(page, project_window, qtbot):
    runs = page.results.tab.runs
    runs.table.selectRow(0)
    qtbot.keyClick(runs.table, Qt.Key.Key_Space)
    assert len(runs.ticks) == 1
    settle(qtbot, project_window)
    assert page.results.tab.compared.empty.isVisible()
    qtbot.keyClick(runs.table, Qt.Key.Key_Space)
    assert runs.letter_of(runs.table.rows.rows[0].run) == "B"
    runs.swap()
    assert runs.letter_of(runs.table.rows.rows[0].run) == "A"
    settle(qtbot, project_window)


def test_that_enter_opens_a_run_as_it_was_judged(page, project_window, qtbot):
    table = page.results.tab.runs.table
    table.choose(lambda line: line.number == 1)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    settle(qtbot, project_window)
    assert page.tab == "requirements"
    assert page.tabs[0].title == "Requirements  run 1"


def test_that_a_cell_of_the_matrix_is_explained_in_the_inspector(page, project_window):
    matrix = page.results.tab.matrix
    matrix.next_open()
    at = matrix.table.currentIndex()
    row = matrix.table.rows.rows[at.row()]
    assert row.cells[at.column() - 2].outcome != "PASS"
    said = [label.text() for label in page.results.inspector.findChildren(type(page._subtitle).__mro__[1])]
    assert any(row.short_id in text for text in said)


def boards(many):
    cells = (MatrixCell(PASS, "pass", "8.168 ms", "", "0001-x", 1, "so"),) * many
    found = tuple(MatrixBoard(f"board-{at}", "run 1, int8", "Yes", "ok", "all 1 pass") for at in range(many))
    return Matrix("newest run that counts", found, (("T/latency", "latency", "Latency p99 ≤ 50 ms", cells),), "")


@pytest.mark.parametrize("many", [1, 2])
def test_that_few_boards_are_whole_without_scrolling(page, qtbot, many):
    table = page.results.tab.matrix.table
    page.results.tab.matrix.show_matrix(boards(many))
    assert table.horizontalScrollBar().maximum() == 0
    assert not table.frozen.isVisible()
    widths = [table.columnWidth(at) for at in range(many + 2) if not table.isColumnHidden(at)]
    assert min(widths) >= 120, "no column is dots alone"
    assert table.isColumnHidden(1) == (table.viewport().width() < 128 + 136 + 144 * many)


def test_that_names_stay_in_sight_while_many_boards_are_scrolled(page, qtbot):
    matrix = page.results.tab.matrix
    table = matrix.table
    page.results._on_matrix(boards(8))
    assert table.frozen.isVisible()
    last = table.rows.index(1, 9)
    table.setCurrentIndex(last)
    table.scrollTo(last)
    assert table.horizontalScrollBar().value() > 0
    assert table.frozen.table.visualRect(table.rows.index(1, 0)).left() == 0
    first = table.rows.index(1, 2)
    table.setCurrentIndex(first)
    table.scrollTo(first)
    assert table.visualRect(first).left() >= table.frozen.width(), "not behind the names"


def test_that_frames_of_both_are_shown_beside_each_other(page, project_window, qtbot):
    page.show_tab("compare")
    frames = page.results.frames
    qtbot.waitUntil(lambda: frames.left.boxes != (), timeout=LEAST_MS)
    assert {box.kind for box in (*frames.left.boxes, *frames.right.boxes)} == {"match"}


def test_that_the_shown_runs_are_written(page, project_window, qtbot, tmp_path):
    page.results.tab.runs.field.setText("run=2")
    page.results.write(str(tmp_path / "runs.csv"))
    settle(qtbot, project_window)
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["number"] for row in csv.DictReader(stream)] == ["2"]


def test_that_every_control_has_a_name(page):
    assert unnamed(page) == []


def test_that_one_run_alone_offers_how_to_come_to_a_second(place, project_window, qtbot):
    project_window.show_page("verify")
    page = project_window.centre.page
    settle(qtbot, project_window)
    for tab, at in (("runs", 0), ("compare", 1)):
        page.show_tab(tab)
        settle(qtbot, project_window)
        step = page.results._steps[at]
        qtbot.waitUntil(lambda step=step: step.again.isVisible() and step.other.isVisible(), timeout=LEAST_MS)
        assert not step.newest.isVisible()
    assert "One run was measured to its end so far" in page.results.frames.empty.sentence.text()
    assert "(Shift+M)" in page.results._steps[1].again.toolTip()
    page.results._steps[1].other.click()
    assert project_window.centre.name == "optimise"
    settle(qtbot, project_window)


def test_that_two_unticked_runs_offer_to_compare_the_newest(page, project_window, qtbot):
    runs = page.results.tab.runs
    runs.ticks = []
    runs.ticks_changed.emit()
    step = page.results._steps[0]
    assert step.newest.isVisible()
    assert not step.again.isVisible()
    step.newest.click()
    assert runs.ticks == list(runs.comparable[:2])
    settle(qtbot, project_window)
    assert not page.results.tab.compared.empty.isVisible()


def test_that_no_run_at_all_offers_to_run(place, project_window, qtbot):
    for folder in (place.project / "runs").iterdir():
        shutil.rmtree(folder)
    project_window.show_page("verify")
    page = project_window.centre.page
    page.show_tab("runs")
    settle(qtbot, project_window)
    qtbot.waitUntil(page.results.tab.runs.empty.isVisible, timeout=LEAST_MS)
    assert page.results.tab.runs._run.isVisible()
    assert "F5" in page.results.tab.runs._run.toolTip()
    assert unnamed(page) == []


def test_that_no_place_says_it_is_empty_before_the_first_answer(page, project_window, qtbot, tmp_path):
    window, project = project_window, project_window.desk.project
    window.open_project(tmp_path)
    card = page.results.tab.runs
    for shown in (
        card.empty,
        page.results.tab.matrix._empty,
        page.results.tab.compared.empty,
        page.requirements._empty_text,
    ):
        assert (shown.sentence.text(), shown.isHidden()) == (READING, False)
    assert card._count.text() == ""
    assert card._run.isHidden()
    assert page.requirements._run_button.isHidden()
    window.open_project(project)
    window.show_page("verify")
    page.show_tab("runs")
    assert card.empty.sentence.text() == READING
    settle(qtbot, window)
    assert card._count.text() == "2 runs"
    assert card.empty.isHidden()
    assert page.requirements._empty_text.isHidden()


def words_of(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_that_the_inspector_says_what_is_being_compared(page, project_window, qtbot):
    tab = page.results.tab
    tab.runs.swap()
    assert "Comparing" in words_of(page.results.comparison)
    settle(qtbot, project_window)
    assert "Tick two runs" not in words_of(page.results.comparison)
