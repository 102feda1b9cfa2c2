"""What two runs kept is compared: starts with starts, frames with the same frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.facts import BoardFacts
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.results.comparison import Difference, compare_runs
from workbench.results.run_record import RequirementResult, RunRecord
from workbench.telemetry.recording import FRAME_COLUMNS, Recording, RunEvent
from workbench.verify.evidence import Evidence

from .kept_run import compare_sides, detect, draw_objects, keep_run
from .test_run_record import result

pytestmark = pytest.mark.slow

FRAMES, STARTS, EACH = 40, 6, 100
PHASES: list[dict[str, Any]] = [
    {"id": "outputs", "kind": "outputs", "frames": list(range(FRAMES))},
    {"id": "latency", "kind": "latency", "starts": STARTS, "passes": [{"name": "back_to_back", "iterations": EACH}]},
    {"id": "throughput", "kind": "throughput", "passes": [{"name": "throughput"}]},
]
OBJECTS = draw_objects(FRAMES)
Make = Callable[..., tuple[RunRecord, Path]]


def measured(kind: str, unit: str, title: str = "", **parameters: Any) -> RequirementResult:
    verdict = Verdict(outcome=Outcome.PASS, value=1.0, unit=unit, reason="x")
    return replace(result(title or kind, verdict, title or kind, kind), parameters=parameters)


REQUIREMENTS = (
    measured("output_difference", "", statistic="max", scope="above_threshold"),
    measured("detection_iou", "", statistic="mean"),
    measured("detection_iou", "", "p1", statistic="p1"),
    measured("accuracy", "", metric="mAP50-95", class_name=None, basis="absolute"),
    measured("accuracy", "", "drop", metric="mAP50-95", class_name=None, basis="drop"),
    measured("latency", "ms", statistic="p95", span="frame"),
    measured("stage_time", "ms", stage="execute", statistic="mean"),
    measured("throughput", "fps"),
    measured("memory_peak", "MB", counts="process"),
    measured("load_time", "ms"),
)


def gather(slower: float, seed: int) -> Evidence:
    """Starts of a level of their own, and a throughput of 20 s; `slower` multiplies every time."""
    random = np.random.default_rng(seed)
    phases, moments, times, starts = [], [], [], []
    for start in range(STARTS):
        level = 9000 * slower * (1 + 0.01 * random.normal())
        times += list(level + random.gamma(2, 150, EACH))
        moments += [10**9 * (start + 1) + 10**7 * place for place in range(EACH)]
        phases += [1] * EACH
        starts += [start] * EACH
    gaps = random.normal(0.02 * slower, 0.001, int(20 / (0.02 * slower)))
    moments += [int(10**11 + moment * 1e9) for moment in gaps.cumsum()]
    times += [9000.0] * len(gaps)
    phases += [2] * len(gaps)
    starts += [0] * len(gaps)
    table = {name: np.zeros(len(times), code) for name, code in FRAME_COLUMNS.items()}
    table["phase"][:], table["start"][:], table["mono_ns"][:] = phases, starts, moments
    table["latency_us"][:] = times
    table["execute_us"][:] = np.array(times) * 0.9
    events = []
    for start in range(STARTS):
        told = {"phase": "latency", "start": start}
        at = 10**9 * (start + 1)
        events.append(RunEvent(at, "start_began", told))
        events.append(RunEvent(at + int(2e8 * slower + random.normal(0, 1e6)), "start_loaded", told))
        size = 9e7 * slower + random.normal(0, 1e5)
        events.append(RunEvent(at + 9 * 10**8, "start_ended", {**told, "hwm_bytes": size, "complete": True}))
    recording = Recording({}, tuple(events), {"frames": table}, ())
    return Evidence(recording, PHASES, False, False, BoardFacts(), 1)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Keep a run: how noisy its device is, how much slower, and with which frames."""

    def keep(
        name: str, noise: float = 0.5, slower: float = 1.0, seed: int = 1, **fields: Any
    ) -> tuple[RunRecord, Path]:
        compared = compare_sides(detect(OBJECTS, 0.1, 7), detect(OBJECTS, noise, 7 if noise == 0.1 else 90 + seed))
        evidence = replace(gather(slower, seed), compared=compared)
        run = keep_run(tmp_path / name, compared, OBJECTS, evidence=evidence, requirements=REQUIREMENTS, **fields)
        return run, tmp_path / name

    return keep


def rows_of(a: tuple[RunRecord, Path], b: tuple[RunRecord, Path]) -> dict[str, Difference]:
    return {row.title: row for row in compare_runs(a[0], b[0], a[1], b[1]).rows}


def test_that_a_run_differs_in_nothing_from_itself(make: Make) -> None:
    run = make("a")
    rows = rows_of(run, run)
    assert {row.result for row in rows.values()} == {"the same", "not shown different"}
    assert all(row.difference == 0 for row in rows.values())
    for name in ("output_difference", "detection_iou", "p1", "accuracy", "drop"):
        assert rows[name].result == "the same", name
        assert f"{FRAMES} same" in rows[name].basis


def test_that_a_worse_and_slower_run_differs_in_everything(make: Make) -> None:
    rows = rows_of(make("a", noise=0.1), make("b", noise=3.0, slower=1.3, seed=2))
    signs = {name: np.sign(row.difference or 0) for name, row in rows.items()}
    assert {name: row.result for name, row in rows.items()} == dict.fromkeys(rows, "different")
    lower = {"detection_iou", "p1", "accuracy", "throughput"}
    assert signs == {name: -1.0 if name in lower else 1.0 for name in rows}
    assert f"p95 of a start, averaged over {STARTS} and {STARTS}" in rows["latency"].basis
    assert "where the largest is judged" in rows["memory_peak"].basis
    assert rows["latency"].difference == pytest.approx(2.7, rel=0.1)
    assert rows["load_time"].difference == pytest.approx(60, rel=0.1)
    assert rows["memory_peak"].difference == pytest.approx(27, rel=0.1)


def test_that_runs_that_are_alike_are_not_called_different(make: Make) -> None:
    rows = rows_of(make("a", seed=3), make("b", seed=4))
    assert sum(row.result == "different" for row in rows.values()) <= 1
    assert all(row.lower is not None and row.upper is not None for row in rows.values())


def test_that_frames_are_paired_by_their_content(make: Make) -> None:
    names = tuple(f"{place}.png" for place in range(FRAMES))
    first = make("a", seed=3)
    moved = make("b", seed=3, names=(*names[1:], "new.png"))
    rows = rows_of(first, moved)
    assert f"{FRAMES - 1} same frames" in rows["detection_iou"].basis
    strangers = make("c", seed=3, names=tuple(f"other-{name}" for name in names))
    assert rows_of(first, strangers)["detection_iou"].basis == ""


def test_that_frames_that_only_one_labelled_are_left_out(make: Make) -> None:
    first, second = make("a", seed=3), make("b", seed=4, labelled=25)
    rows = rows_of(first, second)
    assert "over 25 same labelled frames" in rows["accuracy"].basis
    other = replace(second[0], frames={**second[0].frames, "labels_sha256": "f" * 64}), second[1]
    assert "the labels are not the same" in rows_of(first, other)["accuracy"].basis


def test_that_runs_of_which_only_the_records_are_there_are_compared_by_them(make: Make) -> None:
    first, second = make("a"), make("b", seed=2)
    bare = replace(second[0], files={}), second[1]
    assert {row.basis for row in rows_of(first, bare).values()} == {""}


def test_that_a_file_that_was_changed_is_refused_by_name(make: Make) -> None:
    first, second = make("a"), make("b", seed=2)
    with (second[1] / "matches.parquet").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(SlipwayError, match=r"matches\.parquet has other bytes"):
        rows_of(first, second)
