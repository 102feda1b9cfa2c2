"""The Verify page in the real window, before a project that was really verified."""

from __future__ import annotations

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.window_lab.fixtures import LEAST_MS, settle, unnamed
from ui.pages.verify.page import VerifyStagePage
from ui.widgets.controls import Button
from ui.widgets.fact_lines import FactLines
from workbench.base.events import LiveValues
from workbench.orders.verify import VerifyRequirements
from workbench.views.verify.running import Running
from workbench.views.verify.values import NOT_MEASURED, RUNNING


@pytest.fixture
def page(project_window, qtbot) -> VerifyStagePage:
    project_window.show_page("verify")
    project_window.jobs_dock.set_opened(False)
    settle(qtbot, project_window)
    shown = project_window.centre.page
    assert isinstance(shown, VerifyStagePage)
    qtbot.waitUntil(lambda: shown.requirements.frames.left.boxes != (), timeout=LEAST_MS)
    return shown


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_that_the_worst_row_comes_first_and_its_way_out_is_said(page):
    table = page.requirements.table
    assert table.current is not None
    assert table.current == table.rows.rows[0]
    assert page.requirements.way_out.isVisible()
    assert table.current.way_out in texts(page.requirements.way_out)


def test_that_the_inspector_follows_the_selection(page, project_window, qtbot):
    page.requirements.choose("MLE-DEPLOY-EXAMPLE/detection-iou")
    settle(qtbot, project_window)
    qtbot.waitUntil(lambda: "detection-iou" in texts(page.inspector), timeout=LEAST_MS)
    lines = [lines.accessibleDescription() for lines in page.inspector.findChildren(FactLines)]
    said = "\n".join([texts(page.inspector), *lines])
    assert "bootstrap over frames" in said
    assert "Evidence of run 1" in said


def test_that_brackets_walk_through_the_worst_frames(page, project_window, qtbot):
    frames, first = page.requirements.frames, page.requirements.frames.strip.current
    with qtbot.waitActive(project_window, timeout=LEAST_MS):
        project_window.activateWindow()
    page.requirements.table.setFocus()
    qtbot.waitUntil(page.requirements.table.hasFocus)
    qtbot.keyClicks(page.requirements.table, "]")
    assert frames.strip.current.id == frames.strip.thumbnails[1].id
    settle(qtbot, project_window)
    qtbot.keyClicks(page.requirements.table, "[")
    assert frames.strip.current.id == first.id


def test_that_the_overlay_shows_one_picture_with_the_boxes_of_both(page, project_window, qtbot):
    frames = page.requirements.frames
    device = len(frames.right.boxes)
    frames.toggle_mode()
    assert not frames.right.isVisible()
    assert len(frames.left.boxes) >= device


def test_that_another_pass_of_the_latency_is_shown(page, project_window, qtbot):
    before = page.requirements.latency.histogram.accessibleName()
    page.requirements.latency.pass_chosen.emit("back_to_back")
    settle(qtbot, project_window)
    page.requirements.latency.pass_chosen.emit("paced")
    settle(qtbot, project_window)
    assert page.requirements.latency.histogram.accessibleName() != ""
    assert "p99" in before


def test_that_a_cause_that_no_frame_has_cannot_be_chosen(page):
    causes = page.requirements.losses.causes
    counted = [button.isEnabled() for button in causes.findChildren(type(causes._buttons["all"]))]
    assert counted[0]
    assert not all(counted)


def test_that_one_run_is_shown_as_it_was_judged(page, project_window, qtbot):
    run = page._page.shown_run
    page.open(run)
    settle(qtbot, project_window)
    assert page.tabs[0].title == "Requirements  run 1"
    assert {row.run for row in page.requirements.table.rows.rows} == {run}


def test_that_a_requirement_is_selected_on_the_first_visit(project_window, qtbot):
    wanted = "MLE-DEPLOY-EXAMPLE/throughput"
    project_window.show_page("verify", wanted)
    settle(qtbot, project_window)
    shown = project_window.centre.page.requirements.table.current
    assert shown is not None
    assert shown.id == wanted


def test_that_every_control_has_a_name(page, project_window):
    assert unnamed(project_window) == []


def test_that_a_low_window_has_the_evidence_behind_tabs(page, project_window, qtbot):
    project_window.resize(1366, 768)
    qtbot.waitUntil(lambda: page.requirements._evidence.currentIndex() == 1)
    assert page.requirements.latency.isVisible()
    assert page.minimumSizeHint().width() <= 1366 - 76 - 232
    project_window.resize(1680, 1000)
    qtbot.waitUntil(lambda: page.requirements._evidence.currentIndex() == 0)
    assert page.requirements.frames.isVisible()


def test_that_the_pictures_take_the_whole_page_and_give_it_back(page):
    page.requirements.toggle_full()
    assert not page.requirements.table.isVisible()
    page.requirements.toggle_full()
    assert page.requirements.table.isVisible()


def test_that_where_nothing_was_measured_the_page_says_so_and_offers_to_run(project_window, place, qtbot):
    shutil.rmtree(place.project / "runs")
    project_window.show_page("verify")
    settle(qtbot, project_window)
    page = project_window.centre.page
    assert {row.outcome for row in page.requirements.table.rows.rows} == {NOT_MEASURED}
    assert "Nothing was measured" in texts(page)
    assert not page.requirements.frames.isVisible()


def change_limit(project, before, after):
    path = project / "deployment_tests.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def row_of(page, kind):
    return next(row for row in page.requirements.table.rows.rows if row.kind == kind)


def test_that_another_limit_is_told_everywhere_and_can_be_judged_again(page, project_window, qtbot):
    page.requirements.choose(row_of(page, "latency").id)
    settle(qtbot, project_window)
    before = row_of(page, "latency")
    change_limit(project_window.desk.project, f"requirement: {before.limit:g}ms", "requirement: 5ms")
    project_window.desk.touch()
    settle(qtbot, project_window)
    row = row_of(page, "latency")
    assert (row.limit_text, row.stale) == ("≤ 5 ms", f"limit {before.limit:g} → 5 ms")
    said = f"Stale: limit {before.limit:g} → 5 ms."
    qtbot.waitUntil(lambda: said in texts(page.inspector), timeout=LEAST_MS)
    assert f"limit 5 ms, was {before.limit:g}" in page.requirements.latency.histogram.accessibleName()
    assert page.requirements.way_out.stale.text().strip() == "Judge again"
    assert "Judge again what run 1 measured" in texts(page.requirements.way_out)
    others = {row.stale for row in page.requirements.table.rows.rows if row.kind != "latency"}
    assert others == {"other entries of deployment_tests.yaml changed, not this one"}


def test_that_the_inspector_follows_what_changed_in_the_documents(page, project_window, qtbot):
    folder = project_window.desk.project
    kept = (folder / "deployment_tests.yaml").read_text(encoding="utf-8")
    limit = row_of(page, "latency").limit
    page.requirements.choose(row_of(page, "latency").id)
    change_limit(folder, f"requirement: {limit:g}ms", "requirement: 5ms")
    project_window.desk.touch()
    settle(qtbot, project_window)
    qtbot.waitUntil(lambda: "Stale: " in texts(page.inspector), timeout=LEAST_MS)
    (folder / "deployment_tests.yaml").write_text(kept, encoding="utf-8")
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert "Stale: " not in texts(page.inspector)


def test_that_a_damaged_file_is_said_and_what_to_do(page, project_window, qtbot):
    assert not page.requirements.damage.isVisible()
    (project_window.desk.project / "runs" / page._page.shown_run / "frames.parquet").write_bytes(b"garbage")
    project_window.desk.touch()
    settle(qtbot, project_window)
    said = texts(page.requirements.damage)
    assert "Run 1: frames.parquet is not what was recorded" in said
    assert "measure everything again" in said
    assert page.requirements.banner.chip.text == "Damaged"


def test_that_a_run_that_cannot_be_read_is_said_until_it_is_mended(page, project_window, qtbot):
    record = project_window.desk.project / "runs" / page._page.shown_run / "run.json"
    kept = record.read_bytes()
    record.write_bytes(kept[:100])
    project_window.desk.touch()
    settle(qtbot, project_window)
    said = texts(page.requirements.damage)
    assert "Run 1: the record" in said
    assert "run.json is damaged: it is no JSON" in said
    assert "measure everything again" in said
    page.show_tab("runs")
    settle(qtbot, project_window)
    page.results.tab.runs.table.selectRow(0)
    assert "Restore it from git or from a copy" in texts(page.results.inspector)
    page.show_tab("requirements")
    record.write_bytes(kept)
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert not page.requirements.damage.isVisible()


def test_that_a_chosen_run_that_is_gone_is_said_in_place_and_left(page, project_window, qtbot):
    run = page._page.shown_run
    page.show_run(run)
    settle(qtbot, project_window)
    shutil.rmtree(project_window.desk.project / "runs" / run)
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert f"No run {run} can be read here" in texts(page.requirements.unread)
    assert project_window.notice.isHidden()
    buttons = page.requirements.unread.findChildren(Button)
    next(button for button in buttons if button.accessibleName() == "Show what counts now").click()
    settle(qtbot, project_window)
    assert not page.requirements.unread.isVisible()
    assert page._page.title == "now"


def test_that_a_damaged_record_blocks_with_the_way_to_mend_it(page, project_window, qtbot):
    record = next((project_window.desk.project / "records" / "candidate").iterdir())
    kept = record.read_bytes()
    record.write_bytes(kept[:50])
    project_window.desk.touch()
    settle(qtbot, project_window)
    said = texts(page.requirements)
    assert f"{record.name} is damaged: it is no JSON. Restore it from git" in said
    assert not page.requirements._mend.isVisible()
    record.write_bytes(kept)
    project_window.desk.touch()
    settle(qtbot, project_window)
    assert not page.requirements._blocked.isVisible()


def test_that_latencies_that_cannot_be_read_say_so_in_their_place(project_window, qtbot, place):
    next((place.project / "runs").glob("*/frames.parquet")).write_bytes(b"garbage")
    project_window.show_page("verify")
    settle(qtbot, project_window)
    page = project_window.centre.page
    assert "cannot be read" in page.requirements.latency.histogram.accessibleName()
    assert page.requirements.damage.isVisible()


def test_that_while_a_run_goes_the_inspector_says_how_far_it_is(page, project_window, qtbot):
    row = row_of(page, "output_difference")
    page.requirements.choose(row.id)
    settle(qtbot, project_window)
    page._running = Running()
    for values in (("phase", {"outputs": 0.5}), ("overlap", {"output_difference": 0.0264, "frames": 12.0})):
        page._running.take(LiveValues("x", values[0], 0.0, values[1]))
    page._show_running()
    lines = next(one for one in page.inspector.findChildren(FactLines) if one.accessibleName() == "This run")
    assert "Measured so far: 0.0264; From: 12 frames; Done: 50 %" in lines.accessibleDescription()
    qtbot.waitUntil(lambda: "It is being measured" in texts(page.inspector), timeout=LEAST_MS)
    page._running.take(LiveValues("x", "phase", 0.0, {"outputs": 0.75}))
    page._show_running()
    assert "Done: 75 %" in lines.accessibleDescription()
    page._running = None
    page.refresh()
    settle(qtbot, project_window)
    assert "It is being measured" not in texts(page.inspector)


def test_that_the_table_gets_the_room_while_a_run_goes(page, project_window, qtbot):
    project_window.jobs_dock.set_opened(True)
    qtbot.waitUntil(project_window.jobs_dock.isVisible)
    page._running = Running()
    page._show_running()
    qtbot.wait(0)
    table = page.requirements.table
    seen = sum(
        table.visualRect(table.model().index(at, 0)).bottom() < table.viewport().height()
        for at in range(table.model().rowCount())
    )
    assert seen >= 8
    assert not page.requirements.way_out.isVisible()
    page._running = None


@pytest.fixture
def undecided(place):
    """The latency of the finished run is inconclusive."""
    (path,) = (place.project / "runs").glob("*/run.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    item = next(item for item in record["requirements"] if item["kind"] == "latency")
    item["verdict"] |= {"outcome": "INCONCLUSIVE", "lower": None, "details": {**item["verdict"]["details"]}}
    path.write_text(json.dumps(record), encoding="utf-8")
    return item["id"]


def ended(project_window, qtbot):
    for handle in project_window.bridge.running:
        handle.cancel()
    qtbot.waitUntil(lambda: not project_window.bridge.running, timeout=LEAST_MS)
    settle(qtbot, project_window)


@pytest.mark.parametrize("way", ["key", "button"])
def test_that_an_inconclusive_latency_is_measured_until_decided(undecided, page, project_window, qtbot, way):
    page.requirements.choose(undecided)
    settle(qtbot, project_window)
    assert row_of(page, "latency").can_decide
    orders = []
    project_window.bridge.started.connect(lambda _handle, order: orders.append(order))
    if way == "key":
        with qtbot.waitActive(project_window, timeout=LEAST_MS):
            project_window.activateWindow()
        page.requirements.table.setFocus()
        qtbot.waitUntil(page.requirements.table.hasFocus)
        qtbot.keyClick(page.requirements.table, Qt.Key.Key_M)
    else:
        button = page.requirements.way_out.decide
        assert button.isVisible()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert orders == [VerifyRequirements(project_window.desk.project, "bench", (undecided,), until_decided=True)]
    ended(project_window, qtbot)


def test_that_m_measures_nothing_where_a_row_is_decided(page, project_window, qtbot):
    page.requirements.choose(row_of(page, "detection_iou").id)
    settle(qtbot, project_window)
    assert not project_window.desk.actions.named("verify.decide").isEnabled()
    assert not page.requirements.way_out.decide.isVisible()


def test_that_only_what_is_stale_is_run_again_by_key(page, project_window, qtbot):
    assert not project_window.desk.actions.named("verify.stale").isEnabled(), "nothing is stale yet"
    limit = row_of(page, "latency").limit
    change_limit(project_window.desk.project, f"requirement: {limit:g}ms", "requirement: 90s")
    project_window.desk.touch()
    settle(qtbot, project_window)
    with qtbot.waitActive(project_window, timeout=LEAST_MS):
        project_window.activateWindow()
    page.requirements.table.setFocus()
    qtbot.waitUntil(page.requirements.table.hasFocus)
    qtbot.keyClick(page.requirements.table, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: row_of(page, "latency").run_number == 2, timeout=2 * LEAST_MS)
    settle(qtbot, project_window)
    assert {row.stale for row in page.requirements.table.rows.rows} == {""}
    (path,) = (project_window.desk.project / "runs").glob("0002-*/run.json")
    assert json.loads(path.read_text(encoding="utf-8"))["source"]["run"].startswith("0001-"), "nothing was measured"
    qtbot.waitUntil(lambda: not project_window.bridge.running, timeout=LEAST_MS)


@pytest.mark.slow
def test_that_a_run_fills_the_page_while_it_goes_and_its_verdicts_replace_the_old_ones(page, project_window, qtbot):
    row = next(row for row in page.requirements.table.rows.rows if row.kind == "latency")
    order = VerifyRequirements(project_window.desk.project, "bench", (row.id,))
    project_window.bridge.start(order)

    def now():
        return next(shown for shown in page.requirements.table.rows.rows if shown.id == row.id)

    qtbot.waitUntil(lambda: now().outcome == RUNNING, timeout=LEAST_MS)
    qtbot.waitUntil(lambda: now().outcome != RUNNING and now().run not in {"", row.run}, timeout=2 * LEAST_MS)
    settle(qtbot, project_window)
    assert now().run_number == 2
