"""The chain model → candidate → engine → release → run: what is there, what is stale, and why."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from projects.project import Project
from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from targets.inventory import THIS_MACHINE
from workbench.base.reporter import Silent
from workbench.pipeline.build import why_build_again
from workbench.pipeline.candidates import find_candidate, want_candidate
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.known_runs import find_measured, find_run_of
from workbench.pipeline.rejudge import why_measure
from workbench.pipeline.release import make_release
from workbench.pipeline.report import UnreadableRun, find_unreadable
from workbench.pipeline.runtime_check import RUNTIMES, TRT_OPTIONS, runtime_options

_Made = TypeVar("_Made", EngineRecord, ReleaseRecord)

CURRENT, STALE, MISSING = "current", "stale", "missing"


@dataclass(frozen=True)
class ChainLink:
    """One stage of the chain."""

    stage: str
    state: str
    """`current`, `stale` or `missing`."""
    name: str
    sha256: str | None
    created: str | None
    reason: str
    """Why it is stale or missing; empty where it is current."""
    next_step: str
    """The command that mends it; empty where nothing has to be done."""


@dataclass(frozen=True)
class ChainStatus:
    """All stages, and how many limits wait for a person."""

    project: str
    links: tuple[ChainLink, ...]
    unconfirmed: tuple[str, ...]
    unreadable: tuple[UnreadableRun, ...] = ()
    """Runs that are passed over: a newer Slipway wrote them, or they were damaged."""

    @property
    def is_current(self) -> bool:
        """Whether nothing has to be done."""
        return all(link.state == CURRENT for link in self.links)


def read_chain(project: Project, home: Path) -> ChainStatus:
    """The chain as the records tell it; no board is asked, so what stands on one may have changed since.

    Args:
        project: whose chain.
        home: where the state of the user lies, with what they built.

    Raises:
        UsageError: the model or the frames that the documents name cannot be read.
    """
    detector = open_detector(project)
    model = ChainLink("model", CURRENT, detector.facts.path.name, detector.facts.sha256, None, "", "")
    wanted = want_candidate(project, detector, Silent())
    candidate, reason = find_candidate(project, wanted)
    command = f"slipway optimise {project.folder}"
    links = [model, _candidate_link(project, candidate, wanted.name, reason, command)]
    engine = _choose(project.records.all(EngineRecord), None if candidate is None else candidate.record.sha256)
    release = _choose(project.records.all(ReleaseRecord), None if engine is None else engine.record.sha256)
    links.append(_engine_link(project, engine, candidate, home))
    links.append(_release_link(project, detector, release, engine, links[-1]))
    links.append(_run_link(project, detector, release, links[-1]))
    unconfirmed = tuple(item.path for item in project.unconfirmed)
    return ChainStatus(project.name, tuple(links), unconfirmed, find_unreadable(project.layout.runs))


@dataclass(frozen=True)
class BoardRelease:
    """What was installed last on one board, and whether it still is what the documents ask for."""

    board_id: str
    board: str
    release: Stored[ReleaseRecord]
    reason: str
    """Why it is stale; empty where it is current."""


def read_board_releases(project: Project, detector: Detector, home: Path) -> tuple[BoardRelease, ...]:
    """The release that counts on each board, in the order in which boards first got one; no board is asked."""
    candidate, _ = find_candidate(project, want_candidate(project, detector, Silent()))
    engines, releases = project.records.all(EngineRecord), project.records.all(ReleaseRecord)
    wanted = None if candidate is None else candidate.record.sha256
    found = []
    for board_id in dict.fromkeys(item.record.board_id for item in releases):
        there = tuple(item for item in releases if item.record.board_id == board_id)
        engine = _choose(tuple(item for item in engines if item.record.board_id == board_id), wanted)
        release = _choose(there, None if engine is None else engine.record.sha256) or there[-1]
        before = _engine_link(project, engine, candidate, home)
        reason = _release_link(project, detector, release, engine, before).reason
        found.append(BoardRelease(board_id, there[-1].record.board_name, release, before.reason or reason))
    return tuple(found)


def _choose(records: tuple[Stored[_Made], ...], parent_sha256: str | None) -> Stored[_Made] | None:
    """The newest record that was made from this parent, as a run would find it; else the newest of all."""
    if not records:
        return None
    return ([item for item in records if parent_sha256 in item.record.parents()] or list(records))[-1]


def _candidate_link(
    project: Project, found: Stored[CandidateRecord] | None, name: str, reason: str, command: str
) -> ChainLink:
    if found is not None:
        return ChainLink("candidate", CURRENT, name, found.record.sha256, found.created, "", "")
    older = project.records.all(CandidateRecord)
    state = STALE if older and reason else MISSING
    why = reason or f"no {name} candidate was made yet"
    return ChainLink("candidate", state, name, None, None, why, command)


def _engine_link(
    project: Project, engine: Stored[EngineRecord] | None, candidate: Stored[CandidateRecord] | None, home: Path
) -> ChainLink:
    command = f"slipway build {project.folder}"
    if engine is None:
        return ChainLink("engine", MISSING, "", None, None, "no engine was built yet", command)
    record = engine.record
    command += _board_option(project, record.board_name)
    name = f"{record.candidate_name} for {record.board_name}, {record.runtime} {record.runtime_version}"
    if candidate is None:
        reason = "its candidate has to be made first"
    elif record.candidate_sha256 != candidate.record.sha256:
        reason = f"it was built from another candidate ({record.candidate_sha256[:12]})"
    else:
        reason = _options_changed(project, record) or why_build_again(project, record, home)
    return _link("engine", name, record.sha256, engine.created, reason, command)


def _options_changed(project: Project, engine: EngineRecord) -> str:
    """Which options that the documents name are others than the engine was built with; a board may add to them."""
    configuration, threads = (
        project.deployment.runtime_configuration,
        project.deployment.resource_allocation.cpu_threads,
    )
    wanted = {
        "streams": int(configuration.streams),
        **({} if threads is None else {"threads": int(threads)}),
        **dict.fromkeys(TRT_OPTIONS),
        **runtime_options(project.deployment, project.settings),
    }
    runtime = RUNTIMES[configuration.framework.name]
    changed = [
        f"{name} {engine.load_options.get(name)} → {value}"
        for name, value in wanted.items()
        if engine.load_options.get(name) != value
    ]
    changed += [] if runtime == engine.runtime else [f"runtime {engine.runtime} → {runtime}"]
    return f"the options changed: {', '.join(changed)}" if changed else ""


def _release_link(
    project: Project,
    detector: Detector,
    release: Stored[ReleaseRecord] | None,
    engine: Stored[EngineRecord] | None,
    before: ChainLink,
) -> ChainLink:
    command = f"slipway deploy {project.folder}"
    if release is None:
        return ChainLink("release", MISSING, "", None, None, "nothing was installed yet", command)
    record = release.record
    command += _board_option(project, record.board_name)
    reason = ""
    if engine is None or record.engine_sha256 != engine.record.sha256:
        reason = f"it holds another engine ({record.engine_sha256[:12]})"
    elif before.state != CURRENT:
        reason = "its engine is stale"
    elif make_release(project, detector, engine.record).id != record.release:
        reason = "the configuration changed"
    name = f"{record.release} on {record.board_name}"
    return _link("release", name, record.manifest_sha256, release.created, reason, command)


def _run_link(
    project: Project, detector: Detector, release: Stored[ReleaseRecord] | None, before: ChainLink
) -> ChainLink:
    if release is None:
        command = f"slipway verify {project.folder}"
        return ChainLink("run", MISSING, "", None, None, "nothing was verified yet", command)
    where = _board_option(project, release.record.board_name)
    command = f"slipway verify {project.folder}{where}"
    found, reason = find_run_of(project, detector, release, Silent())
    if found is None:
        measured = find_measured(project, detector, release, Silent())
        if measured is not None and not why_measure(project, measured[1], measured[0], quick=False):
            reason += f"; what run {measured[1].number} measured can be judged again"
            command = f"slipway run {project.folder}{where}"
        state = STALE if reason else MISSING
        return ChainLink("run", state, "", None, None, reason or "the release was not verified yet", command)
    why = "its release is stale" if before.state != CURRENT else ""
    return _link("run", found.id, found.read_run().sha256, found.read_run().created, why, command)


def _board_option(project: Project, board: str) -> str:
    """What a command needs so that it goes to this board; nothing where it goes there anyway."""
    usual = project.settings.board or THIS_MACHINE
    return "" if board == usual else f" --board {shlex.quote(board)}"


def _link(stage: str, name: str, sha256: str, created: str, reason: str, command: str) -> ChainLink:
    state = STALE if reason else CURRENT
    return ChainLink(stage, state, name, sha256, created, reason, command if reason else "")
