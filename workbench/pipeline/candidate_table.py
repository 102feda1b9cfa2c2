"""All candidates of a project: lineage, size, error against the parent, and speed on the boards where it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from projects.project import Project
from projects.records import CandidateRecord
from projects.runs import list_runs
from workbench.pipeline.report import try_run
from workbench.results.run_record import RunRecord, RunState


@dataclass(frozen=True)
class CandidateSpeed:
    """What the newest finished run of a candidate on one board measured; a quick one only where there is no other."""

    board: str
    run: str
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    quick: bool


@dataclass(frozen=True)
class CandidateRow:
    """One candidate; None is not measured."""

    name: str
    sha256: str
    created: str
    recipe: str
    keep: tuple[str, ...]
    parent_sha256: str
    calibration_sha256: str | None
    tools: Mapping[str, str]
    size_bytes: int
    error: Mapping[str, float | None]
    """Deviation from the parent by part: `boxes_snr_db`, `scores_snr_db`, and the largest differences."""
    here: bool
    """Whether its bytes are in this copy of the project."""
    speed: tuple[CandidateSpeed, ...]


def list_candidates(project: Project) -> tuple[CandidateRow, ...]:
    """Every candidate, oldest first."""
    speeds: dict[str, dict[str, CandidateSpeed]] = {}
    for run in _finished(project):
        sha256 = run.chain.get("candidate", {}).get("sha256")
        speed = _speed(run)
        known = speeds.setdefault(str(sha256), {})
        if speed.latency_p50_ms is not None and (
            speed.board not in known or not speed.quick or known[speed.board].quick
        ):
            known[speed.board] = speed
    rows = []
    for stored in project.records.all(CandidateRecord):
        record = stored.record
        rows.append(
            CandidateRow(
                name=record.name,
                sha256=record.sha256,
                created=stored.created,
                recipe=record.recipe,
                keep=record.keep,
                parent_sha256=record.parent_sha256,
                calibration_sha256=record.calibration.sha256 if record.calibration else None,
                tools=dict(record.tools),
                size_bytes=record.size_bytes,
                error=dict(record.error),
                here=project.blobs.path_of(record.sha256) is not None,
                speed=tuple(speeds.get(record.sha256, {}).values()),
            )
        )
    return tuple(rows)


def _finished(project: Project) -> Iterator[RunRecord]:
    for folder in list_runs(project.layout.runs):
        if folder.is_finished():
            run = try_run(folder)
            if isinstance(run, RunRecord) and run.state is RunState.FINISHED and not run.is_try:
                yield run


def _speed(run: RunRecord) -> CandidateSpeed:
    latency = run.figures.get("latency", {})
    p50_us, p99_us = latency.get("p50_us"), latency.get("p99_us")
    return CandidateSpeed(
        board=str(run.board.get("name", "")),
        run=run.id,
        latency_p50_ms=None if p50_us is None else p50_us / 1e3,
        latency_p99_ms=None if p99_us is None else p99_us / 1e3,
        quick=run.quick,
    )
