"""The table of runs as CSV and XLSX."""

from __future__ import annotations

import io
from dataclasses import replace

from workbench.results.run_table import RunRow, table_csv, table_xlsx

ROW = RunRow(
    run="0001-x", created="2026-11-24T09:15:00Z", state="finished", quick=False, board="this-machine", model="M",
    candidate="int8", precision="INT8", latency_p50_ms=9.8, latency_p99_ms=12.3, throughput_fps=None,
    memory_peak_mb=130.0, detection_iou=0.95, map50=None, map50_95=None, verdict="PASS",
)  # fmt: skip


def test_that_not_measured_is_an_empty_cell_and_never_0() -> None:
    header, line = table_csv([ROW]).splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["throughput_fps"] == ""
    assert cells["latency_p99_ms"] == "12.3"


def test_that_a_name_cannot_become_a_formula() -> None:
    from openpyxl import load_workbook

    row = replace(ROW, board='=HYPERLINK("x")')
    sheet = load_workbook(io.BytesIO(table_xlsx([row]))).active
    assert sheet is not None
    cell = sheet.cell(2, 5)
    assert cell.data_type == "s"
    assert "'=HYPERLINK" in table_csv([row])
