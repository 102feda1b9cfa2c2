"""Every candidate with what is known of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.project import Project
from workbench.pipeline.candidate_table import CandidateSpeed, list_candidates
from workbench.results.run_record import RunState

from .chain_records import ChainWriter


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


def speeds(writer: ChainWriter) -> tuple[CandidateSpeed, ...]:
    (row,) = list_candidates(writer.project)
    return row.speed


def test_that_a_candidate_has_its_lineage_and_no_speed_before_a_run(project: Path, writer: ChainWriter) -> None:
    stored = writer.candidate(error={"boxes_snr_db": 41.5, "scores_snr_db": None})
    (row,) = list_candidates(writer.project)
    assert (row.name, row.sha256, row.parent_sha256) == ("int8", stored.record.sha256, stored.record.parent_sha256)
    assert row.calibration_sha256 == "c" * 64
    assert row.error == {"boxes_snr_db": 41.5, "scores_snr_db": None}
    assert (row.here, row.speed) == (True, ())
    (project / ".slipway" / "blobs" / stored.record.sha256).unlink()
    assert not list_candidates(writer.project)[0].here


def test_that_a_part_or_a_run_that_did_not_end_well_does_not_hide_a_speed(writer: ChainWriter) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    whole = writer.run(release)
    writer.run(release, only=("memory",), figures={})
    writer.run(release, quick=True, figures={"latency": {"p50_us": 1.0, "p99_us": 1.0}})
    writer.run(release, state=RunState.CANCELLED, figures={"latency": {"p50_us": 9.0, "p99_us": 9.0}})
    assert speeds(writer) == (CandidateSpeed("bench", whole.id, 1.0, 2.0, quick=False),)


def test_that_the_newest_whole_run_on_each_board_counts(writer: ChainWriter) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release)
    newer = writer.run(release, figures={"latency": {"p50_us": 500.0, "p99_us": 700.0}})
    other = writer.run(release, board={"name": "jetson", "id": "2"})
    assert [(speed.board, speed.run, speed.latency_p50_ms) for speed in speeds(writer)] == [
        ("bench", newer.id, 0.5),
        ("jetson", other.id, 1.0),
    ]
