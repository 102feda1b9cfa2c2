"""Evidence that was kept gives the verdicts that it gave before, to the last digit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.facts import BoardFacts, SensorFacts
from tests.unit.workbench.results.kept_run import CLASSES, FITS, compare_sides, detect, draw_objects, keep_run, label
from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.verdict import Outcome
from workbench.verify.accuracy_step import measure_accuracy
from workbench.verify.evidence import Evidence
from workbench.verify.frozen_evidence import EVIDENCE, thaw_evidence
from workbench.verify.judge import judge
from workbench.verify.side_by_side import SideBySide

Make = Callable[..., Evidence]
MakeRequirement = Callable[..., Requirement]
PHASES = [
    {"id": "outputs", "kind": "outputs", "frames": list(range(30))},
    {"id": "latency", "kind": "latency", "starts": 2, "passes": [{"name": "back_to_back", "iterations": 20}]},
]
EVENTS: list[tuple[float, str, dict[str, Any]]] = [
    (0.5, "phase_ended", {"phase": "outputs", "state": "done"}),
    *((float(1 + start), "start_began", {"phase": "latency", "start": start}) for start in (0, 1)),
    *((1.25 + start, "start_loaded", {"phase": "latency", "start": start}) for start in (0, 1)),
    *((1.9 + start, "start_ended", {"phase": "latency", "start": start, "hwm_bytes": 9e7 + start, "complete": True,
                                    "odd": float("nan")}) for start in (0, 1)),
]  # fmt: skip
BOARD = BoardFacts(temperature_sensor="cpu", sensors=(SensorFacts("temperature", "cpu", "/sys/x"),), cores=4)


def sides(broken: str) -> tuple[SideBySide, Any]:
    objects = draw_objects(30)
    reference, device = detect(objects, 0.2, 2), detect(objects, 1.0, 3)
    if broken == "damaged":
        device[4][0, 0] = np.nan
    if broken == "silent":
        device = [rows[:0] for rows in device]
    return compare_sides(reference, device), objects


def gather(make_evidence: Make, compared: SideBySide, objects: Any) -> Evidence:
    names = tuple(f"{place}.png" for place in range(30))
    frames = [(1, 1.3 + place * 0.01 + (place // 20), 900.0 + 7 * (place % 5), place // 20, 0) for place in range(40)]
    found = measure_accuracy(compared.samples, label(objects, names, 20), names, FITS, CLASSES, 0.25)
    return make_evidence(frames, EVENTS, board=BOARD, phases=PHASES, compared=compared, accuracy=found,
                         telemetry={"worker_rss_bytes": [1e7, 2e7, 3e7], "temperature_c": [40.0, 41.0]})  # fmt: skip


@pytest.mark.parametrize("broken", ["", "damaged", "silent"])
def test_that_thawed_evidence_gives_the_same_verdicts(
    make_evidence: Make, make_requirement: MakeRequirement, tmp_path: Path, broken: str
) -> None:
    compared, objects = sides(broken)
    evidence = gather(make_evidence, compared, objects)
    run = keep_run(tmp_path / "run", compared, objects, labelled=20, evidence=evidence)
    thawed = thaw_evidence(tmp_path / "run", run, accuracy=True)
    metric = {"metric": "mAP50-95", "class_name": None}
    wanted = [
        make_requirement("output_difference", 0.05),
        make_requirement("detection_iou", 0.9),
        make_requirement("accuracy", 0.5, basis="absolute", **metric),
        make_requirement("accuracy", 0.1, basis="drop", **{**metric, "class_name": "car"}),
        make_requirement("latency", 0.001, statistic="p99", pacing="worse", span="frame"),
        make_requirement("load_time", 0.2),
        make_requirement("memory_peak", 8e7, counts="process"),
        make_requirement("memory_steady", 8e7, counts="process"),
        make_requirement("confidence_range", None, low=0.0, high=1.0),
    ]
    for requirement in wanted:
        before, after = judge(requirement, evidence), judge(requirement, thawed)
        assert after == before, requirement.kind
        assert after.outcome is not Outcome.NOT_MEASURED or broken == "silent", requirement.kind
    assert thawed.board.sensors == BOARD.sensors


def test_that_accuracy_is_computed_only_where_it_is_wanted(make_evidence: Make, tmp_path: Path) -> None:
    compared, objects = sides("")
    run = keep_run(tmp_path / "run", compared, objects, evidence=gather(make_evidence, compared, objects))
    assert thaw_evidence(tmp_path / "run", run, accuracy=False).accuracy is None


def test_that_what_was_not_kept_or_is_damaged_is_said(make_evidence: Make, tmp_path: Path) -> None:
    compared, objects = sides("")
    run = keep_run(tmp_path / "run", compared, objects, evidence=gather(make_evidence, compared, objects))
    with pytest.raises(UsageError, match="did not keep its evidence"):
        thaw_evidence(tmp_path / "run", replace(run, files={}), accuracy=False)
    path = tmp_path / "run" / EVIDENCE
    whole = json.loads(path.read_text())
    damages: list[dict[str, object]] = [
        {"events": [[1]]},
        {"compared": {}},
        {"board": 3},
        {"format": "slipway.evidence/9"},
    ]
    for damage in damages:
        path.write_text(json.dumps({**whole, **damage}))
        with pytest.raises(SlipwayError, match=r"not the evidence|does not read"):
            thaw_evidence(tmp_path / "run", run, accuracy=False)
    path.write_text("{")
    with pytest.raises(SlipwayError, match="cannot read"):
        thaw_evidence(tmp_path / "run", run, accuracy=False)
