"""A run's folder with invented numbers, for tests of what is made from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from projects.record_file import Author
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.reports.overlay import Drawn, Mark, draw_pair
from workbench.reports.page import render_page
from workbench.reports.view import view_report
from workbench.results.run_record import RequirementResult, RunRecord, RunState
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import encode_parquet

MakeRun = Callable[..., tuple[Path, RunRecord]]


def page_of(folder: Path, run: RunRecord) -> str:
    """The page of a run's folder."""
    return render_page(view_report(folder, run))


def _result(kind: str, verdict: Verdict, title: str) -> RequirementResult:
    return RequirementResult(
        id=f"MLE-DEPLOY-001/{kind}",
        path=f"performance_tests.{kind}",
        kind=kind,
        title=title,
        criterion=f"{title} {verdict.relation} {verdict.limit} {verdict.unit}",
        limit_text=f"{verdict.relation} {verdict.limit} {verdict.unit}",
        confirmed=kind != "throughput",
        verifies=("MLE-ADAS-001",),
        defaults=("Back to back and paced were measured; the worse was judged.",),
        verdict=verdict,
    )


def write_table(path: Path, columns: Table) -> None:
    path.write_bytes(encode_parquet(columns))


def _tables(folder: Path) -> None:
    random = np.random.default_rng(5)
    count = 600
    time_ns = np.arange(count) * 12_000_000 + 5_000_000_000_000
    write_table(
        folder / "frames.parquet",
        {
            "mono_ns": time_ns,
            "phase": np.zeros(count, np.int16),
            "pass": np.repeat([0, 1], count // 2).astype(np.int16),
            "start": np.repeat(np.arange(10), count // 10),
            "latency_us": random.gamma(30, 350, count).astype(np.float32),
            "error": np.zeros(count, np.int16),
        },
    )
    samples = np.arange(60)
    write_table(folder / "equivalence.parquet", {"sample": samples, "rms": random.gamma(3, 0.002, len(samples))})
    iou = np.clip(1 - random.gamma(1.2, 0.03, 400), 0, 1)
    iou[:6] = 0
    write_table(folder / "matches.parquet", {"sample": random.integers(0, 60, 400), "iou": iou})
    seconds = np.arange(72)
    write_table(
        folder / "telemetry.parquet",
        {
            "mono_ns": seconds * 100_000_000 + 5_000_000_000_000,
            "worker_rss_bytes": 9.2e7 + random.normal(0, 2e5, 72).cumsum(),
            "worker_cpu_percent": random.normal(180, 8, 72),
            "own_cpu_percent": random.normal(1.2, 0.2, 72),
            "temperature_c": np.full(72, np.nan),
        },
    )


def _overlay(folder: Path) -> None:
    frame = np.full((96, 160, 3), 120, np.uint8)
    boxes = np.array([[10, 20, 60, 70], [80, 30, 120, 80]], np.float32)
    side = Drawn(boxes, np.array([0.9, 0.4], np.float32), np.array([0, 1]), (Mark.MATCHED, Mark.MISSED))
    other = Drawn(boxes[:1] + 2, np.array([0.88], np.float32), np.array([0]), (Mark.MATCHED,))
    (folder / "overlays").mkdir()
    (folder / "overlays/00.jpg").write_bytes(draw_pair(frame, side, other, ("car", "lorry")))


def _record(files: dict[str, str]) -> RunRecord:
    latency = Verdict(
        outcome=Outcome.PASS, value=0.0123, limit=0.05, relation="<=", unit="s", lower=0.0119, upper=0.0141,
        samples=600, effective_samples=310.0, reason="p99 12.3 ms; at most 0.4 % of frames are late, allowed 1 %",
    )  # fmt: skip
    iou = Verdict(
        outcome=Outcome.INCONCLUSIVE, value=0.953, limit=0.95, relation=">=", lower=0.944, upper=0.961, samples=60,
        needed=240, reason="mean IoU 0.953; the bound 0.944 is below 0.95; 240 samples would decide",
    )  # fmt: skip
    memory = Verdict(outcome=Outcome.FAIL, value=1.3e8, limit=1.28e8, relation="<=", unit="B", reason="peak 130 MB")
    heat = not_measured("this machine has no temperature sensor", limit=80, relation="<=", unit="°C")
    stage = {"name": "int8", "sha256": "a" * 64, "record": "records/candidate/x.json", "recipe": "int8", "opset": 17}
    return RunRecord(
        id="0003-20261124T091500Z-ab12", number=3, created="2026-11-24T09:15:00Z", by=Author("A. Engineer"),
        state=RunState.FINISHED, text="", quick=False, only=(),
        project={"id": "MLE-DEPLOY-001", "name": "demo", "model": "MLE-MODEL-001", "precision": "INT8"},
        chain={"model": stage, "candidate": stage, "engine": stage, "release": stage},
        board={"name": "this-machine", "facts": {"cpu_model": "Some CPU", "temperature_sensor": None}},
        machine={"before": {"load_1m": 0.4}, "notes": ["the frequency governor is not known"]},
        tools={"openvino": "2026.4.1"}, frames={"source": "data/test", "taken": 60, "seed": 0, "sha256": "b" * 64},
        settings={"threads": 2, "confidence": 0.25},
        requirements=(
            _result("latency", latency, "Latency p99"), _result("detection_iou", iou, "Detection IoU"),
            _result("memory_peak", memory, "Peak memory"), _result("temperature", heat, "Temperature"),
            _result("throughput", replace(latency, value=64.0, limit=30.0, relation=">=", unit="fps"), "Throughput"),
        ),
        figures={
            "phases": [{"kind": "latency", "passes": ["back_to_back", "paced"]}],
            "latency": {"p50_us": 9800.0, "p99_us": 12300.0},
            "tables": [{"title": "Stages", "columns": ["stage", "p50, ms"], "lines": [["run", "9.1"], ["copy", None]]}],
        },
        findings=("2 frames stand in the calibration set too",), worst=({
            "sample": 4, "name": "a.png", "overlay": "overlays/00.jpg", "text": "a.png: smallest IoU 0 (lorry missed)",
        },), files=files,
    )  # fmt: skip


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Make a run's folder; keyword arguments replace fields of its record."""

    def make(name: str = "run", **changes: object) -> tuple[Path, RunRecord]:
        folder = tmp_path / name
        folder.mkdir()
        _tables(folder)
        _overlay(folder)
        names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
        record = replace(_record({item: sha256_file(folder / item) for item in names}), **changes)  # type: ignore[arg-type]
        (folder / "run.json").write_text(json.dumps(record.to_json(), sort_keys=True, indent=2, allow_nan=False))
        return folder, record

    return make
