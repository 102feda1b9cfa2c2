"""The table of layers and its filter."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from workbench.model.layer_filter import match_layers
from workbench.model.layer_table import short_names
from workbench.session import Session
from workbench.views.model import LayerRow, LayerTable, export_layers, filter_layers, read_layers


def row(name: str, operator: str, parameters: int, macs: int, precisions: tuple[str, ...]) -> LayerRow:
    return LayerRow(name, name, operator, "64×48×80", parameters, "", macs, "", macs / 1e9, "", None, precisions)


TABLE = LayerTable(
    rows=(
        row("/22/cv2.0/conv", "Conv 3x3", 36_928, 141_600_000, ("float", "fp16")),
        row("/22/cv3.0/conv", "Conv 3x3", 36_928, 141_600_000, ("int8", "fp16")),
        row("/1/conv", "Conv 3x3 /2", 4_640, 70_800_000, ("int8", "fp16")),
        row("/out/MatMul", "MatMul", 900, 1_000_000, ("int8", "fp16")),
    ),
    candidates=("int8-k1", "fp16"),
    missing=(),
    weighted=4,
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ("op:conv macs>100M", [0, 1]),
        ("op:matmul", [3]),
        ("params>=4640 params<36928", [2]),
        ("name:/22/*", [0, 1]),
        ("cv3", [1]),
        ("share>10%", [0, 1]),
        ("kept:", [0]),
        ("kept:int8-k1", [0]),
        ("kept:fp16", []),
        ("int8: -name:/1/*", [1, 3]),
        ("fp16:fp16 macs<2M", [3]),
        ("out:64x48", [0, 1, 2, 3]),
        ("-op:conv", [3]),
    ],
)
def test_that_every_condition_of_a_filter_holds(text: str, rows: list[int]) -> None:
    match = match_layers(TABLE, text)
    assert list(match.rows) == rows
    assert match.problem == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("macs>x", "macs>x: give a number"),
        ("macs>1.2.3", "1.2.3 is no number"),
        ("macs>5%", "macs has no unit %"),
        ("kept:int9", "there is no candidate int9"),
    ],
)
def test_that_what_is_not_understood_is_said_and_left_out(text: str, problem: str) -> None:
    match = match_layers(TABLE, f"{text} op:conv")
    assert problem in match.problem
    assert list(match.rows) == [0, 1, 2]


def test_that_a_filter_over_ten_thousand_layers_takes_no_time_that_a_person_sees() -> None:
    rows = tuple(
        row(f"/layer.{number}/conv", "Conv 3x3", number, number * 1000, ("int8", "fp16")) for number in range(10_000)
    )
    table = LayerTable(rows, ("int8", "fp16"), (), 10_000)
    started = time.process_time()
    match = match_layers(table, "op:conv macs>4M name:/layer.* -kept: int8:")
    assert len(match.rows) == 5_999
    assert time.process_time() - started < 1.0


def test_that_the_layers_of_a_model_are_told_largest_first(session: Session, project: Path) -> None:
    table = read_layers(session, project)
    assert (len(table.rows), table.weighted, table.candidates) == (57, 57, ())
    macs = [layer.macs or 0 for layer in table.rows]
    assert macs == sorted(macs, reverse=True)
    assert abs(sum(layer.share or 0 for layer in table.rows) - 1) < 1e-9
    assert table.rows[0].operator.startswith("Conv 3")
    assert filter_layers(session, project, "op:conv macs>40M").text == "2 of 57 layers"


def test_that_what_a_filter_leaves_is_written_as_a_table(session: Session, project: Path, tmp_path: Path) -> None:
    said = export_layers(session, project, "macs>40M", tmp_path / "layers.csv")
    with (tmp_path / "layers.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert said == "2 layers written to layers.csv"
    assert [int(one["macs"]) > 40_000_000 for one in rows] == [True, True]


def test_that_names_are_shortened_to_what_tells_them_apart() -> None:
    names = [
        "/model.22/cv2.0/conv/Conv",
        "/model.22/cv3.0/conv/Conv",
        "/model.1/conv/Conv",
        "/model.9/Conv_12",
        "Conv_1",
    ]
    assert list(short_names(names).values()) == ["cv2.0/conv", "cv3.0/conv", "model.1/conv", "model.9", "Conv_1"]
