"""Which plots a report has, also where a run measured little or nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.evaluate.verdict import not_measured
from workbench.reports.figures import draw_figures
from workbench.reports.plots import Line, histogram, thin_extremes, timeline
from workbench.results.run_record import RunRecord
from workbench.telemetry.freeze import read_parquet

from .conftest import MakeRun, page_of, write_table

pytestmark = pytest.mark.slow

ALL = [
    "Latency: how often",
    "Latency: when",
    "Overlap with the reference",
    "Difference of the outputs",
    "Memory of the engine's process",
    "Processor",
]


def titles(folder: Path, run: RunRecord) -> list[str]:
    return [figure.title for figure in draw_figures(folder, run)]


def rewrite(folder: Path, name: str, **columns: Any) -> None:
    table = read_parquet(folder / name)
    write_table(folder / name, {**table, **columns})


def test_that_each_table_has_its_plots_in_the_order_of_the_report(make_run: MakeRun) -> None:
    assert titles(*make_run()) == ALL


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("frames.parquet", ALL[2:]),
        ("matches.parquet", ALL[:2] + ALL[3:]),
        ("equivalence.parquet", ALL[:3] + ALL[4:]),
        ("telemetry.parquet", ALL[:4]),
    ],
)
def test_that_a_table_that_is_absent_or_empty_has_no_plot(make_run: MakeRun, name: str, left: list[str]) -> None:
    folder, run = make_run()
    absent = replace(run, files={key: value for key, value in run.files.items() if key != name})
    assert titles(folder, absent) == left
    table = read_parquet(folder / name)
    write_table(folder / name, {key: column[:0] for key, column in table.items()})
    assert titles(folder, run) == left


def test_that_what_was_not_measured_is_not_drawn(make_run: MakeRun) -> None:
    folder, run = make_run()
    rows = len(read_parquet(folder / "frames.parquet")["latency_us"])
    rewrite(folder, "frames.parquet", latency_us=np.full(rows, np.nan, np.float32))
    rewrite(folder, "equivalence.parquet", rms=np.full(60, np.nan))
    assert titles(folder, run) == ["Overlap with the reference", "Memory of the engine's process", "Processor"]


def test_that_one_damaged_latency_does_not_hide_the_others(make_run: MakeRun) -> None:
    folder, run = make_run()
    latency = read_parquet(folder / "frames.parquet")["latency_us"].copy()
    latency[3:5] = np.nan, np.inf
    rewrite(folder, "frames.parquet", latency_us=latency)
    assert titles(folder, run) == ALL


def test_that_all_times_count_from_the_same_moment(make_run: MakeRun) -> None:
    folder, run = make_run()
    moments = read_parquet(folder / "frames.parquet")["mono_ns"]
    rewrite(folder, "frames.parquet", mono_ns=moments + 50 * 10**9)
    figures = {figure.title: figure.chart.svg() for figure in draw_figures(folder, run)}
    shown = [int(text) for text in re.findall(r">(\d+)</text>", figures["Latency: when"])]
    assert 50 in shown


def test_that_a_run_without_phases_has_no_latency_plot(make_run: MakeRun) -> None:
    folder, run = make_run(figures={})
    assert titles(folder, run) == ALL[2:]


def test_that_limits_that_were_not_measured_still_give_a_page(make_run: MakeRun) -> None:
    folder, run = make_run()
    results = tuple(
        replace(item, verdict=not_measured("nothing", limit=1.0, unit=unit))
        for item, unit in zip(run.requirements, ("furlongs", "", "MB/h", "°C", "s"), strict=True)
    )
    assert titles(folder, replace(run, requirements=results)) == ALL


def test_that_a_page_without_any_measurement_can_be_made(make_run: MakeRun) -> None:
    folder, run = make_run(files={}, worst=(), figures={}, requirements=(), chain={}, machine={}, tools={}, settings={})
    page = page_of(folder, run)
    assert "Measurements" not in page
    assert "NOT MEASURED" in page


def test_that_a_record_cannot_show_files_from_outside_its_folder(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"a key")
    folder, run = make_run()
    outside = {"sample": 0, "name": "x", "overlay": "../secret", "text": "x"}
    page = page_of(folder, replace(run, worst=(outside,)))
    assert "YSBrZXk" not in page
    with pytest.raises(Exception, match="outside"):
        page_of(folder, replace(run, files={**run.files, "../secret": "0" * 64}, worst=(outside,)))


def test_that_facts_that_a_board_lacks_are_not_called_measurements(make_run: MakeRun) -> None:
    page = page_of(*make_run(machine={"during": {"power_w": None}}, board={"facts": {"policy": None}}))
    cells = dict(re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", page))
    assert cells["during / power w"] == "not measured"
    assert cells["facts / policy"] == "—"


def test_that_peaks_survive_thinning_and_gaps_stay_gaps() -> None:
    x, y = np.arange(100_000) / 10, np.zeros(100_000)
    y[71_234], y[50_000:60_000] = 9.0, np.nan
    thin_x, thin_y = thin_extremes(x, y, 200)
    assert len(thin_y) <= 200
    assert np.nanmax(thin_y) == 9.0
    assert thin_x[np.nanargmax(thin_y)] == 7123.4
    assert np.isnan(thin_y).any()


@pytest.mark.parametrize("values", [[], [5.0], [5.0] * 10, [1.0, np.inf, np.nan]])
def test_that_any_numbers_can_be_drawn_and_give_the_same_bytes(values: list[float]) -> None:
    numbers = np.array(values, float)
    for draw in (
        lambda: histogram({"x": numbers}, "ms", limit=3.0),
        lambda: timeline([Line("x", np.arange(len(numbers), dtype=float), numbers)], "ms", limit=3.0),
    ):
        assert draw().svg() == draw().svg()
        assert draw().png() == draw().png()
    assert json.dumps(histogram({"x": numbers}, "ms").svg()).startswith('"<svg')
