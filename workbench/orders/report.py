"""Orders of the Report page: write a run for others, and check what somebody else wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.views.report import Checked


@dataclass(frozen=True)
class ReportWritten:
    """What was written."""

    run: str
    path: Path


@dataclass(frozen=True)
class WriteReport:
    """Write one run in one form, or the report in all its forms."""

    project: Path
    run_name: str
    form: str | None = None
    """One of `html`, `pdf`, `junit`, `csv`, `xlsx`, `coco`; None for the report with its PDF and JUnit XML."""
    output: Path | None = None
    """Where to; None for beside the record."""

    @property
    def title(self) -> str:
        """What a person reads."""
        number = self.run_name.partition("-")[0].lstrip("0")
        return f"Report on run {number}" if self.form is None else f"Write run {number} as {self.form}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ReportWritten:
        """Where it lies now."""
        from workbench.pipeline.report import ReportJob

        path = ReportJob(self.project, self.run_name, self.form, self.output).run(context)
        return ReportWritten(self.run_name, path)


@dataclass(frozen=True)
class CheckReport:
    """Check a page that somebody sent against the run that it says it is of: here, without a network."""

    path: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Check {self.path.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Checked:
        """What can be said of it.

        Raises:
            UsageError: it is no report of Slipway.
        """
        from workbench.shelf.received import check_received

        context.step("check", f"Check {self.path}")
        checked = check_received(context.home, self.path)
        context.end_step(checked.title)
        return checked
