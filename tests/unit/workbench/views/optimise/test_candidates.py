"""The table of candidates: lineage, figures from the run that says most, limits, and what is stale or replaced."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from targets.inventory import BoardEntry, save_board
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.results.run_record import RequirementResult
from workbench.session import Session
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.values import CandidateRow, Candidates

ACCURACY = {
    side: {"map50": value, "intervals": {"map50": [value - 0.02, value + 0.02]}, "images": 40,
           "classes": {"car": {"map50": value}, "sign": {"map50": None}}}
    for side, value in (("reference", 0.9), ("device", 0.86))
}  # fmt: skip
LATENCY = {"p50_us": 9000.0, "p99_us": 21_000.0}


def result(kind: str, value: float, limit: float, outcome: Outcome, **more: Any) -> RequirementResult:
    ids = {"accuracy": "accuracy-map50", "latency": "latency", "detection_iou": "detection-iou"}
    unit, relation = ("ms", "<=") if kind == "latency" else ("", ">=")
    verdict = Verdict(outcome=outcome, value=value, limit=limit, relation=relation, unit=unit, reason="seen", **more)
    return RequirementResult(f"MLE-DEPLOY-1/{ids[kind]}", kind, kind, kind, "c", str(limit), True, (), (), verdict)


def all_pass(latency_ms: float = 21.0) -> tuple[RequirementResult, ...]:
    return (
        result("detection_iou", 0.97, 0.9, Outcome.PASS, lower=0.96, upper=0.98),
        result("accuracy", 0.86, 0.8, Outcome.PASS, lower=0.84, upper=0.88),
        result("latency", latency_ms, 50.0, Outcome.PASS, lower=latency_ms - 1, upper=latency_ms + 1,
               details={"judged": "back_to_back"}),
    )  # fmt: skip


def verified(writer: ChainWriter, requirements: tuple[RequirementResult, ...], **fields: Any) -> None:
    engine = writer.engine(writer.candidate(**fields))
    run_of(writer, engine, requirements)


def run_of(writer: ChainWriter, engine: Any, requirements: tuple[RequirementResult, ...], **fields: Any) -> None:
    release = writer.release(engine)
    chain = {
        "model": {"sha256": read_model_sha256(writer)},
        "candidate": {"sha256": engine.record.candidate_sha256, "name": "x"},
        "engine": {"sha256": engine.record.sha256},
        "release": {"sha256": release.record.manifest_sha256, "name": release.record.release},
    }
    figures = {"latency": LATENCY, "accuracy": ACCURACY}
    writer.run(release, **{"chain": chain, "figures": figures, "requirements": requirements, **fields})


def read_model_sha256(writer: ChainWriter) -> str:
    from workbench.pipeline.detector import open_detector

    return open_detector(writer.project).facts.sha256


def named(page: Candidates, name: str) -> CandidateRow:
    return next(row for row in page.rows if row.name == name)


def test_that_a_project_without_candidates_has_the_row_of_its_model(project: Path, session: Session) -> None:
    page = read_candidates(session, project)
    (row,) = page.rows
    assert (row.key, row.depth, row.error.text, row.iou.text) == ("model", 0, "reference", "reference")
    assert (row.map50.text, row.outcome_text) == ("not measured", "Not measured")
    assert row.map50.value is None
    assert page.plots[0].empty == "Nothing was measured on this-machine yet. Verify a candidate there."
    assert [limit.text for limit in page.limits] == ["≥ 0.9", "≥ 0.8", "≤ 50 ms"]


def test_that_the_whole_page_can_cross_to_the_window(project: Path, session: Session, writer: ChainWriter) -> None:
    verified(writer, all_pass())
    page = read_candidates(session, project)
    assert pickle.loads(pickle.dumps(page)) == page  # noqa: S301 - our own bytes


def test_that_a_verified_candidate_has_its_figures_with_intervals(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    verified(writer, all_pass(), error={"boxes_snr_db": 41.5, "scores_snr_db": 29.7})
    row = named(read_candidates(session, project), "int8")
    assert (row.map50.text, row.map50.interval, row.map50.outcome) == ("0.860", "0.840 … 0.880", "PASS")
    assert (row.iou.text, row.iou.interval) == ("0.970", "0.960 … 0.980")
    bench = next(speed for speed in row.speeds if speed.board == "bench")
    assert (bench.p99.text, bench.p99.interval, bench.p50.text) == ("21", "20 … 22", "9")
    assert (row.error.text, row.error.interval) == ("29.7", "scores")
    assert (row.outcome_text, row.is_wanted, row.stale) == ("Passes", True, "")
    assert row.command.startswith("slipway optimise ")
    assert [(item.name, item.change_text) for item in row.classes] == [("car", "−0.040"), ("sign", "–")]


def test_that_the_model_has_the_accuracy_that_runs_measured_of_it_and_a_verdict_by_the_same_rule(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    verified(writer, all_pass())
    model = read_candidates(session, project).rows[0]
    assert (model.map50.text, model.map50.interval, model.map50.outcome) == ("0.900", "0.880 … 0.920", "PASS")


def test_that_a_candidate_is_measured_where_it_ran_and_not_measured_elsewhere_in_words(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    save_board(BoardEntry("jetson", "ssh", "jetson"))
    verified(writer, all_pass())
    page = read_candidates(session, project)
    assert [board.name for board in page.boards] == ["this-machine", "jetson", "bench"]
    assert page.boards[2].trouble == "not known here"
    assert [speed.p99.text for speed in named(page, "int8").speeds] == ["not measured", "not measured", "21"]


def test_that_the_limits_that_break_are_named_with_their_board(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    broken = (
        result("detection_iou", 0.8, 0.9, Outcome.FAIL),
        result("accuracy", 0.86, 0.8, Outcome.INCONCLUSIVE),
        result("latency", 60.0, 50.0, Outcome.FAIL),
    )
    verified(writer, broken)
    row = named(read_candidates(session, project), "int8")
    assert (row.outcome_text, row.reason) == ("Fails", "IoU, latency p99 on bench")


def test_that_what_is_only_undecided_is_inconclusive(project: Path, session: Session, writer: ChainWriter) -> None:
    passed = all_pass()
    verified(writer, (*passed[:2], result("latency", 21.0, 50.0, Outcome.INCONCLUSIVE)))
    row = named(read_candidates(session, project), "int8")
    assert (row.outcome_text, row.reason) == ("Inconclusive", "latency p99 on bench not decided yet")


def test_that_keep_lists_stand_below_the_plain_candidate_that_they_vary(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    plain = writer.candidate()
    writer.candidate(b"kept", name="int8-k1", keep=("/head/*",), kept_nodes=("/head/Conv",))
    writer.candidate(b"half", name="fp16", recipe="fp16", precision="fp16", calibration=None)
    page = read_candidates(session, project)
    assert [(row.name, row.depth) for row in page.rows] == [("fp32", 0), ("fp16", 1), ("int8", 1), ("int8-k1", 2)]
    assert named(page, "int8-k1").parent == plain.id
    assert named(page, "int8-k1").recipe == "1 kept in float, percentile, 3 frames"
    assert "--keep '/head/*'" in named(page, "int8-k1").command


def test_that_the_cleaned_copy_is_the_row_of_the_model(project: Path, session: Session, writer: ChainWriter) -> None:
    copied = {"name": "fp32", "recipe": "fp32", "precision": "fp32", "calibration": None}
    verified(writer, all_pass(30.0), content=b"copy", **copied)
    (row,) = read_candidates(session, project).rows
    assert row.key == "model"
    assert next(speed for speed in row.speeds if speed.board == "bench").p99.text == "30"


def test_that_a_newer_candidate_of_the_same_recipe_replaces_an_older_one(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    old = writer.candidate(b"old", "2026-01-01T10:00:00Z", tools={"onnx": "0"})
    writer.candidate(b"new")
    page = read_candidates(session, project)
    assert page.replaced == (f"int8 {old.record.sha256[:6]}",)
    replaced = next(row for row in page.rows if row.is_replaced)
    assert replaced.stale.startswith("tools changed")
    assert named(page, "int8").is_wanted


def test_that_a_changed_model_makes_candidates_and_their_figures_stale(
    project: Path, session: Session, writer: ChainWriter, make_model: Callable[..., Path]
) -> None:
    verified(writer, all_pass())
    make_model(f"{project.name}/models/detector.onnx", names="{0: 'car', 1: 'lorry', 2: 'signs'}")
    (project / "data" / "labels.json").write_text(
        (project / "data" / "labels.json").read_text().replace('"sign"', '"signs"')
    )
    row = named(read_candidates(session, project), "int8")
    assert row.stale == "the model changed"
    assert row.map50.stale.startswith("the model and the labels changed since run 1")
    assert (row.map50.text, row.map50.outcome, row.outcome_text) == ("0.860", "", "Not measured")


def test_that_a_limit_that_moved_leaves_the_figure_and_takes_its_verdict(
    project: Path, session: Session, writer: ChainWriter, edit: Callable[..., None]
) -> None:
    verified(writer, all_pass())
    edit(("at_least: 0.80", "at_least: 0.85"), name="deployment_tests.yaml")
    row = named(read_candidates(session, project), "int8")
    assert (row.map50.text, row.map50.outcome, row.map50.stale) == ("0.860", "", "")
    assert "Its limit was 0.8 then" in row.map50.why


def test_that_other_candidates_stay_measured_when_the_documents_ask_for_another(
    project: Path, session: Session, writer: ChainWriter, edit: Callable[..., None]
) -> None:
    verified(writer, all_pass())
    edit(("precision: INT8", "precision: FP16"))
    row = named(read_candidates(session, project), "int8")
    assert (row.map50.stale, row.stale, row.is_wanted) == ("", "", False)


def test_that_bytes_that_are_not_here_are_said(project: Path, session: Session, writer: ChainWriter) -> None:
    stored = writer.candidate()
    (project / ".slipway" / "blobs" / stored.record.sha256).unlink()
    assert not named(read_candidates(session, project), "int8").is_here


def test_that_without_labels_there_is_no_accuracy_and_the_plot_is_of_overlap(
    project: Path, session: Session, edit: Callable[..., None]
) -> None:
    edit(("    labels: data/labels.json\n", ""))
    edit(("slipway:\n  accuracy:\n    - {metric: mAP50, at_least: 0.80}\n", ""), name="deployment_tests.yaml")
    page = read_candidates(session, project)
    assert page.map_name == ""
    assert {plot.y_name for plot in page.plots} == {"IoU"}
