"""The table of runs as CSV and XLSX."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.unit.workbench.reports.conftest import _record
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome, with_details
from workbench.results.run_table import WIDEST, RunRow, summarise_run, table_csv, table_xlsx, unfinished_row, write_runs

ROW = RunRow(
    number=1, run="0001-x", created="2026-11-24T09:15:00Z", state="finished", quick=False, board="this-machine",
    model="M", candidate="int8", precision="INT8", latency_p50_ms=9.8, latency_p99_ms=12.3, throughput_fps=None,
    memory_peak_mb=130.0, detection_iou=0.95, map50=None, map50_95=None, verdict="PASS",
)  # fmt: skip


def test_that_not_measured_is_an_empty_cell_and_never_0() -> None:
    header, line = table_csv([ROW]).splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["throughput_fps"] == ""
    assert cells["latency_p99_ms"] == "12.3"


def test_that_the_precision_is_that_of_what_ran_and_not_of_what_the_documents_ask_for() -> None:
    run = _record({})
    other = replace(run, chain={**run.chain, "candidate": {"name": "fp16", "recipe": "fp16"}})
    assert other.project["precision"] == "INT8"
    assert summarise_run(other).precision == "FP16"
    assert summarise_run(replace(run, chain={})).precision == "INT8"


def test_that_a_board_without_power_modes_is_in_none() -> None:
    run = _record({})
    assert run.power_mode == ""
    assert replace(run, board={"name": "orin", "facts": {"power_mode": "25W"}}).power_mode == "25W"


def test_that_a_name_cannot_become_a_formula() -> None:
    from openpyxl import load_workbook

    row = replace(ROW, board='=HYPERLINK("x")')
    sheet = load_workbook(io.BytesIO(table_xlsx([row]))).active
    assert sheet is not None
    cell = sheet.cell(2, _column("board"))
    assert cell.data_type == "s"
    assert "'=HYPERLINK" in table_csv([row])


def _column(name: str) -> int:
    return table_csv([ROW]).splitlines()[0].split(",").index(name) + 1


def test_that_a_workbook_has_dates_and_columns_that_fit() -> None:
    from openpyxl import load_workbook

    row = replace(ROW, verdict="PASS of a part (" + "a, " * 40 + "b)", only="memory")
    sheet = load_workbook(io.BytesIO(table_xlsx([row, unfinished_row("0002-y")]))).active
    assert sheet is not None
    assert sheet.cell(2, _column("created")).value == datetime(2026, 11, 24, 9, 15)  # noqa: DTZ001 - as sheets have it
    assert sheet.cell(3, _column("created")).value is None
    widths = {sheet.cell(1, number + 1).value: one.width for number, one in enumerate(sheet.column_dimensions.values())}
    assert widths["verdict"] == WIDEST
    assert widths["board"] == len("this-machine") + 3


def test_that_a_part_or_a_quick_run_never_looks_whole() -> None:
    run = _record({})
    good = tuple(item for item in run.requirements if item.verdict.outcome is Outcome.PASS)
    part = replace(run, requirements=good, only=("memory", "validation"))
    assert summarise_run(part).verdict == "PASS of a part (memory, validation)"
    assert summarise_run(part).only == "memory, validation"
    assert summarise_run(replace(run, requirements=good, quick=True)).verdict == "PASS, quick"
    assert summarise_run(replace(run, requirements=good)).verdict == "PASS"
    again = summarise_run(replace(run, requirements=good, source={"run": "0002-x", "sha256": "a"}))
    assert (again.verdict, again.source) == ("PASS, judged again", "0002-x")


def test_that_requirements_are_counted_by_their_outcome() -> None:
    row = summarise_run(_record({}))
    assert (row.number, row.passed, row.failed, row.inconclusive, row.not_measured) == (3, 2, 1, 1, 1)
    unfinished = unfinished_row("0012-20261124T091500Z-ab12")
    assert (unfinished.number, unfinished.passed, unfinished.verdict) == (12, None, "")


@pytest.mark.parametrize(("judged", "p99_ms"), [("paced", 20.0), ("back_to_back", 10.0)])
def test_that_percentiles_are_those_of_the_pass_that_was_judged(judged: str, p99_ms: float) -> None:
    run = _record({})
    latency = replace(run.requirements[0], verdict=with_details(run.requirements[0].verdict, judged=judged))
    figures = {"latency": {"p50_us": 1.0, "p99_us": 1e4}, "latency_paced": {"p50_us": 2.0, "p99_us": 2e4}}
    row = summarise_run(replace(run, requirements=(latency,), figures=figures))
    assert (row.latency_pass, row.latency_p99_ms) == (judged, p99_ms)
    without = summarise_run(replace(run, requirements=(latency,), figures={}))
    assert (without.latency_pass, without.latency_p99_ms) == ("", None)


def test_that_no_folder_is_made_for_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        write_runs(tmp_path / "tables" / "runs.csv", [ROW])
    assert list(tmp_path.iterdir()) == []
    write_runs(tmp_path / "runs.csv", [ROW])
    assert (tmp_path / "runs.csv").read_text().startswith("number,run,created,")
