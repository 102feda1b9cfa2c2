"""What a person sees and does on the Optimise page."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

from tests.unit.workbench.views.optimise.test_candidates import all_pass, result, run_of
from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from tests.window_lab.looks import clipped, small
from ui.pages.optimise.arrangement import FIRST, FULL, LEFT_PX
from ui.pages.optimise.make_dialog import MakeDialog
from ui.theme.apply import apply_theme
from ui.theme.tokens import LIGHT
from ui.widgets.cell import Cell
from workbench.evaluate.verdict import Outcome
from workbench.orders.optimise import MakeCandidate, VerifyCandidate


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def names(page) -> list[str]:
    return [line.row.name for line in page.table.rows.rows]


def ended(qtbot, window, action) -> None:
    """Do what starts a job; wait until its end was told and everything is read again."""
    with qtbot.waitSignal(window.bridge.ended, timeout=LEAST_MS):
        action()
    settle(qtbot, window)


def press(qtbot, window, widget, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    with qtbot.waitActive(window, timeout=LEAST_MS):
        window.activateWindow()
    widget.setFocus()
    qtbot.keyClick(widget, key, modifier)


@pytest.fixture
def verified(writer):
    """Three candidates: int8 that fails its overlap, one with a group in float that passes, and the model's copy."""
    plain = writer.candidate(error={"boxes_snr_db": 41.5, "scores_snr_db": 23.9})
    bad = (result("detection_iou", 0.83, 0.9, Outcome.FAIL, lower=0.82, upper=0.84), *all_pass(20.0)[1:])
    run_of(writer, writer.engine(plain), bad)
    kept = writer.candidate(b"kept", name="int8-k1", keep=("/head/*",), kept_nodes=("/head/Conv",))
    run_of(writer, writer.engine(kept, b"e2"), all_pass(30.0))
    copied = writer.candidate(b"copy", name="fp32", recipe="fp32", precision="fp32", calibration=None)
    run_of(writer, writer.engine(copied, b"e3"), all_pass(40.0))
    return plain, kept


def test_that_a_project_without_candidates_offers_the_first_two(show, opened, qtbot):
    page = show()
    assert names(page) == ["fp32"]
    assert page.arrangement.below.currentIndex() == FIRST
    assert "Only fp32 so far. Make fp16 and int8 to compare. It takes about" in texts(page)
    ended(qtbot, opened, page.commands.make_first.trigger)
    assert names(page) == ["fp32", "fp16", "int8"]
    assert page.arrangement.below.currentIndex() == FULL


def test_that_the_wanted_candidate_is_selected_and_its_facts_are_shown(show, opened, qtbot, verified):
    page = show()
    assert page.selected.name == "int8"
    said = texts(page.facts)
    assert "int8, per channel" in said
    assert "mAP50 by class" in said
    assert "slipway optimise" in "".join(label.text() for label in page.facts.findChildren(QLabel))


def test_that_a_row_selects_its_point_and_a_point_its_row(show, opened, qtbot, verified):
    page = show()
    page.pareto.choose_board("bench")
    settle(qtbot, opened)
    chart = page.pareto.chart
    assert {point.name for point in chart.plot.points} == {"fp32", "int8", "int8-k1"}
    point = next(item for item in chart.plot.points if item.name == "int8-k1")
    at = QPointF(chart.at_x(point.x), chart.at_y(point.y))
    pressed = QMouseEvent(
        QEvent.Type.MouseButtonPress, at, chart.mapToGlobal(at), Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(chart, pressed)
    assert page.selected.name == "int8-k1"
    page.table.choose(lambda line: line.row.name == "fp32")
    assert chart._selected == "model"
    press(qtbot, opened, chart, Qt.Key.Key_Left)
    assert page.selected.name == "int8-k1"


def test_that_a_broken_limit_has_an_icon_and_a_word_in_its_row(show, opened, qtbot, verified):
    page = show()
    columns = [column.title for column in page.table.rows.columns]
    line = next(line for line in page.table.rows.rows if line.row.name == "int8")
    overlap = page.table.rows.columns[columns.index("IoU")].cell(line)
    assert (overlap.text, overlap.state, overlap.below) == ("0.830", "fail", "0.820 … 0.840")
    assert page.table.rows.columns[-1].cell(line).text == "Fails"


def test_that_the_selection_stays_when_something_on_disk_changes(show, opened, qtbot, verified, writer):
    page = show()
    page.table.choose(lambda line: line.row.name == "int8-k1")
    opened.desk.touch()
    settle(qtbot, opened)
    assert page.selected.name == "int8-k1"
    writer.candidate(b"half", name="fp16", recipe="fp16", precision="fp16", calibration=None)
    opened.desk.touch()
    settle(qtbot, opened)
    assert len(names(page)) == 4
    assert page.selected.name == "int8-k1"


def test_that_b_shows_the_next_board(show, opened, qtbot, verified):
    page = show()
    before = page.pareto.board
    press(qtbot, opened, page.table, Qt.Key.Key_B)
    settle(qtbot, opened)
    assert {before, page.pareto.board} == {"this-machine", "bench"}


def test_that_boxes_predict_at_once_and_the_choice_that_exists_cannot_be_made_again(
    show, opened, qtbot, verified, keep
):
    keep()
    page = show()
    page.pareto.choose_board("bench")
    settle(qtbot, opened)
    ranking = page.ranking
    assert ranking.kept == ()
    ranking.table.choose(lambda line: line.group is not None and line.group.name == "/net/stem")
    press(qtbot, opened, ranking.table, Qt.Key.Key_Space)
    settle(qtbot, opened)
    assert ranking.kept == ("/net/stem",)
    assert page.commands.make_choice.isEnabled()
    assert "1 of 2 groups in float" in texts(ranking)
    assert page.pareto.chart._choice.p99_ms == pytest.approx(28.0)
    press(qtbot, opened, ranking.table, Qt.Key.Key_Space)
    ranking.table.choose(lambda line: line.group is not None and line.group.name == "/net/head")
    press(qtbot, opened, ranking.table, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, opened)
    assert ranking.kept == ("/net/head",)
    assert not page.commands.make_choice.isEnabled()
    assert page.commands.make_choice.toolTip() == "This choice exists: int8-k1."


def test_that_the_fewest_that_pass_are_chosen_by_one_key(show, opened, qtbot, verified, keep):
    keep()
    page = show()
    press(qtbot, opened, page.table, Qt.Key.Key_K)
    assert page.ranking.kept == ("/net/head",)


def test_that_a_candidate_that_is_selected_brings_its_groups(show, opened, qtbot, verified, keep):
    keep()
    page = show()
    page.table.choose(lambda line: line.row.name == "int8-k1")
    settle(qtbot, opened)
    assert page.ranking.kept == ("/net/head",)
    assert "Predicted and measured" in texts(page.facts)


def test_that_a_box_is_clicked_with_the_mouse(show, opened, qtbot, verified, keep):
    keep()
    page = show()
    table = page.ranking.table
    area = table.visualRect(table.rows.index(1, 0))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert page.ranking.kept == ("/net/head",)


def test_that_without_a_ranking_the_card_offers_to_make_one_and_says_how_long(show, opened, qtbot, verified):
    page = show()
    said = texts(page.ranking)
    assert "is not known yet. Ranking takes about" in said
    ended(qtbot, opened, page.commands.rank.trigger)
    assert page.ranked.view.state == "here"
    assert len(page.ranking.table.rows.rows) == len(page.ranked.view.rows) + 1


def test_that_a_stale_ranking_says_so_and_offers_to_rank_again(show, opened, qtbot, verified, keep, project):
    keep()
    (project / "data" / "calibration" / "000.png").unlink()
    page = show()
    assert page.ranking._stale.isVisible()
    assert page.ranking._again.isVisible()
    assert "calibration frames" in page.ranking._stale.toolTip()
    line = next(line for line in page.table.rows.rows if line.row.name == "int8")
    cell = page.table.rows.columns[-1].cell(line)
    assert (cell.text, cell.below) == ("Stale", "calibration changed")


def test_that_a_new_candidate_is_asked_for_with_its_command_and_made(show, opened, qtbot, verified):
    page = show()
    press(qtbot, opened, page.table, Qt.Key.Key_N)
    dialog = page.findChild(MakeDialog)
    assert dialog is not None
    dialog._recipe.set_value("fp16")
    dialog._recipe.chosen.emit("fp16")
    assert dialog.order == MakeCandidate(opened.desk.project, "fp16")
    assert "--recipe fp16" in dialog._command.text()
    ended(qtbot, opened, dialog._make.click)
    assert "fp16" in names(page)
    assert page.selected.name == "fp16"


def test_that_a_keep_list_that_names_nothing_fails_in_words_and_overwrites_nothing(show, opened, qtbot, verified):
    page = show()
    before = names(page)
    wrong = MakeCandidate(opened.desk.project, "int8", ("/no/such",))
    ended(qtbot, opened, lambda: opened.bridge.start(wrong))
    assert names(page) == before


def test_that_two_candidates_are_compared_side_by_side(show, opened, qtbot, verified):
    page = show()
    page.pareto.choose_board("bench")
    page.table.choose(lambda line: line.row.name == "int8-k1")
    settle(qtbot, opened)
    press(qtbot, opened, page.table, Qt.Key.Key_C)
    settle(qtbot, opened)
    assert page.tab == "compare"
    assert page.tabs[2].title == "int8 vs int8-k1"
    shown = {line.name: (line.a, line.b, line.tone) for line in page.compare._facts.rows.rows}
    assert shown["IoU with fp32"] == ("0.830", "0.970", "better")
    assert page.commands.compare_runs.isEnabled()


def test_that_selecting_as_target_changes_the_document_and_is_said(show, opened, qtbot, verified, project):
    page = show()
    page.table.choose(lambda line: line.row.name == "fp32")
    page.commands.select.trigger()
    settle(qtbot, opened)
    assert "precision: FP32" in (project / "deployment.yaml").read_text()
    assert next(line for line in page.table.rows.rows if line.row.key == "model").row.is_wanted


def test_that_replaced_candidates_are_hidden_and_can_be_shown(show, opened, qtbot, writer):
    writer.candidate(b"old", "2026-01-01T10:00:00Z", tools={"onnx": "0"})
    writer.candidate(b"new")
    page = show()
    assert len(names(page)) == 2
    assert page._replaced.text().startswith("1 hidden: int8 ")
    page._replaced.click()
    assert len(names(page)) == 3


def test_that_the_calibration_set_is_shown_with_its_frames(show, opened, qtbot, verified):
    page = show()
    assert page.calibration.frames.count == 3
    assert "Nobody labelled these frames" in texts(page.calibration)
    ended(qtbot, opened, page.commands.count.trigger)
    assert "by detections" in page.calibration._about.text()
    page.show_tab("calibration")
    settle(qtbot, opened)
    assert page.calibration_tab.frames.count == 3


def test_that_without_a_calibration_set_the_card_says_what_is_needed(show, opened, qtbot, verified, edit):
    edit(("  calibration:\n    images: data/calibration\n", ""), ("precision: INT8", "precision: FP16"))
    page = show()
    assert "No calibration set." in texts(page.calibration)


def test_that_frames_that_are_dropped_become_the_calibration_set(
    show, opened, qtbot, verified, edit, make_frames, project
):
    shutil.rmtree(project / "data" / "calibration")
    edit(("  calibration:\n    images: data/calibration\n", ""), ("precision: INT8", "precision: FP16"))
    page = show()
    folder = make_frames("brought", 5, 60)
    (folder / "labels.json").write_text('{"images": [], "categories": [], "annotations": []}')
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    ways = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dropped = QDropEvent(QPointF(4, 4), *ways)
    ended(qtbot, opened, lambda: page.calibration.dropEvent(dropped))
    assert page.calibration.frames.count == 5
    assert "images: data/calibration" in (opened.desk.project / "deployment.yaml").read_text()
    assert page.calibration._about.text().startswith("5 frames")


def test_that_broken_documents_are_an_error_in_the_page(show, opened, qtbot, edit):
    edit(("precision: INT8", "precision: INT9"))
    page = show()
    assert "The documents of the project have 1 problem" in texts(page)
    edit(("precision: INT9", "precision: INT8"))
    page.refresh()
    settle(qtbot, opened)
    assert names(page) == ["fp32"]


def test_that_another_page_opens_a_candidate(show, opened, qtbot, verified):
    show()
    opened.show_page("optimise", verified[1].record.sha256[:12])
    assert opened.centre.page.selected.name == "int8-k1"


def test_that_every_control_has_a_name(show, opened, qtbot, verified, keep):
    keep()
    page = show()
    assert unnamed(page) == []
    for tab in ("calibration", "compare"):
        page.show_tab(tab)
        settle(qtbot, opened)
        assert unnamed(page) == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1680, 1000), (1920, 1080)])
def test_that_nothing_is_clipped(show, opened, qtbot, verified, keep, width, height):
    keep()
    page = show()
    page.pareto.choose_board("bench")
    opened.resize(width, height)
    for tab in ("candidates", "calibration", "compare"):
        page.show_tab(tab)
        settle(qtbot, opened)
        qtbot.wait(50)
        assert clipped(opened) == []
        assert small(opened) == []


def test_that_a_low_window_leaves_the_calibration_set_to_its_tab(show, opened, qtbot, verified):
    page = show()
    opened.resize(1920, 1080)
    settle(qtbot, opened)
    assert page.calibration.isVisible()
    page.calibration.setMinimumHeight(560)  # as high as a set of many classes: the page is higher than its room then
    opened.resize(1366, 768)
    qtbot.waitUntil(lambda: not page.calibration.isVisible())
    assert page.minimumSizeHint().width() <= 1366 - 76 - 232


def test_that_a_verification_that_failed_is_said_in_its_cell_and_leads_to_its_log(show, opened, qtbot, verified):
    page = show()
    row = next(line.row for line in page.table.rows.rows if line.row.name == "int8")
    order = VerifyCandidate(opened.desk.project, "bench", row.key, row.name, row.sha256)
    ended(qtbot, opened, lambda: opened.bridge.start(order))
    line = next(line for line in page.table.rows.rows if line.row.key == row.key)
    at = [speed.board for speed in row.speeds].index("bench")
    assert (line.speeds[at].text, line.speeds[at].state) == ("Failed", "fail")
    assert "no board 'bench'" in line.speeds[at].below
    with qtbot.waitSignal(opened.desk.log_wanted) as wanted:
        press(qtbot, opened, page.table, Qt.Key.Key_Return)
    assert wanted.args[0]


def test_that_the_table_is_exported(show, opened, qtbot, verified, tmp_path):
    page = show()
    page._on_export_file(str(tmp_path / "table.csv"))
    settle(qtbot, opened)
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0].startswith("candidate,recipe,keep,sha256,size_bytes,snr_db,mAP50,mAP50 lower")
    assert [line.partition(",")[0] for line in lines[1:]] == ["fp32", "int8", "int8-k1"]


def test_that_theme_and_type_size_change_live(show, opened, qtbot, verified, keep, qapp):
    keep()
    page = show()
    apply_theme(qapp, LIGHT, 1.5)
    settle(qtbot, opened)
    grown = min(round(LEFT_PX * 1.5), page.arrangement.width() // 2)
    assert page.arrangement.left.width() == grown > LEFT_PX
    assert page.table.rowHeight(0) == 60
    apply_theme(qapp, LIGHT)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_candidate_is_made_and_verified_from_the_page(project_window, qtbot):
    project_window.show_page("optimise")
    settle(qtbot, project_window)
    page = project_window.centre.page
    ended(qtbot, project_window, page.commands.make_first.trigger)
    page.pareto.choose_board("bench")
    page.table.choose(lambda line: line.row.name == "fp16")
    assert page.selected.map50.text == "not measured"
    seen: list[tuple[Cell, ...]] = []
    page.jobs.changed.connect(lambda: seen.extend(line.speeds for line in page.table.rows.rows))
    ended(qtbot, project_window, page.commands.verify.trigger)
    row = next(line.row for line in page.table.rows.rows if line.row.name == "fp16")
    speed = next(item for item in row.speeds if item.board == "bench")
    assert speed.p99.value is not None
    assert row.iou.value > 0.99
    assert {"building", "measuring"} <= {
        cell.text.split()[0] for cells in seen for cell in cells if cell.kind == "work"
    }
    assert {point.name for point in page.pareto.chart.plot.points} >= {"fp32", "fp16"}
