from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from targets.facts import BoardFacts
from targets.inventory import BoardEntry
from workbench.command import tables
from workbench.command.table import Table, fit_columns, print_table, style_of
from workbench.doctor import Finding, State
from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.optimise.layers import Layer
from workbench.pipeline.candidate_table import CandidateRow, CandidateSpeed
from workbench.pipeline.model_check import ModelSummary
from workbench.results.comparison import Comparison, Difference
from workbench.results.run_record import RequirementResult
from workbench.results.run_table import RunRow


def requirement(verdict: Verdict, *, confirmed: bool = True) -> RequirementResult:
    return RequirementResult(
        id="REQ-1", path="latency", kind="latency", title="latency p99", criterion="", limit_text="≤ 50 ms",
        confirmed=confirmed, verifies=(), defaults=(), verdict=verdict,
    )  # fmt: skip


def test_that_a_verdict_shows_what_was_measured_its_interval_and_why():
    verdict = Verdict(outcome=Outcome.PASS, value=0.0123, lower=0.012, upper=0.0131, unit="s", reason="wholly inside")
    table = tables.verdict_table([requirement(verdict)])
    assert table.columns == ("id", "criterion", "measured", "interval", "limit", "verdict", "reason")
    assert table.rows == (("REQ-1", "latency p99", "12.3 ms", "12 ms to 13.1 ms", "≤ 50 ms", "PASS", "wholly inside"),)


def test_that_ids_are_shown_without_what_all_of_them_begin_with():
    verdict = Verdict(outcome=Outcome.PASS, value=1.0, reason="inside")
    results = [replace(requirement(verdict), id=f"MLE-1/{name}") for name in ("latency", "memory-peak")]
    table = tables.verdict_table(results, "Run 7", reasons=False)
    assert [row[0] for row in table.rows] == ["latency", "memory-peak"]
    assert (table.title, table.columns[-1]) == ("Run 7 of MLE-1", "verdict")
    named = tables.verdict_table([*results, requirement(verdict)])
    assert [row[0] for row in named.rows] == ["MLE-1/latency", "MLE-1/memory-peak", "REQ-1"]


def test_that_what_was_not_measured_is_no_number_and_an_unconfirmed_limit_is_said():
    table = tables.verdict_table([requirement(not_measured("no sensor"), confirmed=False)])
    assert table.rows == (
        ("REQ-1", "latency p99 (limit not confirmed)", "—", "—", "≤ 50 ms", "NOT MEASURED", "no sensor"),
    )


RUN = RunRow(
    number=12, run="0012-20261124T091500Z-ab12", created="2026-11-24T09:15:00Z", state="finished", quick=True,
    only="continuous_operation, functional_equivalence", board="this-machine", candidate="int8-k12", passed=10,
    failed=0, inconclusive=12, not_measured=1, latency_pass="back_to_back",  # noqa: S106 - a pass of the latency phase
    latency_p99_ms=103.25, detection_iou=0.0,
    verdict="INCONCLUSIVE of a part (continuous_operation, functional_equivalence), quick",
)  # fmt: skip


def test_that_a_run_that_measured_nothing_shows_no_zero():
    cells = dict(zip(*(tables.runs_table([RUN]).columns, tables.runs_table([RUN]).rows[0]), strict=True))
    assert (cells["run"], cells["id"], cells["created, UTC"]) == ("12", RUN.run, "2026-11-24 09:15")
    assert (cells["p50 ms"], cells["p99 ms"], cells["latency pass"]) == ("—", "103.2", "back to back")
    assert (cells["IoU"], cells["mAP50"]) == ("0", "—")
    assert cells["requirements"] == "10 PASS, 12 INCONCLUSIVE, 1 NOT MEASURED"
    assert cells["verdict"] == RUN.verdict


@pytest.mark.parametrize("width", [80, 100, 160])
def test_that_the_runs_on_a_screen_have_whole_words(width: int):
    rows = [RUN, RunRow(13, "0013-20261124T101500Z-ab12", "", "unfinished")]
    screen = io.StringIO()
    print_table(
        tables.runs_table(rows, width), RichConsole(file=screen, force_terminal=True, width=width, color_system=None)
    )
    text = screen.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    shown = text.split()
    for word in (
        "12",
        "2026-11-24",
        "09:15",
        "this-machine",
        "int8-k12",
        "INCONCLUSIVE",
        "equivalence),",
        "unfinished:",
    ):
        assert word in shown
    assert ("103" in shown) == (width >= 100)
    assert RUN.run not in text


def test_that_columns_break_no_word_before_they_must():
    rows = (("Temperature of the board", "INCONCLUSIVE", "b" * 30), ("Latency", "PASS", "so few"))
    table = Table(("criterion", "verdict", "reason"), rows)
    assert fit_columns(table, 200) == [24, 12, 30]
    assert fit_columns(table, 70) == [22, 12, 30]
    assert fit_columns(table, 60) == [12, 12, 30]
    assert fit_columns(table, 50) == [11, 12, 21]
    assert min(fit_columns(table, 5)) >= 1


def test_that_only_a_whole_pass_is_green():
    assert style_of("PASS") == "green"
    assert style_of("PASS of a part (memory)") == style_of("PASS, quick") == "yellow"
    assert style_of("FAIL, quick") == style_of("FAIL")


def test_that_a_comparison_shows_the_difference_with_its_interval():
    row = Difference(
        "p",
        "latency",
        "s",
        0.010,
        0.012,
        "PASS",
        "FAIL",
        0.002,
        0.001,
        None,
        "different",
        "different: B",
        "over 10 starts",
    )
    table = tables.comparison_table(Comparison("r1", "r2", (row,), ()))
    figures = ("latency", "10 ms", "PASS", "12 ms", "FAIL")
    assert table.rows == ((*figures, "2 ms", "1 ms to open", "different: B", "over 10 starts"),)
    assert table.title == "A = r1, B = r2"
    narrow = tables.comparison_table(Comparison("r1", "r2", (row,), ()), screen=True)
    assert narrow.rows == ((*figures, "different: B", "over 10 starts"),)


def test_that_facts_that_are_not_known_are_not_shown_as_zero():
    table = tables.facts_table("jetson", BoardFacts(cores=6, policy="a newer policy"))
    shown = {row[0]: row[1] for row in table.rows}
    assert (shown["cores"], shown["memory"], shown["refuses changes"]) == ("6", "—", "a newer policy")


def test_that_a_candidate_shows_its_error_and_its_speed_where_they_are_known():
    speed = CandidateSpeed("desk", "r1", 4.25, None, quick=True)
    error = {"boxes_snr_db": 42.21, "boxes_max_abs": 3.0, "scores_snr_db": None}
    known = CandidateRow("int8", "a" * 64, "2026", "int8", (), "b" * 64, None, {}, 3_750_000, error, True, (speed,))
    unknown = replace(known, error={}, speed=(), keep=("/a/*", "/b"))
    a, b, speed_text = "a" * 12, "b" * 12, "desk: p50 4.25 ms, p99 — ms, quick"
    assert tables.candidates_table([known, unknown]).rows == (
        ("int8", a, "2026", "3.75", b, "—", "", "42.21", "—", speed_text),
        ("int8", a, "2026", "3.75", b, "—", "/a/*,/b", "—", "—", "—"),
    )


def test_that_boards_and_findings_are_listed():
    assert tables.boards_table([BoardEntry("desk", "local")]).rows == (("desk", "local", "here", "usual", "usual"),)
    finding = Finding("git", State.WARNING, "not there", "apt-get install git")
    assert tables.doctor_table([finding]).rows == (("git", "warning", "not there", "apt-get install git"),)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_that_a_table_in_a_terminal_keeps_every_word(tmp_path: Path, width: int):
    table = Table(("id", "reason"), (("REQ-1", "the interval reaches past the limit"), ("REQ-2", "[red]kept[/red]")))
    with (tmp_path / "screen").open("w+") as screen:
        print_table(table, RichConsole(file=screen, force_terminal=True, width=width, no_color=True))
        screen.seek(0)
        text = " ".join(screen.read().split())
    for word in ("REQ-1", "interval", "limit", "[red]kept[/red]"):
        assert word in text


def test_that_layers_have_their_share_and_what_is_not_known_is_no_number():
    layers = (
        Layer("/stem", "Conv", (1, 16, 24, 24), 448, 3_000),
        Layer("/head", "MatMul", (1, None, 8), 64, 1_000),
        Layer("/gate", "LSTM", None, None, None),
    )
    model = replace(MODEL, layers=layers, mac_count=4_000)
    table = tables.layers_table(model)
    assert table.rows == (
        ("/stem", "Conv", "[1, 16, 24, 24]", "448", "3,000", "75.0 %"),
        ("/head", "MatMul", "[1, ?, 8]", "64", "1,000", "25.0 %"),
        ("/gate", "LSTM", "—", "—", "—", "—"),
        ("3 layers", "", "", "—", "4,000", ""),
    )
    assert tables.layers_table(replace(model, mac_count=None)).rows[0][-1] == "—"


def test_that_a_model_is_told_whole():
    model = replace(
        MODEL, changes=("the axis 0 was fixed at 1",), external=(("w.bin", 2_500_000),), mac_count=4_370_000_000,
        operators=(("Conv", 64), ("Relu", 3)), other_opsets=(("com.microsoft", 1),), suppression=("NonMaxSuppression",),
        metadata=(("names", "{}"), ("imgsz", "640")), precision="float32",
    )  # fmt: skip
    rows = {row[0]: row[1] for row in tables.model_table(model).rows}
    assert rows["data beside it"] == "w.bin, 2.50 MB"
    assert rows["made by"] == "pytorch 2, opset 17, com.microsoft 1, IR 8"
    assert rows["changed"] == "the axis 0 was fixed at 1"
    assert rows["multiply-accumulates"] == "4.37 billion"
    assert rows["operators"] == "Conv 64, Relu 3"
    assert (rows["suppression inside"], rows["metadata"], rows["FP32 means"]) == (
        "NonMaxSuppression",
        "names, imgsz",
        "float32",
    )


MODEL = ModelSummary(
    file="models/a.onnx", sha256="ab" * 32, size_bytes=12_000_000, opset=17, ir_version=8, producer="pytorch 2",
    inputs=("images float32[1, 3, 640, 640]",), outputs=("output0 float32[1, 84, 8400]",), head="yolov8",
    head_reason="one output", class_names=(), class_names_from="nobody: they are numbered", parameter_count=3_000_000,
    node_count=200, weight_dtype="float32", quantisation=None,
)  # fmt: skip
