"""The step from a candidate to an engine, built on the board."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from projects.records import CandidateRecord, EngineRecord, Stored
from targets.push import push_blobs
from workbench.base.cancel import Deadline
from workbench.base.errors import UsageError
from workbench.base.events import Level, RecordWritten
from workbench.base.hashing import sha256_bytes
from workbench.optimise.objections import require_openvino
from workbench.optimise.trt_rules import require_trt
from workbench.pipeline.built_engines import FOREIGN, is_built_here, remember_engine
from workbench.pipeline.candidates import find_candidate, want_candidate
from workbench.pipeline.detector import open_detector
from workbench.pipeline.on_board import HeldBoard, hold_board, load_options, runtime_name
from workbench.pipeline.runtime_check import trt_target
from workbench.pipeline.trt_calibration import TrtCalibration, find_trt_calibration

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

LOG_LINES = 20
FETCH_LIMIT_S = 600.0


@dataclass(frozen=True)
class BuildJob:
    """Build the engine of a candidate on a board; the wanted candidate where none is named."""

    project: Path
    board: str
    candidate: str | None = None
    """Name, or the beginning of the sha256."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Build {self.project.name} on {self.board}"

    def run(self, context: JobContext) -> Stored[EngineRecord]:
        """The engine, built or found."""
        project = Project.open(self.project)
        candidate = choose_candidate(project, self.candidate, context)
        with hold_board(self.board, f"build {project.name}", context) as held:
            return ensure_engine(project, candidate, held, context)


@dataclass(frozen=True)
class WantedEngine:
    """What decides what an engine is."""

    candidate: CandidateRecord
    runtime: str
    runtime_version: str
    device_key: str
    options: dict[str, str | int]
    calibration: TrtCalibration | None = None
    """What TensorRT measures INT8 ranges on; the options say which frames."""

    @property
    def identity_sha256(self) -> str:
        """The same identity need not be built again."""
        parts = [self.candidate.sha256, self.runtime, self.runtime_version, self.device_key, self.options, self.options]
        return sha256_bytes(json.dumps(parts, sort_keys=True).encode())


def choose_candidate(project: Project, name: str | None, context: JobContext) -> Stored[CandidateRecord]:
    """A candidate by name or sha256, the newest of that name; the wanted one where no name is given.

    Raises:
        UsageError: there is none.
    """
    known = project.records.all(CandidateRecord)
    if name is not None:
        found = [item for item in known if item.record.name == name] or [
            item for item in known if item.record.sha256.startswith(name)
        ]
        if not found:
            names = ", ".join(sorted({item.record.name for item in known})) or "none yet"
            raise UsageError(f"{project.name} has no candidate {name!r}", f"Candidates: {names}.")
        if found[-1].record.name != name:
            require_one(f"candidates of {project.name}", name, [item.record.sha256 for item in found])
        return found[-1]
    wanted = want_candidate(project, open_detector(project, context), context)
    stored, reason = find_candidate(project, wanted)
    if stored is None:
        why = f" ({reason})" if reason else ""
        raise UsageError(f"there is no {wanted.name} candidate{why}", f"Make it: slipway optimise {project.folder}.")
    return stored


def require_one(what: str, beginning: str, sha256s: Sequence[str]) -> None:
    """Refuse the beginning of a sha256 that several things have.

    Raises:
        UsageError: with those that it fits.
    """
    different = list(dict.fromkeys(sha256s))
    if len(different) > 1:
        listed = ", ".join(sha256[:12] for sha256 in different[:8])
        raise UsageError(f"several {what} begin with {beginning!r}", f"Give more of the sha256: {listed}.")


def want_engine(project: Project, candidate: CandidateRecord, held: HeldBoard, context: JobContext) -> WantedEngine:
    """The engine that a candidate comes to on this board."""
    name = runtime_name(project)
    runtime = held.runtime(name)
    calibration = find_trt_calibration(project, candidate, context)
    precision = candidate.precision if calibration is None else "int8"
    options = {
        **load_options(project, held.facts, runtime, precision),
        **({} if calibration is None else calibration.options),
    }
    return WantedEngine(candidate, name, str(runtime.version), str(runtime.device_key), options, calibration)


def find_engine(project: Project, wanted: WantedEngine, home: Path) -> tuple[Stored[EngineRecord] | None, str]:
    """The newest engine of this identity that can be used; else None and why it has to be built (again).

    Args:
        project: whose records and blobs are looked through.
        wanted: what is wanted.
        home: where the state of the user lies.
    """
    engines = project.records.made_from(EngineRecord, wanted.candidate.sha256)
    same = [item for item in engines if item.record.identity_sha256 == wanted.identity_sha256]
    reason = ""
    for stored in reversed(same):
        reason = why_build_again(project, stored.record, home)
        if not reason:
            return stored, ""
    if same:
        return None, reason
    if engines:
        return None, _changed(engines[-1].record, wanted)
    return None, _other_candidate(project, wanted)


def why_build_again(project: Project, engine: EngineRecord, home: Path) -> str:
    """Why an engine's bytes are not used, in words: not here, or not from a board of this user; else empty."""
    reason = project.blobs.problem_of(engine.sha256)
    return reason or ("" if is_built_here(home, engine.sha256) else FOREIGN)


def ensure_engine(
    project: Project, candidate: Stored[CandidateRecord], held: HeldBoard, context: JobContext
) -> Stored[EngineRecord]:
    """The engine: the one that is there, else a new one."""
    wanted = want_engine(project, candidate.record, held, context)
    known, reason = find_engine(project, wanted, context.home)
    context.step("build", f"Build {candidate.record.name} for {held.name}", reason)
    for text in engine_findings(project, candidate.record, wanted.runtime_version, wanted.options):
        context.log(Level.WARNING, text)
    if known is not None:
        context.end_step(f"unchanged: {known.record.sha256[:12]} of {known.created}", skipped=True)
        return known
    stored = _build(project, wanted, held, context)
    path = project.layout.records / stored.record.kind / f"{stored.id}.json"
    context.publish(RecordWritten(context.job_id, stored.record.kind, str(path), candidate.record.name))
    seconds = stored.record.build_seconds
    took = "" if seconds is None else f" in {seconds:.1f} s"
    context.end_step(f"{stored.record.sha256[:12]}, {stored.record.size_bytes / 1e6:.2f} MB{took}")
    return stored


def engine_findings(
    project: Project, candidate: CandidateRecord, runtime_version: str, options: Mapping[str, object]
) -> list[str]:
    """What a reviewer must know of how an engine is built, in words."""
    found = []
    framework = project.deployment.runtime_configuration.framework
    if framework.version is not None and not runtime_version.startswith(framework.version):
        found.append(f"The documents ask for {framework}; the board has {runtime_version}.")
    if candidate.precision == "fp16" and options.get("precision") == "f32":
        found.append("This processor has no FP16 arithmetic: the FP16 candidate computes in float32 here.")
    if "calibrator" in options:
        found.append("TensorRT measures the INT8 ranges on the board: they are not those of an INT8 candidate.")
    return found


def dla_findings(built: Mapping[str, object]) -> list[str]:
    """What a person must know of an engine for a DLA core: how much of it does not run there."""
    on_gpu, on_dla = built.get("layers_on_gpu"), built.get("layers_on_dla")
    if not isinstance(on_gpu, int) or not isinstance(on_dla, int) or not on_gpu:
        return []
    every = on_gpu + on_dla
    return [f"{on_gpu} of {every} layers run on the GPU, {on_dla} on the DLA: each change between them costs copies."]


def _build(project: Project, wanted: WantedEngine, held: HeldBoard, context: JobContext) -> Stored[EngineRecord]:
    candidate, lines = wanted.candidate, deque[str](maxlen=LOG_LINES)

    def on_log(line: str) -> None:
        lines.append(line)
        context.log(Level.INFO, line)

    source = project.blobs.verify(candidate.sha256, f"candidate {candidate.name}", context.check)
    _require_takeable(project, wanted, source)
    calibration = wanted.calibration
    frames = {} if calibration is None else {calibration.pack.sha256: calibration.pack.path}
    push_blobs(held.client, {candidate.sha256: source, **frames}, context.cancel)
    asked = None if calibration is None else calibration.request
    built = held.client.build(
        candidate.sha256, wanted.runtime, wanted.options, context.progress, on_log, calibration=asked
    )
    for text in dla_findings(built.build_options):
        context.log(Level.WARNING, text)
    part = project.layout.cache / f"{built.sha256}.engine"
    try:
        held.client.board.get_file(built.sha256, part, Deadline(FETCH_LIMIT_S), context.cancel)
        remember_engine(context.home, project.blobs.add_file(part, context.check))
    finally:
        part.unlink(missing_ok=True)
    record = EngineRecord(
        candidate_sha256=candidate.sha256,
        candidate_name=candidate.name,
        sha256=built.sha256,
        size_bytes=built.size_bytes,
        runtime=built.runtime,
        runtime_version=built.runtime_version,
        device_key=built.device_key,
        identity_sha256=wanted.identity_sha256,
        build_options=dict(built.build_options),
        load_options=dict(wanted.options),
        sidecar=dict(built.sidecar),
        board_id=held.id,
        board_name=held.name,
        build_seconds=built.seconds,
        log_tail=tuple(lines),
    )
    return project.records.write(record, context.by)


def _require_takeable(project: Project, wanted: WantedEngine, source: Path) -> None:
    """Refuse here what the runtime on the board would refuse or compute wrongly, before anything is sent.

    Raises:
        UsageError: with every reason and what to do.
    """
    import onnx

    model, what = onnx.load_model_from_string(source.read_bytes()), f"the candidate {wanted.candidate.name}"
    target = trt_target(project.deployment, project.settings, wanted.runtime_version)
    if target is not None:
        require_trt(model, target, what)
    elif wanted.runtime == "openvino":
        require_openvino(model, what)


def _other_candidate(project: Project, wanted: WantedEngine) -> str:
    """What the last engine for such a board is of, where none is of this candidate; empty where there is none."""
    engines = project.records.all(EngineRecord)
    here = [item.record for item in engines if item.record.device_key == wanted.device_key]
    if not here:
        return ""
    if any(record.candidate_name == wanted.candidate.name for record in here):
        return "the candidate changed"
    return f"the last engine is of the candidate {here[-1].candidate_name}"


def _changed(record: EngineRecord, wanted: WantedEngine) -> str:
    """Why the last engine of a candidate is not the wanted one, in words."""
    if record.runtime_version != wanted.runtime_version:
        return f"{wanted.runtime} {record.runtime_version} → {wanted.runtime_version}"
    if record.device_key != wanted.device_key:
        return "it was built for another kind of board"
    return "the options changed"
