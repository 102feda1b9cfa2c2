"""The step from a run to its report, and to what others read of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.layout import Layout
from projects.record_file import NewerFormat
from projects.runs import RunFolder, find_run, list_runs
from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.events import RecordWritten
from workbench.pipeline.report_files import BESIDE, JUNIT, REPORT, REPORT_PDF, Form, choose_form
from workbench.results.run_record import RunRecord

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class ReportJob:
    """Write a run for others; the last finished one where none is named."""

    project: Path
    run_name: str | None = None
    form: str | None = None
    """One of `FORMS`; None for the report in all its forms, or for what the output's ending stands for."""
    output: Path | None = None
    """Where to; None for beside the record."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Report on {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Path:
        """The path of the report, or of the form that was asked for."""
        folder = find_run(Layout(self.project).runs, self.run_name)
        if self.form is None and self.output is None:
            return write_report(folder, load_evidence(folder), context)
        form = choose_form(self.form, self.output)
        return _write(form, folder, load_evidence(folder), self.output or folder.path / form.file, context)


def load_run(folder: RunFolder) -> RunRecord:
    """The record of a finished run.

    Raises:
        UsageError: it did not finish.
        SlipwayError: its record is damaged or of a newer Slipway.
    """
    if not folder.is_finished():
        raise UsageError(f"the run {folder.id} did not finish", "The next job on its board closes it.")
    file = folder.read_run()
    return RunRecord.from_json({**file.body, "by": file.by.to_json(), "created": file.created})


def load_evidence(folder: RunFolder) -> RunRecord:
    """The record of a finished run that reports and comparisons may speak of.

    Raises:
        UsageError: it did not finish, or is a try.
        SlipwayError: its record is damaged or of a newer Slipway.
    """
    run = load_run(folder)
    if run.is_try or folder.is_try():
        hint = "Name a run of `slipway verify`; a try can be looked at on the page Live."
        raise UsageError(f"the run {folder.id} is a try: it is not evidence", hint)
    return run


@dataclass(frozen=True)
class UnreadableRun:
    """A run that ended and whose record this Slipway cannot read."""

    id: str
    state: str
    """`newer format` or `damaged`."""
    text: str
    """What is wrong, and what to do."""


def try_run(folder: RunFolder) -> RunRecord | UnreadableRun:
    """The record of a finished run, or why it cannot be read: one such run must not hide the others."""
    try:
        return load_run(folder)
    except NewerFormat as error:
        return UnreadableRun(folder.id, "newer format", f"{error.summary}. {error.hint}")
    except SlipwayError as error:
        return UnreadableRun(folder.id, "damaged", f"{error.summary}. {error.hint}")


def readable_runs(runs: Path) -> tuple[RunRecord, ...]:
    """The records of finished runs, oldest first; tries and those that cannot be read are passed over."""
    found = (try_run(folder) for folder in list_runs(runs) if folder.is_finished())
    return tuple(item for item in found if isinstance(item, RunRecord) and not item.is_try)


def find_unreadable(runs: Path) -> tuple[UnreadableRun, ...]:
    """The runs that ended and cannot be read."""
    found = (try_run(folder) for folder in list_runs(runs) if folder.is_finished())
    return tuple(item for item in found if isinstance(item, UnreadableRun))


def write_report(folder: RunFolder, run: RunRecord, context: JobContext) -> Path:
    """Make the report beside the record: the page, the PDF, and JUnit XML; made again, each has the same bytes.

    Returns:
        The path of the page.
    """
    from workbench.reports.junit import render_junit
    from workbench.reports.page import render_page
    from workbench.reports.pdf import render_pdf
    from workbench.reports.view import view_report

    context.step("report", "Write the verification report")
    view = view_report(folder.path, run)
    made = {REPORT: render_page(view).encode("utf-8"), REPORT_PDF: render_pdf(view), JUNIT: render_junit(view)}
    for name, data in made.items():
        write_atomic(folder.path / name, data)
        context.publish(RecordWritten(context.job_id, "report", str(folder.path / name), folder.id))
    context.end_step(str(folder.path / REPORT))
    return folder.path / REPORT


def has_report(folder: RunFolder) -> bool:
    """Whether the report lies beside the record in all its forms."""
    return all((folder.path / name).is_file() for name in BESIDE)


def _write(form: Form, folder: RunFolder, run: RunRecord, path: Path, context: JobContext) -> Path:
    context.step("report", f"Write {path.name}")
    form.write(folder.path, run, path, context)
    context.publish(RecordWritten(context.job_id, "report", str(path), folder.id))
    context.end_step(str(path))
    return path
