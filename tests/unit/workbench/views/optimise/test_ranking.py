"""The kept ranking: costs, predictions beside results, and choices of groups."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.views.optimise.test_candidates import all_pass, run_of
from workbench.base.errors import SlipwayError
from workbench.base.reporter import Silent
from workbench.optimise.candidate import optimiser_versions
from workbench.pipeline.candidates import want_candidate
from workbench.pipeline.detector import open_detector
from workbench.pipeline.kept_ranking import KeptGroup, KeptRanking, KeptTrial, RankedFrom, write_ranking
from workbench.session import Session
from workbench.views.optimise.ranking import predict_choice, read_ranking, rows_of_groups

GROUPS = (
    KeptGroup("/net/head", ("/head/Conv",), ("/head/*",), 60, 600_000, 0.9, 25.0),
    KeptGroup("/net/stem", ("/stem/Conv", "/stem/2/Conv"), ("/stem/*",), 40, 400_000, 0.98, None),
)
TRIALS = (KeptTrial((), 0.86, 24.0), KeptTrial(("/net/head",), 0.97, 35.0))


@pytest.fixture
def keep(project: Path) -> Callable[..., KeptRanking]:
    """Keep a ranking of the project as it is now."""

    def write(**fields: Any) -> KeptRanking:
        opened = Project.open(project)
        detector = open_detector(opened)
        frames = want_candidate(opened, detector, Silent(), "int8", ()).frames_sha256
        made_from = RankedFrom(detector.facts.sha256, frames or "", "f" * 64, "percentile", dict(optimiser_versions()))
        ranking = KeptRanking(made_from, "2026-11-24T10:00:00Z", 42.0, 0.9, 24, GROUPS, TRIALS, ("/net/head",))
        ranking = replace(ranking, **fields)
        write_ranking(opened.layout.cache, ranking)
        return ranking

    return write


def test_that_without_a_ranking_it_is_said_and_nothing_is_shown(session: Session, project: Path) -> None:
    found = read_ranking(session, project, "bench")
    assert (found.state, found.rows, found.why) == ("none", (), "")


def test_that_without_frames_it_is_said_what_ranking_needs(
    session: Session, project: Path, edit: Callable[..., None]
) -> None:
    edit(("  calibration:\n    images: data/calibration\n", ""), ("precision: INT8", "precision: FP16"))
    assert read_ranking(session, project, "bench").why.startswith("Ranking needs calibration frames")


def test_that_rows_stand_with_what_each_and_all_above_would_give(
    session: Session, project: Path, keep: Callable[..., KeptRanking]
) -> None:
    keep()
    found = read_ranking(session, project, "bench")
    assert (found.state, found.start_text, found.limit_text, found.proposal) == (
        "here",
        "0.860",
        "≥ 0.9",
        ("/net/head",),
    )
    assert [(row.label, row.words, row.loss_text) for row in found.rows] == [
        ("head", "1 layer", "0.1000"),
        ("stem", "2 layers", "0.0200"),
    ]
    assert [(row.predicted_text, row.passes) for row in found.rows] == [("0.970", True), ("1.000", True)]
    assert [(row.size_text, row.speed_text) for row in found.rows] == [("+1.80 MB", "–"), ("+1.20 MB", "–")]
    assert found.basis.startswith("Sizes from 3 bytes a weight. No latency: int8 and fp32 were not both")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


def test_that_costs_come_from_int8_and_float_where_both_were_measured(
    session: Session, project: Path, keep: Callable[..., KeptRanking], writer: ChainWriter
) -> None:
    keep()
    plain = writer.engine(writer.candidate(), size_bytes=1_000_000)
    copied = writer.candidate(b"copy", name="fp32", recipe="fp32", precision="fp32", calibration=None)
    full = writer.engine(copied, b"float", size_bytes=4_000_000)
    run_of(writer, plain, all_pass(20.0))
    run_of(writer, full, all_pass(40.0))
    found = read_ranking(session, project, "bench")
    assert [(row.size_text, row.speed_text) for row in found.rows] == [
        ("+1.80 MB", "+12.0 ms"),
        ("+1.20 MB", "+8.0 ms"),
    ]
    choice = predict_choice(session, project, "bench", ("/net/head",))
    assert choice.text == "1 of 2 groups in float: IoU 0.970 on 24 frames, +1.80 MB, +12.0 ms"
    assert (choice.p99_ms, choice.passes, choice.name, choice.keep) == (32.0, True, "int8-k1", ("/head/*",))


def test_that_prediction_and_result_stand_side_by_side(
    session: Session, project: Path, keep: Callable[..., KeptRanking], writer: ChainWriter
) -> None:
    keep()
    kept = writer.candidate(b"kept", name="int8-k1", keep=("/head/*",), kept_nodes=("/head/Conv",))
    run_of(writer, writer.engine(kept), all_pass())
    found = read_ranking(session, project, "bench")
    assert found.kept[kept.id] == ("/net/head",)
    lines = {figure.name: (figure.predicted, figure.measured) for figure in found.compared[kept.id]}
    assert lines["IoU with fp32"] == ("0.970", "0.970")
    assert lines["Signal/error, dB"] == ("35.0", "not measured")
    assert lines["Latency p99, ms"] == ("–", "21")
    choice = predict_choice(session, project, "bench", ("/net/head",))
    assert (choice.made, choice.note) == (
        kept.id,
        "This choice is int8-k1, measured 0.970. Change a box to make another.",
    )


def test_that_a_choice_that_was_not_tried_is_predicted_and_can_be_made(
    session: Session, project: Path, keep: Callable[..., KeptRanking]
) -> None:
    keep()
    choice = predict_choice(session, project, "bench", ("/net/stem",))
    assert choice.made == ""
    assert "predicted" in choice.text
    assert 0.86 < choice.score < 0.97
    assert not choice.passes
    assert choice.command.endswith("--recipe int8 --keep '/stem/*' --method percentile")


def test_that_a_choice_without_a_ranking_is_refused(session: Session, project: Path) -> None:
    with pytest.raises(SlipwayError, match="no ranking"):
        predict_choice(session, project, "bench", ())


@pytest.mark.parametrize("change", ["frames", "method", "tools"])
def test_that_a_ranking_of_other_inputs_is_stale_and_says_why(
    session: Session, project: Path, keep: Callable[..., KeptRanking], change: str
) -> None:
    made = keep().made_from
    changed = {
        "frames": replace(made, calibration_sha256="0" * 64),
        "method": replace(made, method="entropy"),
        "tools": replace(made, tools={"onnx": "0"}),
    }[change]
    keep(made_from=changed)
    found = read_ranking(session, project, "bench")
    assert found.state == "stale"
    assert change in found.why.lower()


def test_that_a_moved_limit_gives_another_proposal(
    session: Session, project: Path, keep: Callable[..., KeptRanking], edit: Callable[..., None]
) -> None:
    keep()
    edit(("detection_iou: 0.90", "detection_iou: 0.80"), name="deployment_tests.yaml")
    found = read_ranking(session, project, "bench")
    assert (found.proposal, found.proposal_text[:26]) == ((), "Plain int8 reaches an IoU ")
    edit(("detection_iou: 0.80", "detection_iou: 0.99"), name="deployment_tests.yaml")
    assert read_ranking(session, project, "bench").proposal is None


def test_that_a_group_that_was_just_measured_is_a_row_without_prediction() -> None:
    (row,) = rows_of_groups(GROUPS[1:])
    assert (row.label, row.loss_text, row.snr_text, row.size_text) == ("/net/stem", "0.0200", "–", "–")
    assert row.predicted is None
    assert [row.label for row in rows_of_groups(GROUPS)] == ["head", "stem"]
