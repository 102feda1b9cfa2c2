"""Raw results for other programs: every row, in words, streamed, and no formula."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.workbench.reports.conftest import _record
from workbench.base.errors import Cancelled
from workbench.base.hashing import sha256_file
from workbench.results.cells import MOST_LETTERS, guard_cell
from workbench.results.raw_files import write_csv, write_xlsx
from workbench.results.raw_tables import RawTable, raw_tables
from workbench.results.run_record import RunRecord
from workbench.telemetry.freeze import encode_parquet

from .kept_run import compare_sides, detect, draw_objects, keep_run


def keep_going() -> None:
    """Nobody cancels."""


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, RunRecord]:
    """A run with all tables; two frames of latency, one of them an error."""
    objects = draw_objects(5)
    frames = {
        "mono_ns": np.array([5, 6], np.int64),
        "phase": np.array([0, 0], np.int16),
        "pass": np.array([1, 9], np.int16),
        "latency_us": np.array([1234.5, np.nan], np.float32),
        "error": np.array([0, 1], np.int16),
    }
    run = keep_run(tmp_path / "run", compare_sides(detect(objects, 1, 2), detect(objects, 2, 3)), objects,
                   extra={"frames.parquet": frames}, requirements=_record({}).requirements)  # fmt: skip
    phases = [{"kind": "latency", "passes": ["back_to_back", "paced"]}]
    return tmp_path / "run", replace(run, figures={**run.figures, "phases": phases})


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_that_every_table_is_a_file_and_every_row_a_line(kept: tuple[Path, RunRecord], tmp_path: Path) -> None:
    write_csv(raw_tables(*kept), tmp_path / "raw", keep_going)
    counts = {table.name: table.count for table in raw_tables(*kept)}
    assert {path.stem for path in (tmp_path / "raw").iterdir()} == set(counts)
    assert {"requirements", "frames", "detections", "detections_weak", "matches", "samples"} <= set(counts)
    for name, count in counts.items():
        assert len(read_csv((tmp_path / "raw" / f"{name}.csv").read_text(encoding="utf-8"))) == count, name


def test_that_numbers_that_stand_for_something_are_its_name(kept: tuple[Path, RunRecord], tmp_path: Path) -> None:
    write_csv(raw_tables(*kept), tmp_path / "raw", keep_going)
    first, second = read_csv((tmp_path / "raw" / "frames.csv").read_text())
    assert (first["phase"], first["pass"], first["latency_us"]) == ("latency", "paced", "1234.5")
    assert (second["pass"], second["latency_us"]) == ("9", "")
    found = read_csv((tmp_path / "raw" / "detections.csv").read_text())
    assert {row["side"] for row in found} == {"reference", "device"}
    assert {row["class"] for row in found} == {"car", "sign"}
    named = read_csv((tmp_path / "raw" / "requirements.csv").read_text())
    assert [row["verdict"] for row in named] == ["PASS", "INCONCLUSIVE", "FAIL", "NOT MEASURED", "PASS"]
    assert named[3]["value"] == ""


def test_that_a_zip_holds_the_same_files_and_equal_runs_give_equal_bytes(
    kept: tuple[Path, RunRecord], tmp_path: Path
) -> None:
    for name in ("a.zip", "b.zip"):
        write_csv(raw_tables(*kept), tmp_path / name, keep_going)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    write_csv(raw_tables(*kept), tmp_path / "raw", keep_going)
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        for path in (tmp_path / "raw").iterdir():
            assert packed.read(path.name) == path.read_bytes()


def test_that_a_workbook_has_a_sheet_a_table_and_says_what_they_are(
    kept: tuple[Path, RunRecord], tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    write_xlsx(raw_tables(*kept), kept[1], tmp_path / "raw.xlsx", keep_going)
    book = load_workbook(tmp_path / "raw.xlsx", read_only=True)
    counts = {table.name: table.count for table in raw_tables(*kept)}
    assert book.sheetnames == ["about", *counts]
    for name, count in counts.items():
        assert len(list(book[name].iter_rows())) == count + 1, name
    about = [row[0].value for row in book["about"].iter_rows() if row]
    assert set(counts) <= set(about)
    book.close()


def count_up(rows: int) -> RawTable:
    def numbers() -> Iterator[tuple[int]]:
        yield from ((number,) for number in range(rows))

    return RawTable("frames", "A number.", ("number",), rows, numbers)


@pytest.mark.parametrize(("rows", "sheets"), [(0, 1), (1, 1), (9, 1), (10, 2), (18, 2), (19, 3)])
def test_that_more_rows_than_a_sheet_holds_go_on_in_another(rows: int, sheets: int, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    write_xlsx([count_up(rows)], _record({}), tmp_path / "raw.xlsx", keep_going, sheet_rows=10)
    book = load_workbook(tmp_path / "raw.xlsx")
    names = book.sheetnames[1:]
    assert names == ["frames", "frames (2)", "frames (3)"][:sheets]
    found = [[cell.value for (cell,) in book[name].iter_rows()] for name in names]
    assert all(part[0] == "number" and len(part) <= 10 for part in found)
    assert [value for part in found for value in part[1:]] == list(range(rows))
    said = [row[2].value for row in book["about"].iter_rows() if row[0].value == "frames"]
    assert ("go on in frames (2)" in str(said)) is (sheets > 1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_that_text_is_never_a_formula(text: str) -> None:
    assert str(guard_cell(text)).startswith("'")


def test_that_cells_are_what_spreadsheets_take() -> None:
    assert guard_cell(float("nan")) is None
    assert guard_cell(-1.5) == -1.5
    assert guard_cell("a\x00b\x1b") == "a�b�"
    long = guard_cell("x" * 40_000)
    assert len(str(long)) == MOST_LETTERS
    assert str(long).endswith("(cut: 40000 letters)")
    with pytest.raises(TypeError):
        guard_cell([1])


def test_that_hostile_names_reach_a_workbook_as_text(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    run = _record({})
    item = replace(run.requirements[0], title='=HYPERLINK("x")\x00', id="@a")
    write_xlsx(raw_tables(tmp_path, replace(run, requirements=(item,))), run, tmp_path / "raw.xlsx", keep_going)
    sheet = load_workbook(tmp_path / "raw.xlsx")["requirements"]
    assert [cell.data_type for cell in sheet[2][:3]] == ["s", "s", "s"]


def test_that_a_cancelled_export_leaves_nothing(tmp_path: Path) -> None:
    def cancel() -> None:
        raise Cancelled

    for path, write in (("raw.zip", write_csv), ("raw.xlsx", None)):
        arguments: Any = ([count_up(9)], tmp_path / path, cancel)
        with pytest.raises(Cancelled):
            write(*arguments) if write else write_xlsx(arguments[0], _record({}), *arguments[1:])
    assert list(tmp_path.iterdir()) == []


def test_that_a_long_table_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    import tracemalloc

    count = 60_000
    table = {"mono_ns": np.arange(count, dtype=np.int64), "power_w": np.random.default_rng(1).normal(size=count)}
    (tmp_path / "telemetry.parquet").write_bytes(encode_parquet(table))
    run = _record({"telemetry.parquet": sha256_file(tmp_path / "telemetry.parquet")})
    write_csv(raw_tables(tmp_path, replace(run, files={})), tmp_path / "raw.zip", keep_going)  # imports are no rows
    tracemalloc.start()
    write_csv(raw_tables(tmp_path, run), tmp_path / "raw.zip", keep_going)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6


@pytest.mark.parametrize(("name", "cell"), [("=1+1", "'=1+1"), ("A\x00da", "A�da")])
def test_that_what_a_foreign_run_says_of_itself_is_text(name: str, cell: str, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    run = _record({})
    write_xlsx([count_up(1)], replace(run, by=replace(run.by, name=name)), tmp_path / "raw.xlsx", keep_going)
    about = load_workbook(tmp_path / "raw.xlsx")["about"]
    (found,) = [row[1] for row in about.iter_rows() if row[0].value == "made by"]
    assert (found.value, found.data_type) == (cell, "s")
