"""A verification that has ended, opened on the Live page: figures beside limits are those that Verify says."""

from __future__ import annotations

from tests.window_lab.fixtures import LEAST_MS, settle


def open_first(project_window, qtbot):
    project_window.show_page("live")
    settle(qtbot, project_window)
    page = project_window.centre.page
    page.toolset.run.setCurrentIndex(1)
    settle(qtbot, project_window)
    return page


def test_that_tiles_of_a_whole_verification_say_what_verify_says(project_window, qtbot):
    project_window.show_page("verify")
    settle(qtbot, project_window)
    rows = {row.kind: row for row in project_window.centre.page.requirements.table.rows.rows}
    page = open_first(project_window, qtbot)
    tiles = page.tiles.tiles
    qtbot.waitUntil(lambda: tiles["throughput"].kpi.value is not None, timeout=LEAST_MS)
    assert abs(float(tiles["latency_p99"].kpi.value) - rows["latency"].value) <= 0.1
    assert abs(float(tiles["throughput"].kpi.value) / rows["throughput"].value - 1) <= 0.02
    assert tiles["latency_p99"].kpi.limit.startswith(rows["latency"].limit_text)


def test_that_figures_of_a_damaged_run_are_not_called_unmeasured(project_window, qtbot, place):
    next((place.project / "runs").glob("*/frames.parquet")).write_bytes(b"garbage")
    page = open_first(project_window, qtbot)
    tile = page.tiles.tiles["latency_p99"]
    qtbot.waitUntil(lambda: tile.kpi.nothing == "cannot be read", timeout=LEAST_MS)
    assert "cannot be read" in page.video.status.text()
