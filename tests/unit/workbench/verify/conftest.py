"""Evidence of runs that are written down by hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from projects.project import Project
from projects.requirements import Requirement
from targets.facts import BoardFacts
from workbench.telemetry.recording import FRAME_COLUMNS, Recording, RunEvent
from workbench.verify.evidence import Evidence

REFERENCE = Path(__file__).parents[3] / "fixtures" / "reference"
LATENCY = {
    "id": "latency",
    "kind": "latency",
    "starts": 1,
    "passes": [{"name": "back_to_back", "iterations": 10}],
    "until_told": False,
}
PHASES = [
    LATENCY,
    {"id": "throughput", "kind": "throughput", "duration_s": 10.0, "passes": [{"name": "throughput"}]},
]
_NS = 1_000_000_000
Frame = tuple[int, float, float | None] | tuple[int, float, float | None, int, int]
"""Phase, seconds of arrival, latency in us (None is an error); start and pass where they are not 0."""


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    """Evidence of frames, events (seconds, kind, data), power, and columns of telemetry spread over the frames."""

    def make(
        frames: Sequence[Frame],
        events: Sequence[tuple[float, str, Mapping[str, Any]]] = (),
        power_w: Sequence[float] = (),
        board: BoardFacts | None = None,
        *,
        phases: Sequence[Mapping[str, Any]] = PHASES,
        telemetry: Mapping[str, Sequence[float]] | None = None,
        columns: Mapping[str, Sequence[float]] | None = None,
        **fields: Any,
    ) -> Evidence:
        table = {name: np.zeros(len(frames), code) for name, code in FRAME_COLUMNS.items()}
        whole = [(*frame, 0, 0)[:5] for frame in frames]
        table["phase"][:] = [frame[0] for frame in whole]
        table["mono_ns"][:] = [int(frame[1] * _NS) for frame in whole]
        table["latency_us"][:] = [np.nan if frame[2] is None else frame[2] for frame in whole]
        table["error"][:] = [frame[2] is None for frame in whole]
        table["start"][:] = [frame[3] for frame in whole]
        table["pass"][:] = [frame[4] for frame in whole]
        for name, values in (columns or {}).items():
            table[name][:] = values
        sampled = {"power_w": power_w, **(telemetry or {})}
        count = max(map(len, sampled.values()))
        first_s, last_s = (frames[0][1], frames[-1][1]) if frames else (0.0, 0.0)
        rows = {
            "mono_ns": np.linspace(first_s * _NS, last_s * _NS, count).astype(np.int64),
            **{name: np.resize(np.array(values, np.float64), count) for name, values in sampled.items() if len(values)},
        }
        told = tuple(RunEvent(int(at_s * _NS), kind, data) for at_s, kind, data in events)
        recording = Recording({}, told, {"frames": table, "telemetry": rows}, ())
        fields = {"quick": False, "until_decided": False, "threads": 1, **fields}
        return Evidence(recording=recording, phases=phases, board=board or BoardFacts(), **fields)

    return make


@pytest.fixture
def make_requirement() -> Callable[..., Requirement]:
    """A requirement of a kind, with a limit and parameters."""

    def make(kind: str, limit: float | None, unit: str = "", **parameters: object) -> Requirement:
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


@pytest.fixture
def open_reference(tmp_path: Path) -> Callable[..., Project]:
    """Open the reference documents with text added to the test specification, or sections of it taken away."""

    def open_with(tests: str = "", without: Sequence[str] = ()) -> Project:
        folder = tmp_path / "reference"
        shutil.copytree(REFERENCE, folder)
        path = folder / "deployment_tests.yaml"
        text = path.read_text(encoding="utf-8") + tests
        for section in without:
            text = re.sub(rf"(?m)^  {section}:\n(?:(?:   .*)?\n)+", "", text)
        path.write_text(text, encoding="utf-8")
        return Project.open(folder)

    return open_with
