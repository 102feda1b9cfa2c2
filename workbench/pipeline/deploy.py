"""The step from an engine to a release that is installed on a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from projects.records import EngineRecord, ReleaseRecord, Stored
from targets.board_values import number
from targets.push import push_blobs
from workbench.base.errors import BoardError, UsageError
from workbench.base.events import RecordWritten
from workbench.base.reporter import Reporter
from workbench.frames.pack import Pack, make_pack
from workbench.frames.selection import select_frames
from workbench.frames.source import open_source
from workbench.pipeline.build import choose_candidate, find_engine, require_one, want_engine
from workbench.pipeline.built_engines import is_built_here
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import require_frames
from workbench.pipeline.on_board import HeldBoard, hold_board
from workbench.pipeline.release import ENGINE_FILE, Release, board_plan, make_release, run_settings

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

SMOKE_FRAMES = 1
SMOKE_HZ = 1.0


@dataclass(frozen=True)
class DeployJob:
    """Install a release on a board; the engine of the wanted candidate where none is named."""

    project: Path
    board: str
    engine: str | None = None
    """The beginning of its sha256."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Deploy {self.project.name} to {self.board}"

    def run(self, context: JobContext) -> Stored[ReleaseRecord]:
        """The release, installed or found whole."""
        project = Project.open(self.project)
        detector = open_detector(project, context)
        with hold_board(self.board, f"deploy {project.name}", context) as held:
            engine = choose_engine(project, self.engine, held, context)
            return ensure_release(project, detector, engine, held, context)


def choose_engine(project: Project, name: str | None, held: HeldBoard, context: JobContext) -> Stored[EngineRecord]:
    """An engine by its sha256; the one of the wanted candidate for this board where none is named.

    Raises:
        UsageError: there is none, or it came from elsewhere.
    """
    if name is not None:
        found = [item for item in project.records.all(EngineRecord) if item.record.sha256.startswith(name)]
        if not found:
            raise UsageError(
                f"{project.name} has no engine {name!r}", "See `slipway status` for the engines there are."
            )
        require_one(f"engines of {project.name}", name, [item.record.sha256 for item in found])
        _refuse_foreign(project, found[-1].record, held, context.home)
        _refuse_other_version(found[-1].record, held)
        return found[-1]
    candidate = choose_candidate(project, None, context)
    stored, reason = find_engine(project, want_engine(project, candidate.record, held, context), context.home)
    if stored is None:
        why = f" ({reason})" if reason else ""
        hint = f"Build it: slipway build {project.folder} --board {held.name}."
        raise UsageError(f"there is no engine of {candidate.record.name} for {held.name}{why}", hint)
    return stored


def _refuse_foreign(project: Project, engine: EngineRecord, held: HeldBoard, home: Path) -> None:
    if not is_built_here(home, engine.sha256):
        what = f"engine {engine.sha256[:12]} was not built by you, and a board would load its bytes unchecked"
        raise UsageError(what, f"Build it again: slipway build {project.folder} --board {held.name}.")


def _refuse_other_version(engine: EngineRecord, held: HeldBoard) -> None:
    version = held.runtime(engine.runtime).version
    if version != engine.runtime_version:
        built = f"engine {engine.sha256[:12]} was built with {engine.runtime} {engine.runtime_version}"
        raise BoardError(f"{built}; {held.name} has {version}", f"Build it again: slipway build --board {held.name}.")


def find_release(project: Project, release: Release, held: HeldBoard) -> tuple[Stored[ReleaseRecord] | None, str]:
    """The record of a release that stands on the board whole; else None and why it has to be installed (again)."""
    records = [
        item
        for item in project.records.made_from(ReleaseRecord, release.files[ENGINE_FILE])
        if item.record.release == release.id and item.record.board_id == held.id
    ]
    if not records:
        return None, _other_release(project, release, held)
    installed = {item.release: item for item in held.client.releases()}.get(release.id)
    if installed is None:
        return None, f"it is not on {held.name} any more"
    if installed.problem:
        return None, f"on {held.name} it is not whole: {installed.problem}"
    if installed.manifest_sha256 != records[-1].record.manifest_sha256:
        return None, f"on {held.name} it has another manifest"
    return records[-1], ""


def _other_release(project: Project, release: Release, held: HeldBoard) -> str:
    """How the last release on this board differs from one that was never installed; empty where there is none."""
    here = [item.record for item in project.records.all(ReleaseRecord) if item.record.board_id == held.id]
    if not here:
        return ""
    same = any(record.engine_sha256 == release.files[ENGINE_FILE] for record in here)
    return "the configuration changed" if same else "the engine changed"


def ensure_release(
    project: Project, detector: Detector, engine: Stored[EngineRecord], held: HeldBoard, context: JobContext
) -> Stored[ReleaseRecord]:
    """The release of an engine: the one that stands on the board whole, else installed now."""
    release = make_release(project, detector, engine.record)
    known, reason = find_release(project, release, held)
    context.step("deploy", f"Install {release.id} on {held.name}", reason)
    if known is not None:
        context.end_step(f"unchanged: {release.id} is there, every file hashed again", skipped=True)
        return known
    stored = _install(project, detector, engine.record, release, held, context)
    path = project.layout.records / stored.record.kind / f"{stored.id}.json"
    context.publish(RecordWritten(context.job_id, stored.record.kind, str(path), release.id))
    smoke = stored.record.smoke.get("latency_us")
    tried = f"; one frame took {float(smoke) / 1e3:.1f} ms" if isinstance(smoke, (int, float)) else ""
    context.end_step(f"{release.id}{tried}")
    return stored


def _install(
    project: Project,
    detector: Detector,
    engine: EngineRecord,
    release: Release,
    held: HeldBoard,
    context: JobContext,
) -> Stored[ReleaseRecord]:
    for content in filter(None, (release.config, detector.plugin)):
        project.blobs.add_bytes(content)
    blobs = {sha256: project.blobs.verify(sha256, f"{name} {sha256[:12]}") for name, sha256 in release.files.items()}
    pack = smoke_pack(project, detector, context)
    push_blobs(held.client, {**blobs, pack.sha256: pack.path}, context.cancel, tell_sent(context))
    plan = board_plan("smoke", release, run_settings(detector, engine), pack, SMOKE_HZ, _SMOKE_PHASES)
    installed = held.client.install(release.id, release.files, release.about, plan, context.cancel)
    smoke = {name: value for name, value in (installed.smoke or {}).items() if _is_plain(value)}
    record = ReleaseRecord(
        release=release.id,
        engine_sha256=engine.sha256,
        candidate_sha256=engine.candidate_sha256,
        manifest_sha256=installed.manifest_sha256,
        files=release.files,
        board_id=held.id,
        board_name=held.name,
        smoke=smoke,
    )
    return project.records.write(record, context.by)


def _is_plain(value: object) -> bool:
    """Whether a record takes it; a board may have sent anything."""
    return value is None or isinstance(value, (str, bool)) or number(value) is not None


def smoke_pack(project: Project, detector: Detector, reporter: Reporter) -> Pack:
    """One frame of the test set, so that an installation is tried with something real."""
    named = require_frames(project)
    source = open_source(project.layout.inner(named.images))
    chosen = select_frames(source, named.images, SMOKE_FRAMES, 0, reporter.check)
    return make_pack(source, chosen, detector.fitting, project.layout.cache, reporter)


_SMOKE_PHASES = [{"id": "validation", "kind": "validation"}]
"""A plan has a phase; an installation's trial carries none out."""


def tell_sent(reporter: Reporter) -> Callable[[int, int], None]:
    """Progress of a push, in megabytes."""

    def progress(done: int, total: int) -> None:
        reporter.progress(done / total if total else None, f"sent {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    return progress
