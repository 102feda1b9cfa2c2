"""All steps on one board: optimise, build, deploy, verify, report; what is unchanged is skipped, and said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from projects.records import ReleaseRecord, Stored
from projects.runs import RunFolder, list_runs
from targets.inventory import find_board
from workbench.base.hashing import sha256_file
from workbench.base.reporter import Reporter
from workbench.pipeline.build import ensure_engine
from workbench.pipeline.candidates import want_candidate
from workbench.pipeline.deploy import ensure_release
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.example import make_example
from workbench.pipeline.frame_sets import identify_test_set, require_frames
from workbench.pipeline.on_board import hold_board, runtime_name
from workbench.pipeline.optimise import ensure_candidate
from workbench.pipeline.report import UnreadableRun, has_report, load_run, try_run, write_report
from workbench.pipeline.report_files import REPORT
from workbench.pipeline.verify import VerifyJob, verify_release
from workbench.results.run_record import RunRecord, RunState
from workbench.verify.run_plan import Effort, count_samples

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class RunOutcome:
    """What a whole run came to."""

    record: RunRecord
    report: Path
    reused: bool
    """Whether the verification was done before and nothing changed since."""


@dataclass(frozen=True)
class RunJob:
    """The main job."""

    project: Path
    board: str
    quick: bool = False
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Run {self.project.name} on {self.board}"

    def run(self, context: JobContext) -> RunOutcome:
        """Verdicts and the report's path."""
        project = Project.open(self.project)
        require_runnable(project, self.board)
        detector = open_detector(project)
        wanted = want_candidate(project, detector, context)
        candidate = ensure_candidate(project, detector, wanted, context)
        with hold_board(self.board, f"run {project.name}", context) as held:
            engine = ensure_engine(project, candidate, held, context)
            release = ensure_release(project, detector, engine, held, context)
            known, reason = find_run_of(project, detector, release, context, quick=self.quick)
            if known is not None:
                context.step("verify", "Verify")
                context.end_step(f"unchanged: {known.id}", skipped=True)
                return self._report(known, load_run(known), context, reused=True)
            asked = VerifyJob(self.project, self.board, quick=self.quick, telemetry_hz=self.telemetry_hz)
            record = verify_release(project, detector, engine, release, held, asked, context, reason)
        folder = next(item for item in list_runs(project.layout.runs) if item.id == record.id)
        return self._report(folder, record, context, reused=False)

    def _report(self, folder: RunFolder, record: RunRecord, context: JobContext, *, reused: bool) -> RunOutcome:
        known = reused and has_report(folder)
        return RunOutcome(record, folder.path / REPORT if known else write_report(folder, record, context), reused)


@dataclass(frozen=True)
class DemoJob:
    """The example project, made if it is not there, and the main job on it."""

    project: Path
    board: str
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Show the example on {self.board}"

    def run(self, context: JobContext) -> RunOutcome:
        """Verdicts and the report's path."""
        context.step("example", "Make the example project")
        make_example(self.project, context)
        context.end_step(str(self.project))
        return RunJob(self.project, self.board, telemetry_hz=self.telemetry_hz).run(context)


def require_runnable(project: Project, board: str) -> None:
    """Refuse before anything is made what a later step would refuse.

    Raises:
        UsageError: no such board, a runtime that this version cannot run, or no frames to verify with.
    """
    find_board(board)
    runtime_name(project)
    require_frames(project)


def find_run_of(
    project: Project, detector: Detector, release: Stored[ReleaseRecord], reporter: Reporter, *, quick: bool = False
) -> tuple[RunFolder | None, str]:
    """The newest whole run of a release with the present model, documents and frames; else None and why not."""
    reason = unread = ""
    present = _present_inputs(project, detector, reporter, quick=quick)
    for folder in reversed(list_runs(project.layout.runs)):
        if not folder.is_finished():
            continue
        run = try_run(folder)
        if isinstance(run, UnreadableRun):
            unread = unread or f"the run {run.id} cannot be read ({run.state})"
            continue
        if run.state is not RunState.FINISHED or run.only or run.quick != quick:
            continue
        why = _changed(run, release, present)
        if not why:
            return folder, ""
        reason = reason or why
    return None, reason or unread


def _present_inputs(project: Project, detector: Detector, reporter: Reporter, *, quick: bool) -> dict[str, str | None]:
    """sha256 of what a run is made from besides its release, by what a person calls it."""
    effort = Effort(frozenset(item.kind for item in project.requirements), quick)
    frames = identify_test_set(project, count_samples(project, effort), reporter)
    return {
        "the model": detector.facts.sha256,
        "deployment.yaml": sha256_file(project.layout.deployment),
        "deployment_tests.yaml": sha256_file(project.layout.deployment_tests),
        "the test frames": frames["sha256"],
        "the labels": frames["labels_sha256"],
    }


def _changed(run: RunRecord, release: Stored[ReleaseRecord], present: Mapping[str, str | None]) -> str:
    if run.board.get("id") != release.record.board_id:
        return "the last run was on another board"
    if run.chain.get("release", {}).get("sha256") != release.record.manifest_sha256:
        return "the release changed"
    used = {
        "the model": run.chain.get("model", {}).get("sha256"),
        "deployment.yaml": run.project.get("deployment_sha256"),
        "deployment_tests.yaml": run.project.get("tests_sha256"),
        "the test frames": run.frames.get("sha256"),
        "the labels": run.frames.get("labels_sha256"),
    }
    changed = [name for name, sha256 in present.items() if used[name] != sha256]
    return f"{' and '.join(changed)} changed" if changed else ""
