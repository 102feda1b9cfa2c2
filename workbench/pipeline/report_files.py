"""What can be written of a run, and where: the report in three forms, its raw results, and both sides' detections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from projects.problems import near_miss, one_of
from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.base.reporter import Reporter
from workbench.results.run_folder import check_files
from workbench.results.run_record import RunRecord

REPORT, REPORT_PDF, JUNIT = "report.html", "report.pdf", "junit.xml"
BESIDE = (REPORT, REPORT_PDF, JUNIT)
"""Made beside the record of every run."""

Write = Callable[[Path, RunRecord, Path, Reporter], None]
"""Of the run in a folder, to a path."""


@dataclass(frozen=True)
class Form:
    """One form in which a run can be written."""

    file: str
    """Its name in the run's folder; a folder where it has no ending."""
    endings: tuple[str, ...]
    """What a path may end with; empty for a folder."""
    write: Write


def choose_form(name: str | None, output: Path | None) -> Form:
    """The form that is named, else the one that the output's ending stands for.

    Raises:
        UsageError: there is no such form, or the output cannot be one.
    """
    if name is None:
        ending = "" if output is None else output.suffix.lower()
        fitting = [key for key, form in FORMS.items() if ending in form.endings[:1]]
        if not fitting:
            told = f"--output {output} does not say what to write"
            raise UsageError(told, f"Name the form: --format {'|'.join(FORMS)}.")
        name = fitting[0]
    if name not in FORMS:
        meant = near_miss(name, FORMS)
        hint = f"Did you mean {meant}?" if meant else f"Forms are {', '.join(FORMS)}."
        raise UsageError(f"a run cannot be written as {name[:40]!r}", hint)
    form = FORMS[name]
    if output is not None:
        _check_output(name, form, output)
    return form


def _check_output(name: str, form: Form, output: Path) -> None:
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}", f"Make it, or write {output.name} elsewhere.")
    ending = output.suffix.lower()
    if form.endings and ending not in form.endings:
        wanted = one_of([text or "no ending (a folder)" for text in form.endings])
        raise UsageError(f"{output.name} cannot be {name}", f"Name a path that ends with {wanted}.")
    wants_folder = not form.endings or not ending
    if output.exists() and output.is_dir() != wants_folder:
        raise UsageError(f"{output} is {'a file' if wants_folder else 'a folder'} already", "Name another path.")


def _write_page(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.reports.page import render_page
    from workbench.reports.view import view_report

    reporter.check()
    write_atomic(path, render_page(view_report(folder, run)).encode("utf-8"))


def _write_pdf(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.reports.pdf import render_pdf
    from workbench.reports.view import view_report

    reporter.check()
    write_atomic(path, render_pdf(view_report(folder, run)))


def _write_junit(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.reports.junit import render_junit
    from workbench.reports.view import view_report

    reporter.check()
    write_atomic(path, render_junit(view_report(folder, run)))


def _write_raw_csv(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.results.raw_files import write_csv
    from workbench.results.raw_tables import raw_tables

    check_files(folder, run.files)
    write_csv(raw_tables(folder, run), path, reporter.check)


def _write_raw_xlsx(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.results.raw_files import write_xlsx
    from workbench.results.raw_tables import raw_tables

    check_files(folder, run.files)
    write_xlsx(raw_tables(folder, run), run, path, reporter.check)


def _write_coco(folder: Path, run: RunRecord, path: Path, reporter: Reporter) -> None:
    from workbench.results.coco_files import write_coco

    reporter.check()
    check_files(folder, run.files)
    write_coco(folder, run, path)


FORMS = {
    "html": Form(REPORT, (".html",), _write_page),
    "pdf": Form(REPORT_PDF, (".pdf",), _write_pdf),
    "junit": Form(JUNIT, (".xml",), _write_junit),
    "csv": Form("raw.zip", (".zip", ""), _write_raw_csv),
    "xlsx": Form("raw.xlsx", (".xlsx",), _write_raw_xlsx),
    "coco": Form("coco", (), _write_coco),
}
