"""The main job as a window orders it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class RunDone:
    """What a whole run came to."""

    project: Path
    run: str
    """The run's id."""
    outcome: str
    """As `RunRecord.outcome_text`."""
    report: Path
    reused: bool
    """Whether nothing had changed, so that an earlier run counts."""


@dataclass(frozen=True)
class RunOrder:
    """Optimise, build, install, verify, report; what is unchanged is skipped."""

    project: Path
    board: str
    quick: bool = False

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Run {self.project.name}"

    def run(self, context: JobContext) -> RunDone:
        """Verdicts and the report's path."""
        from workbench.pipeline.run import RunJob
        from workbench.settings import load_settings

        rate_hz = load_settings(context.home).telemetry_hz
        outcome = RunJob(self.project, self.board, quick=self.quick, telemetry_hz=rate_hz).run(context)
        record = outcome.record
        return RunDone(self.project, record.id, record.outcome_text, outcome.report, outcome.reused)
