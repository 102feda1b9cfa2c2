"""The folder of a finished run: frozen recording, tables, overlays, and `run.json` last."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from projects.field_use import recorded_only
from projects.project import Project
from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from projects.requirements import Requirement
from projects.runs import PLAN, RunFolder
from workbench.base.atomic import write_atomic
from workbench.base.errors import Cancelled
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.frames.coco_ids import CocoIds, read_coco_ids
from workbench.frames.pack import Pack
from workbench.optimise.model_facts import ModelFacts
from workbench.optimise.objections import describe_precision
from workbench.pipeline.build import engine_findings
from workbench.pipeline.detector import Detector
from workbench.pipeline.frame_sets import FrameSet, frame_findings
from workbench.pipeline.on_board import HeldBoard
from workbench.pipeline.outside_findings import outside_findings
from workbench.pipeline.report import readable_runs
from workbench.results.parent import slower_than_parent
from workbench.results.run_record import RequirementResult, RunRecord, RunState
from workbench.telemetry.freeze import encode_parquet, freeze
from workbench.telemetry.recording import Recording
from workbench.verify import kept_tables as kept
from workbench.verify.accuracy_step import measure_accuracy
from workbench.verify.evidence import Evidence
from workbench.verify.frozen_evidence import EVIDENCE, encode_evidence
from workbench.verify.judge import judge
from workbench.verify.overlays import write_overlays
from workbench.verify.sample_tables import match_columns, sample_columns
from workbench.verify.side_by_side import SideBySide
from workbench.verify.summaries import summarise_run

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.pipeline.verify import VerifyJob

_TOOLS = ("numpy", "onnx", "onnxruntime", "opencv-python-headless", "scipy", "pycocotools", "pyarrow", "matplotlib")


@dataclass(frozen=True)
class Chain:
    """The records that a run's release comes from."""

    candidate: Stored[CandidateRecord]
    engine: Stored[EngineRecord]
    release: Stored[ReleaseRecord]


@dataclass(frozen=True)
class RunInputs:
    """What a run is made from."""

    project: Project
    detector: Detector
    requirements: tuple[Requirement, ...]
    frames: FrameSet
    calibration: FrameSet | None
    pack: Pack
    chain: Chain
    held: HeldBoard
    asked: VerifyJob


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it recorded and compared."""

    state: RunState
    text: str
    recording: Recording
    compared: SideBySide | None
    phases: Sequence[Mapping[str, Any]]


def write_run(inputs: RunInputs, folder: RunFolder, ended: Ended, context: JobContext) -> RunRecord:
    """Freeze, judge, draw and record; the record is written last, so that a folder without it is unfinished."""
    stop_at_once(folder, context)
    context.progress(None, "freezing the recording")
    files = {PLAN: sha256_file(folder.path / PLAN), **freeze(ended.recording, folder.path)}
    evidence = _evidence(inputs, ended)
    worst: list[dict[str, Any]] = []
    if ended.compared is not None and ended.compared.samples:
        stop_at_once(folder, context)
        context.progress(None, "drawing the worst samples")
        files |= _write_tables(folder, inputs, ended.compared)
        names, fits = inputs.frames.selection.names, inputs.pack.fits
        worst = write_overlays(
            folder.path, ended.compared, names, fits, inputs.detector.class_names, inputs.frames.frame
        )
        files |= {item["overlay"]: sha256_file(folder.path / item["overlay"]) for item in worst}
    files |= _write_evidence(folder, inputs, ended, evidence)
    stop_at_once(folder, context)
    context.progress(None, "judging")
    record = _record(inputs, folder, ended, evidence, files, worst, context)
    folder.finish(record.to_json())
    return record


def stop_at_once(folder: RunFolder, context: JobContext) -> None:
    """Raise Cancelled where a person asked twice: nothing more is written; the next job on the board closes the run."""
    if context.cancel.urgent:
        raise Cancelled(f"the run {folder.id} was stopped at once", "The next job on this board closes it.")


def _evidence(inputs: RunInputs, ended: Ended) -> Evidence:
    accuracy = None
    if ended.compared is not None and inputs.frames.labels is not None:
        accuracy = measure_accuracy(
            ended.compared.samples,
            inputs.frames.labels,
            inputs.frames.selection.names,
            inputs.pack.fits,
            inputs.detector.class_names,
            inputs.detector.thresholds.confidence,
        )
    options = inputs.chain.engine.record.load_options
    return Evidence(
        recording=ended.recording,
        phases=ended.phases,
        quick=inputs.asked.quick,
        until_decided=inputs.asked.until_decided,
        board=inputs.held.facts,
        threads=int(str(options["threads"])),
        streams=int(str(options["streams"])),
        compared=ended.compared,
        accuracy=accuracy or None,
        accuracy_missing=_no_accuracy(inputs, ended),
    )


def _no_accuracy(inputs: RunInputs, ended: Ended) -> str:
    """Why there is no accuracy, should there be none."""
    if inputs.frames.labels is None:
        return "the frames have no labels"
    if ended.compared is None or not ended.compared.samples:
        return "no outputs were compared"
    return "none of the compared frames has labels"


def _write_tables(folder: RunFolder, inputs: RunInputs, compared: SideBySide) -> dict[str, str]:
    """Per sample, per reference detection, and all that both sides found."""
    fits = inputs.pack.fits
    tables = {
        "equivalence.parquet": sample_columns(compared),
        "matches.parquet": match_columns(compared),
        kept.DETECTIONS: kept.detection_columns(compared.samples, fits),
        **_frame_tables(inputs),
    }
    if compared.labelled:
        tables[kept.WEAK_DETECTIONS] = kept.weak_detection_columns(compared.samples, fits)
    files = {}
    for name, columns in tables.items():
        data = encode_parquet(columns)
        write_atomic(folder.path / name, data)
        files[name] = sha256_bytes(data)
    return files


def _write_evidence(folder: RunFolder, inputs: RunInputs, ended: Ended, evidence: Evidence) -> dict[str, str]:
    data = encode_evidence(evidence, ended.compared, inputs.detector.thresholds.confidence)
    write_atomic(folder.path / EVIDENCE, data)
    return {EVIDENCE: sha256_bytes(data)}


def _frame_tables(inputs: RunInputs) -> dict[str, kept.Columns]:
    """What the frames, their labels and the classes are; the project's own may change after the run."""
    frames, classes = inputs.frames, inputs.detector.class_names
    labels = frames.labels
    ids = CocoIds() if labels is None else read_coco_ids(labels.path, frames.source.names())
    called = {} if labels is None else {item.model: item.label for item in labels.mapping if item.model is not None}
    tables = {
        kept.SAMPLES: kept.frame_columns(frames.selection, inputs.pack.fits, labels, ids),
        kept.CLASSES: kept.class_columns(classes, ids, called),
    }
    if labels is not None:
        tables[kept.LABELS] = kept.label_columns(frames.selection, labels)
    return tables


def _record(
    inputs: RunInputs,
    folder: RunFolder,
    ended: Ended,
    evidence: Evidence,
    files: Mapping[str, str],
    worst: list[dict[str, Any]],
    context: JobContext,
) -> RunRecord:
    plan = folder.read_plan()
    figures = summarise_run(evidence)
    return RunRecord(
        id=folder.id,
        number=folder.number,
        created=plan.created,
        by=context.by,
        state=ended.state,
        text=ended.text,
        quick=inputs.asked.quick,
        only=inputs.asked.only,
        project=project_facts(inputs.project),
        chain=chain_facts(inputs.chain, inputs.detector.facts),
        board=_board(inputs.held),
        machine=_machine(evidence),
        tools=_tools(inputs.chain.engine.record, inputs.chain.candidate.record),
        frames=_frames(inputs),
        settings=_settings(inputs),
        requirements=tuple(judge_result(item, evidence) for item in inputs.requirements),
        figures=figures,
        findings=tuple(_findings(inputs, ended, figures)),
        worst=tuple(worst),
        files=dict(files),
    )


def judge_result(item: Requirement, evidence: Evidence) -> RequirementResult:
    """A requirement with its verdict."""
    return RequirementResult(
        id=item.id,
        path=item.path,
        kind=item.kind,
        title=item.title,
        criterion=item.criterion,
        limit_text=item.limit_text,
        confirmed=item.confirmed,
        verifies=item.verifies,
        defaults=item.defaults,
        parameters=dict(item.parameters),
        verdict=judge(item, evidence),
    )


def project_facts(project: Project) -> dict[str, Any]:
    """What a run's record says of its project, as the documents are now."""
    deployment = project.deployment
    return {
        "id": deployment.id,
        "name": project.name,
        "model": deployment.model,
        "version": deployment.version,
        "precision": deployment.model_format.precision,
        "deployment_sha256": sha256_file(project.layout.deployment),
        "tests_sha256": sha256_file(project.layout.deployment_tests),
        "platform": deployment.target_hardware.platform,
        "recorded_only": dict(recorded_only()),
    }


def chain_facts(chain: Chain, facts: ModelFacts) -> dict[str, Any]:
    """What a run's record says of what it was made from: each stage with its sha256 and what it was made with."""
    candidate, engine, release = chain.candidate.record, chain.engine.record, chain.release.record
    calibration = candidate.calibration
    return {
        "model": {
            "name": facts.path.name,
            "sha256": facts.sha256,
            "opset": facts.opset,
            "size_bytes": facts.size_bytes,
        },
        "candidate": {
            "name": candidate.name,
            "sha256": candidate.sha256,
            "record": chain.candidate.id,
            "recipe": candidate.recipe,
            "keep": list(candidate.keep),
            "size_bytes": candidate.size_bytes,
            "calibration": None if calibration is None else asdict(calibration),
        },
        "engine": {
            "name": f"{engine.runtime} {engine.runtime_version}",
            "sha256": engine.sha256,
            "record": chain.engine.id,
            "device_key": engine.device_key,
            "load_options": dict(engine.load_options),
            "size_bytes": engine.size_bytes,
        },
        "release": {"name": release.release, "sha256": release.manifest_sha256, "record": chain.release.id},
    }


def _board(held: HeldBoard) -> dict[str, Any]:
    facts = asdict(held.facts)
    clock = held.client.clock
    offset = {} if clock is None else {"clock_offset": asdict(clock)}
    for passing in ("mono_ns", "clock_utc", "read_utc", "lock", "disk_free_bytes"):
        facts.pop(passing, None)
    wall_offset_s = held.facts.clock_offset_s
    return {"name": held.name, "id": held.id, "facts": facts, "wall_offset_s": wall_offset_s, **offset}


def _machine(evidence: Evidence) -> dict[str, Any]:
    """The state of the board over the run: smallest, mean and largest of what was sampled."""
    state: dict[str, Any] = {}
    for column, values in sorted(evidence.telemetry.items()):
        known = values[np.isfinite(values.astype(np.float64))].astype(np.float64)
        if column != "mono_ns":
            state[column] = _span(known)
    board = evidence.board
    reasons = {"temperature": board.temperature_reason, "power": board.power_reason}
    return {"during": state, "not_measured": {name: text for name, text in reasons.items() if text}}


def _span(known: NDArray[np.float64]) -> dict[str, float] | None:
    if not known.size:
        return None
    return {"min": float(known.min()), "mean": float(known.mean()), "max": float(known.max())}


def _tools(engine: EngineRecord, candidate: CandidateRecord) -> dict[str, str]:
    desktop = {name: version(name) for name in _TOOLS}
    board = {f"{engine.runtime} (board)": engine.runtime_version, "python (desktop)": platform.python_version()}
    return {"slipway": version("slipway"), **dict(candidate.tools), **desktop, **board}


def _frames(inputs: RunInputs) -> dict[str, Any]:
    chosen = inputs.frames.selection
    named = inputs.project.settings.frames
    return {
        "source": chosen.source,
        "available": chosen.available,
        "requested": chosen.requested,
        "taken": len(chosen.names),
        "seed": chosen.seed,
        "sha256": chosen.sha256,
        "pack_sha256": inputs.pack.sha256,
        "labels": None if named is None else named.labels,
        "labels_sha256": inputs.frames.labels_sha256,
    }


def _settings(inputs: RunInputs) -> dict[str, Any]:
    used = inputs.project.effective
    shown = {name: getattr(used, name) for name in used.__dataclass_fields__ if name not in {"defaults"}}
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()},
        "head": inputs.detector.head.name,
        "classes": list(inputs.detector.class_names),
        "load": dict(inputs.chain.engine.record.load_options),
        "telemetry_hz": inputs.asked.telemetry_hz,
        "until_decided": inputs.asked.until_decided,
        "defaults": list(used.defaults),
    }


def _findings(inputs: RunInputs, ended: Ended, figures: Mapping[str, Any]) -> list[str]:
    found = [*(finding.text for finding in inputs.project.findings), *inputs.held.findings]
    found += model_findings(inputs.detector.facts)
    found += frame_findings(inputs.frames, inputs.calibration)
    names, fits = inputs.detector.class_names, inputs.pack.fits
    found += outside_findings(inputs.project, names, inputs.frames, ended.compared, fits)
    engine = inputs.chain.engine.record
    found += engine_findings(inputs.project, inputs.chain.candidate.record, engine.runtime_version, engine.load_options)
    chain = chain_facts(inputs.chain, inputs.detector.facts)
    slower = slower_than_parent(chain, inputs.held.id, figures, readable_runs(inputs.project.layout.runs))
    found += [slower] if slower else []
    found += unconfirmed_findings(inputs.requirements)
    if not inputs.detector.named:
        found.append("Nobody names the classes; they are numbered.")
    return [*found, *ended.recording.problems]


def model_findings(facts: ModelFacts) -> list[str]:
    """What a reviewer must know of the model itself, in words."""
    found = []
    if facts.changes:
        done = "; ".join(facts.changes)
        found.append(f"The model was changed in memory before reference and candidate were made from it: {done}.")
    if facts.quantisation is not None:
        how = facts.quantisation.value
        found.append(
            f"The model is quantised already ({how}). FP32 in the documents means: {describe_precision(facts)}."
        )
    return found


def unconfirmed_findings(requirements: Sequence[Requirement] | Sequence[RequirementResult]) -> list[str]:
    """Which limits no person confirmed, in a sentence; none where every limit is somebody's."""
    unconfirmed = [item.path for item in requirements if not item.confirmed]
    return [f"Limits that no person confirmed: {', '.join(unconfirmed)}."] if unconfirmed else []
