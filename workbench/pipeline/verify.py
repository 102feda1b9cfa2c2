"""The step from an installed release to verdicts: run on the board, compare, judge, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from projects.project import Project
from projects.records import CandidateRecord, EngineRecord, ReleaseRecord, Stored
from projects.requirements import Requirement, select_requirements
from projects.runs import RunFolder
from targets.agent.protocol import E_MISSING
from targets.push import push_blobs
from targets.replies import Refused
from workbench.base.errors import Cancelled, LinkLost, SlipwayError, UsageError
from workbench.base.events import Level
from workbench.evaluate.latency import share_of
from workbench.evaluate.wording import duration
from workbench.pipeline.board_run import BoardRun
from workbench.pipeline.deploy import choose_engine, find_release, tell_sent
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import FrameSet, open_calibration_set, open_test_set, pack_frames
from workbench.pipeline.on_board import HeldBoard, hold_board
from workbench.pipeline.recover import close_interrupted_runs, close_unjudged
from workbench.pipeline.release import board_plan, make_release, run_settings
from workbench.pipeline.run_files import (
    Chain,
    Ended,
    RunInputs,
    chain_facts,
    project_facts,
    stop_at_once,
    write_run,
)
from workbench.pipeline.verdict_events import tell_verdicts
from workbench.results.run_record import RunRecord, RunState
from workbench.telemetry.recording import Recording
from workbench.verify.run_plan import Effort, count_samples, least_seconds, plan_phases

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


WORTH_SAYING_S = 60.0
"""A run that takes longer says so at its start."""


@dataclass(frozen=True)
class VerifyJob:
    """Carry out the test specification, or a part of it, on a board where the release is installed."""

    project: Path
    board: str
    only: tuple[str, ...] = ()
    """Kinds of requirement, groups of them, ids or paths; empty for all."""
    quick: bool = False
    until_decided: bool = False
    at_most_s: float | None = None
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Verify {self.project.name} on {self.board}"

    def run(self, context: JobContext) -> RunRecord:
        """The run's record, with its verdicts."""
        project = Project.open(self.project)
        require_decidable(choose_requirements(project, self.only), self)
        detector = open_detector(project, context)
        with hold_board(self.board, f"verify {project.name}", context) as held:
            engine = choose_engine(project, None, held, context)
            release, reason = find_release(project, make_release(project, detector, engine.record), held)
            if release is None:
                why = f" ({reason})" if reason else ""
                hint = f"Install it: slipway deploy {project.folder} --board {held.name}."
                raise UsageError(f"the release of {engine.record.candidate_name} is not installed{why}", hint)
            return verify_release(project, detector, engine, release, held, self, context)


def choose_requirements(project: Project, only: tuple[str, ...]) -> tuple[Requirement, ...]:
    """The requirements that are named by kind, group, id or path; all where none is named.

    Raises:
        UsageError: a name fits none, or nothing is required at all.
    """
    if not project.requirements:
        raise UsageError(
            f"{project.layout.deployment_tests} requires nothing", "Add a requirement; `slipway new` proposes some."
        )
    return select_requirements(project.requirements, only)


def require_decidable(requirements: Sequence[Requirement], asked: VerifyJob) -> None:
    """Refuse to measure until something is decided that never can be.

    Raises:
        UsageError: latency is not among the requirements, or its mean or maximum is.
    """
    if not asked.until_decided:
        return
    wanted = next((item for item in requirements if item.kind == "latency"), None)
    if wanted is None:
        raise UsageError(
            "--until-decided measures latency until it is decided, and no latency is to be verified",
            "Leave --until-decided out, or name latency with --only.",
        )
    statistic = str(wanted.parameters["statistic"])
    if share_of(statistic) is None:
        raise UsageError(
            f"the {statistic} of the latency cannot be measured until it is decided",
            f"Leave --until-decided out, or give a percentile such as p99 at {wanted.path}.",
        )


def verify_release(
    project: Project,
    detector: Detector,
    engine: Stored[EngineRecord],
    release: Stored[ReleaseRecord],
    held: HeldBoard,
    asked: VerifyJob,
    context: JobContext,
    reason: str = "",
) -> RunRecord:
    """Run, judge and record; a run that was cut short is recorded as such, with what it measured."""
    chosen = choose_requirements(project, asked.only)
    close_interrupted_runs(project, held, context)
    effort = Effort(frozenset(item.kind for item in chosen), asked.quick, asked.until_decided)
    context.step("frames", "Choose and fit the test frames")
    frames = open_test_set(project, detector, count_samples(project, effort), context)
    pack = pack_frames(frames, detector, project.layout.cache, context)
    push_blobs(held.client, {pack.sha256: pack.path}, context.cancel, tell_sent(context))
    context.end_step(f"{pack.count} of {frames.selection.available} frames, seed {frames.selection.seed}")
    inputs = RunInputs(
        project=project,
        detector=detector,
        requirements=chosen,
        frames=frames,
        calibration=_calibration(project, context),
        pack=pack,
        chain=Chain(_candidate(project, engine.record), engine, release),
        held=held,
        asked=asked,
    )
    return _run(inputs, effort, context, reason)


def _run(inputs: RunInputs, effort: Effort, context: JobContext, reason: str) -> RunRecord:
    phases = plan_phases(inputs.project, effort, inputs.pack.count)
    settings = run_settings(inputs.detector, inputs.chain.engine.record)
    release = make_release(inputs.project, inputs.detector, inputs.chain.engine.record)
    hz = inputs.asked.telemetry_hz
    plan = board_plan("run", release, settings, inputs.pack, hz, phases)
    folder = RunFolder.create(inputs.project.layout.runs, _about(inputs, plan), context.by)
    context.step("verify", f"Run the test specification: {folder.id}", reason)
    least_s = sum(least_seconds(phase) for phase in phases)
    if least_s > WORTH_SAYING_S:
        context.log(Level.INFO, f"this takes at least {duration(least_s)}: {_longest(phases)}")
    run = BoardRun(inputs, {**plan, "run": folder.id}, folder, context)
    state, text = RunState.FINISHED, ""
    error: SlipwayError | None = None
    try:
        run.follow()
    except LinkLost:
        raise
    except Cancelled:
        stop_at_once(folder, context)
        state, text = RunState.CANCELLED, "it was cancelled"
        error = Cancelled(f"the run {folder.id} was cancelled", "What it measured until then is kept in its folder.")
    except SlipwayError as failure:
        state, text, error = RunState.FAILED, failure.summary, failure
    recording = _collect(run, inputs, folder, error)
    record = write_run(inputs, folder, Ended(state, text, recording, run.compared, phases), context)
    run.forget()
    tell_verdicts(record, folder, context)
    if error is not None:
        raise error
    return record


def _about(inputs: RunInputs, plan: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a run's folder from its first moment: all that is known of it should nobody come to judge it."""
    return {
        "board": inputs.held.name,
        "board_id": inputs.held.id,
        "only": list(inputs.asked.only),
        "quick": inputs.asked.quick,
        "project": project_facts(inputs.project),
        "chain": chain_facts(inputs.chain, inputs.detector.facts),
        "plan": plan,
    }


def _longest(phases: Sequence[Mapping[str, Any]]) -> str:
    """Which phase takes longest, in words."""
    phase = max(phases, key=least_seconds)
    return f"{phase['kind']} alone {duration(least_seconds(phase))}"


def _collect(run: BoardRun, inputs: RunInputs, folder: RunFolder, error: SlipwayError | None) -> Recording:
    """What the run recorded; the error that ended it, if there is one, comes before one of collecting."""
    try:
        recording, last_lines = run.collect()
    except SlipwayError as trouble:
        if error is None:
            raise
        if isinstance(trouble, Refused) and trouble.code == E_MISSING:
            text = f"it did not begin: {error.summary}"
            close_unjudged(inputs.project, folder, inputs.held, RunState.FAILED, text, {})
        raise error from trouble
    if error is not None:
        error.detail = "\n".join(part for part in (error.detail, last_lines) if part)
    return recording


def _candidate(project: Project, engine: EngineRecord) -> Stored[CandidateRecord]:
    found = project.records.made_as(CandidateRecord, engine.candidate_sha256)
    if not found:
        raise UsageError(
            f"the record of the candidate {engine.candidate_name} is not there",
            "Restore records/candidate from git, or make the candidate again.",
        )
    return found[-1]


def _calibration(project: Project, context: JobContext) -> FrameSet | None:
    """The calibration set, to be compared with the test set; None where the documents name none."""
    return open_calibration_set(project, context) if project.settings.calibration is not None else None
