"""A try's folder: its recording frozen, its boxes, and a record that says that it is no evidence."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from projects.project import Project
from projects.runs import PLAN, RunFolder
from targets.fetch import fetch_run
from workbench.base.cancel import CancelToken
from workbench.base.events import RecordWritten
from workbench.base.hashing import sha256_file
from workbench.orders.live import LiveOutcome
from workbench.pipeline.on_board import HeldBoard
from workbench.pipeline.run_files import project_facts
from workbench.results.run_record import TRY, RunRecord, RunState
from workbench.telemetry.events_file import KeptMark, write_events
from workbench.telemetry.freeze import freeze
from workbench.telemetry.recording import Recording, read_recording

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

NOT_EVIDENCE_TEXT = "This run is a try: it is not evidence."


@dataclass(frozen=True)
class TryInputs:
    """What a try is made from, as its record tells it."""

    project: Project
    held: HeldBoard
    folder: RunFolder
    chain: Mapping[str, Any]
    settings: Mapping[str, Any]
    played: Mapping[str, Any]
    """The source: kind, name, path in the project or not, frames, fps."""


def fetch_recording(inputs: TryInputs) -> Recording:
    """What the board recorded of it."""
    part = inputs.project.layout.cache / f"fetch-{inputs.folder.id}"
    try:
        fetch_run(inputs.held.client.board, inputs.folder.id, part, CancelToken(), outputs=False)
        return read_recording(part / "live.sqlite")
    finally:
        shutil.rmtree(part, ignore_errors=True)


def record_try(
    inputs: TryInputs,
    ended: tuple[RunState, str],
    recording: Recording,
    marks: Sequence[KeptMark],
    zero_ns: int | None,
    context: JobContext,
) -> LiveOutcome:
    """Freeze, record, and say what it was; `ended` is how, and in words; the marks count from `zero_ns`."""
    folder, (state, text) = inputs.folder, ended
    context.progress(None, "freezing the recording")
    files = {PLAN: sha256_file(folder.path / PLAN), **freeze(recording, folder.path)}
    files |= write_events(folder.path, recording, marks, zero_ns)
    outcome = summarise(folder, text, recording)
    plan = folder.read_plan()
    facts = asdict(inputs.held.facts)
    for passing in ("mono_ns", "clock_utc", "read_utc", "lock", "disk_free_bytes"):
        facts.pop(passing, None)
    record = RunRecord(
        id=folder.id,
        number=folder.number,
        created=plan.created,
        by=context.by,
        state=state,
        text=text,
        quick=False,
        only=(),
        project=project_facts(inputs.project),
        chain=inputs.chain,
        board={"name": inputs.held.name, "id": inputs.held.id, "facts": facts},
        machine={},
        tools={},
        frames=dict(inputs.played),
        settings=dict(inputs.settings),
        requirements=(),
        figures={"try": _figures(outcome)},
        findings=(NOT_EVIDENCE_TEXT, *inputs.held.findings, *recording.problems),
        worst=(),
        files=files,
        kind=TRY,
    )
    folder.finish(record.to_json())
    context.publish(RecordWritten(context.job_id, TRY, str(folder.path / "run.json"), folder.id))
    return outcome


def summarise(folder: RunFolder, text: str, recording: Recording) -> LiveOutcome:
    """The figures of a try."""
    table = recording.frames_table()
    good = table["error"] == 0
    latency_ms = table["latency_us"][good].astype(np.float64) / 1e3
    latency_ms = latency_ms[np.isfinite(latency_ms)]
    moments = table["mono_ns"]
    seconds = float(moments.max() - moments.min()) / 1e9 if len(moments) else 0.0
    quantiles = np.quantile(latency_ms, [0.5, 0.99, 1.0], method="inverted_cdf") if latency_ms.size else [None] * 3
    p50, p99, longest = (None if value is None else float(value) for value in quantiles)
    return LiveOutcome(
        run=folder.id,
        folder=folder.path,
        frames=len(moments),
        seconds=seconds,
        fps=(len(moments) - 1) / seconds if seconds > 0 else None,
        latency_p50_ms=p50,
        latency_p99_ms=p99,
        latency_max_ms=longest,
        dropped=int(table["dropped"].sum()) if "dropped" in table else 0,
        errors=int((~good).sum()),
        text=text,
    )


def _figures(outcome: LiveOutcome) -> dict[str, Any]:
    names = ("frames", "seconds", "fps", "latency_p50_ms", "latency_p99_ms", "latency_max_ms", "dropped", "errors")
    return {name: getattr(outcome, name) for name in names}
