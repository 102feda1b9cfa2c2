"""Evidence of runs that are written down by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from projects.requirements import Requirement
from targets.facts import BoardFacts
from workbench.telemetry.recording import FRAME_COLUMNS, Recording, RunEvent
from workbench.verify.evidence import Evidence

PHASES = [
    {"id": "latency", "kind": "latency", "starts": 1, "passes": [{"name": "back_to_back", "iterations": 10}]},
    {"id": "throughput", "kind": "throughput", "duration_s": 10.0, "passes": [{"name": "throughput"}]},
]
_NS = 1_000_000_000


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    """Evidence of frames (phase, seconds of arrival, latency in us or None for an error), events and power."""

    def make(
        frames: Sequence[tuple[int, float, float | None]],
        events: Sequence[tuple[float, str, Mapping[str, Any]]] = (),
        power_w: Sequence[float] = (),
        board: BoardFacts | None = None,
    ) -> Evidence:
        table = {name: np.zeros(len(frames), code) for name, code in FRAME_COLUMNS.items()}
        table["phase"][:] = [phase for phase, _, _ in frames]
        table["mono_ns"][:] = [int(at_s * _NS) for _, at_s, _ in frames]
        table["latency_us"][:] = [np.nan if latency is None else latency for _, _, latency in frames]
        table["error"][:] = [latency is None for _, _, latency in frames]
        first_s, last_s = frames[0][1], frames[-1][1]
        telemetry = {
            "mono_ns": np.linspace(first_s * _NS, last_s * _NS, len(power_w)).astype(np.int64),
            "power_w": np.array(power_w, np.float64),
        }
        told = tuple(RunEvent(int(at_s * _NS), kind, data) for at_s, kind, data in events)
        recording = Recording({}, told, {"frames": table, "telemetry": telemetry}, ())
        return Evidence(recording, PHASES, False, False, board or BoardFacts(), 1, (64, 64))

    return make


@pytest.fixture
def make_requirement() -> Callable[..., Requirement]:
    """A requirement of a kind, with a limit and parameters."""

    def make(kind: str, limit: float, unit: str = "", **parameters: object) -> Requirement:
        return Requirement(
            id=f"T/{kind}",
            file="deployment_tests.yaml",
            line=1,
            path=kind,
            kind=kind,
            title=kind,
            criterion="",
            relation=">=",
            limit=limit,
            unit=unit,
            limit_text=str(limit),
            parameters=parameters,
            verifies=(),
            confirmed=True,
            defaults=(),
        )

    return make
