"""All steps on one board: optimise, build, deploy, verify, report; what is unchanged is skipped, and said so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from projects.runs import RunFolder, list_runs
from targets.inventory import find_board
from workbench.pipeline.build import choose_candidate, ensure_engine
from workbench.pipeline.candidates import want_candidate
from workbench.pipeline.deploy import ensure_release
from workbench.pipeline.detector import open_detector
from workbench.pipeline.example import make_example
from workbench.pipeline.frame_sets import require_frames
from workbench.pipeline.known_runs import find_measured, find_run_of
from workbench.pipeline.on_board import hold_board, runtime_name
from workbench.pipeline.optimise import ensure_candidate
from workbench.pipeline.rejudge import judge_again, why_measure
from workbench.pipeline.report import has_report, load_run, write_report
from workbench.pipeline.report_files import REPORT
from workbench.pipeline.verify import VerifyJob, verify_release
from workbench.results.run_record import RunRecord

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
    candidate: str | None = None
    """Name, or the beginning of the sha256, of one that was made; None makes what the documents ask for."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Run {self.project.name} on {self.board}"

    def run(self, context: JobContext) -> RunOutcome:
        """Verdicts and the report's path."""
        project = Project.open(self.project)
        require_runnable(project, self.board)
        detector = open_detector(project, context)
        if self.candidate is not None:
            candidate = choose_candidate(project, self.candidate, context)
        else:
            candidate = ensure_candidate(project, detector, want_candidate(project, detector, context), context)
        with hold_board(self.board, f"run {project.name}", context) as held:
            engine = ensure_engine(project, candidate, held, context)
            release = ensure_release(project, detector, engine, held, context)
            known, reason = find_run_of(project, detector, release, context, quick=self.quick)
            if known is not None:
                context.step("verify", "Verify")
                context.end_step(f"unchanged: {known.id}", skipped=True)
                return self._report(known, load_run(known), context, reused=True)
            measured = find_measured(project, detector, release, context, quick=self.quick)
            if measured is not None and not why_measure(project, measured[1], measured[0], quick=self.quick):
                record = judge_again(project, *measured, held, context, reason)
                return self._report(_folder_of(project, record), record, context, reused=False)
            asked = VerifyJob(self.project, self.board, quick=self.quick, telemetry_hz=self.telemetry_hz)
            record = verify_release(project, detector, engine, release, held, asked, context, reason)
        return self._report(_folder_of(project, record), record, context, reused=False)

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


def _folder_of(project: Project, record: RunRecord) -> RunFolder:
    return next(item for item in list_runs(project.layout.runs) if item.id == record.id)


def require_runnable(project: Project, board: str) -> None:
    """Refuse before anything is made what a later step would refuse.

    Raises:
        UsageError: no such board, a runtime that this version cannot run, or no frames to verify with.
    """
    find_board(board)
    runtime_name(project)
    require_frames(project)
