"""What a live run is played through: an installed release as it is, or an engine with the project's configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from projects.project import Project
from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from targets.agent.heads.base import OutputSpec, make_head
from targets.agent.plan import HeadChoice, Preprocess
from targets.agent.protocol import CommandError
from workbench.base.errors import SlipwayError, UsageError
from workbench.frames.resize import Fitting
from workbench.pipeline.deploy import choose_engine, ensure_release
from workbench.pipeline.detector import Detector
from workbench.pipeline.on_board import HeldBoard
from workbench.pipeline.release import CONFIG_FILE, Release, make_release, run_settings
from workbench.pipeline.run_files import Chain, chain_facts
from workbench.verify.side_by_side import Thresholds

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

ENGINE, RELEASE = "engine:", "release:"
_SETTINGS = ("runtime", "load", "head", "confidence", "nms_iou", "max_detections", "preprocess")


@dataclass(frozen=True)
class Chosen:
    """Release, how it runs, and what decodes it."""

    release: Release
    settings: dict[str, Any]
    detector: Detector
    chain: Mapping[str, Any]
    """For the record."""
    no_reference: str
    """Why the project's model is no reference for it; empty where it is."""


def choose(project: Project, detector: Detector, wanted: str, held: HeldBoard, context: JobContext) -> Chosen:
    """What the order names; an engine is installed where it is not.

    Raises:
        UsageError: there is none of that name.
    """
    if wanted.startswith(RELEASE):
        return _installed(project, detector, wanted.removeprefix(RELEASE), held)
    if wanted and not wanted.startswith(ENGINE):
        raise UsageError(f"{wanted!r} names neither an engine nor a release", "Write engine:<sha256> or release:<id>.")
    engine = choose_engine(project, wanted.removeprefix(ENGINE) or None, held, context)
    stored = ensure_release(project, detector, engine, held, context)
    return Chosen(
        make_release(project, detector, engine.record),
        run_settings(detector, engine.record),
        detector,
        _chain(project, detector, engine, stored),
        _other_model(project, detector, engine.record),
    )


def _installed(project: Project, detector: Detector, name: str, held: HeldBoard) -> Chosen:
    found = [item for item in project.records.all(ReleaseRecord) if item.record.release == name]
    here = [item for item in found if item.record.board_id == held.id]
    if not here:
        where = f"; it was installed on {found[-1].record.board_name}" if found else ""
        raise UsageError(f"{project.name} has no release {name} on {held.name}{where}", "Deploy it, or name another.")
    stored = here[-1]
    standing = {item.release: item for item in held.client.releases()}.get(name)
    if standing is None or standing.problem or standing.manifest_sha256 != stored.record.manifest_sha256:
        why = (
            "is not there any more"
            if standing is None
            else f"is not what was installed: {standing.problem or 'another manifest'}"
        )
        raise UsageError(f"the release {name} on {held.name} {why}", "Deploy it again, or name another.")
    engines = project.records.made_as(EngineRecord, stored.record.engine_sha256)
    if not engines:
        raise UsageError(f"the record of the engine of {name} is not there", "Restore records/engine from git.")
    config = _config(project, stored.record)
    release = Release(name, dict(stored.record.files), {}, b"")
    adapted = _adapt(detector, config)
    settings = {key: config[key] for key in _SETTINGS}
    chain = _chain(project, detector, engines[-1], stored)
    return Chosen(release, settings, adapted, chain, _other_model(project, detector, engines[-1].record))


def _config(project: Project, release: ReleaseRecord) -> dict[str, Any]:
    sha256 = release.files[CONFIG_FILE]
    path = project.blobs.verify(sha256, f"{CONFIG_FILE} {sha256[:12]}")
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict) or not {*_SETTINGS, "classes", "fitting"} <= set(value):
        raise SlipwayError(f"the configuration of {release.release} cannot be read", "Deploy it again.")
    return value


def _adapt(detector: Detector, config: Mapping[str, Any]) -> Detector:
    """The detector as the release has it: documents may have changed since it was installed."""
    head, fitted, pre = config["head"], config["fitting"], config["preprocess"]
    width, height = head["input"]
    choice = HeadChoice(head["name"], head["classes"], width, height, head["options"], head["plugin"])
    if choice.plugin != detector.choice.plugin:
        raise UsageError("the release decodes by another head of the project's own", "Deploy the project again.")
    outputs = [
        OutputSpec(one.name, tuple(axis if isinstance(axis, int) else 0 for axis in one.shape), one.dtype)
        for one in detector.facts.outputs
    ]
    try:
        decoder = detector.head if choice == detector.choice else make_head(choice, outputs, detector.plugin)
    except CommandError as error:
        raise SlipwayError(f"its head cannot be made: {error.summary}", "Deploy the release again.") from error
    limits = detector.thresholds
    return replace(
        detector,
        head=decoder,
        choice=choice,
        class_names=tuple(config["classes"]),
        fitting=Fitting(width, height, fitted["mode"], fitted["pad"], fitted["anchor"]),
        preprocess=Preprocess(pre["color"], pre["scale"], tuple(pre["mean"]), tuple(pre["std"]), pre["layout"]),
        thresholds=Thresholds(
            config["confidence"],
            config["nms_iou"],
            config["max_detections"],
            limits.map_confidence,
            limits.map_nms_iou,
        ),
    )


def _chain(
    project: Project, detector: Detector, engine: Stored[EngineRecord], release: Stored[ReleaseRecord]
) -> Mapping[str, Any]:
    found = project.records.made_as(CandidateRecord, engine.record.candidate_sha256)
    if not found:
        hint = "Restore records/candidate from git, or make the candidate again."
        raise UsageError(f"the record of the candidate {engine.record.candidate_name} is not there", hint)
    return chain_facts(Chain(found[-1], engine, release), detector.facts)


def _other_model(project: Project, detector: Detector, engine: EngineRecord) -> str:
    found = project.records.made_as(CandidateRecord, engine.candidate_sha256)
    if found and found[-1].record.parent_sha256 != detector.facts.sha256:
        return "the engine was made from another model than the project has now"
    return ""
