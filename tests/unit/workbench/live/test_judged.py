"""Figures of a verification that stand beside limits: of the frames that are judged, and of no others."""

from __future__ import annotations

import numpy as np
import pytest

from projects.record_file import Author
from workbench.base.live import Tile
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.live.judged import ALL_PHASES, find_judged
from workbench.results.run_record import TRY, RequirementResult, RunRecord, RunState
from workbench.telemetry.blocks import Table

PHASES = [
    {"kind": "latency", "passes": ["back_to_back", "paced"]},
    {"kind": "throughput", "passes": []},
    {"kind": "continuous", "passes": []},
]


def record(kind: str = "verification", span: str = "frame") -> RunRecord:
    verdict = Verdict(
        outcome=Outcome.PASS, value=8.0, limit=50.0, relation="<=", unit="ms", reason="so", details={"judged": "paced"}
    )
    latency = RequirementResult(
        "T/latency", "x", "latency", "Latency", "c", "50ms", True, (), (), verdict, {"span": span}
    )
    return RunRecord(
        id="0001-x", number=1, created="", by=Author("Ada"), state=RunState.FINISHED, text="", quick=False, only=(),
        project={}, chain={}, board={}, machine={}, tools={}, frames={}, settings={}, requirements=(latency,),
        figures={"phases": PHASES}, findings=(), worst=(), kind=kind,
    )  # fmt: skip


def frames(phases: list[int], passes: list[int]) -> Table:
    many = len(phases)
    return {
        "mono_ns": np.arange(many) * 10**7,
        "latency_us": np.arange(1, many + 1) * 1000.0,
        "execute_us": np.arange(1, many + 1) * 500.0,
        "phase": np.array(phases),
        "pass": np.array(passes),
        "error": np.zeros(many, int),
    }


def test_that_latencies_are_of_the_judged_pass_alone() -> None:
    found = find_judged(record(), frames([0, 0, 0, 1, 1, 2], [0, 1, 1, 0, 0, 0]))
    assert found is not None
    assert found.latency_ms is not None
    assert found.latency_ms.tolist() == [2.0, 3.0]
    assert found.latency_text == "paced"
    assert found.moments is not None
    assert found.moments.tolist() == [3 * 10**7, 4 * 10**7]


def test_that_failed_frames_do_not_count_and_the_engine_s_span_is_kept() -> None:
    table = frames([0, 0], [1, 1])
    table["error"][0] = 1
    found = find_judged(record(span="engine"), table)
    assert found is not None
    assert found.latency_ms is not None
    assert found.latency_ms.tolist() == [1.0]


@pytest.mark.parametrize("key", ["latency_p50", "latency_p99", "throughput"])
def test_that_a_figure_of_other_phases_has_no_limit(key: str) -> None:
    found = find_judged(record(), frames([2, 2], [0, 0]))
    assert found is not None
    (tile,) = found.mark([Tile(key, "x", "60", "ms", "≤ 50 ms", 1.2, "err", 60.0)])
    assert (tile.limit_text, tile.fraction, tile.state) == (ALL_PHASES, None, "none")
    (memory,) = found.mark([Tile("memory", "x", "60", "MB", "≤ 50 MB", 1.2, "err", 60.0)])
    assert memory.state == "err"


def test_that_all_frames_of_a_try_are_alike() -> None:
    assert find_judged(record(TRY), frames([0, 0], [0, 0])) is None
