"""What the Report page shows: the reports of all runs, each as its reader gets it, and the hashes to check it by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.reports.rich_text import RichText
    from workbench.session import Session

REPORT_FORMS = ("html", "pdf", "junit")
"""Written together; what the page calls the report."""


@dataclass(frozen=True)
class FormFile:
    """One form of a run, as a file beside its record."""

    form: str
    """As `workbench.pipeline.report_files.FORMS` has it."""
    title: str
    """`Page`, `PDF`, …"""
    text: str
    """Who reads it."""
    path: Path
    exists: bool
    size_text: str
    """Empty where it is not there."""


@dataclass(frozen=True)
class Mark:
    """A word with its state, and why."""

    state: str
    """`ok`, `warn`, `err` or `unknown`."""
    word: str
    text: str


@dataclass(frozen=True)
class ReportRow:
    """One run with what was written of it."""

    run: str
    number: int
    created_text: str
    board: str
    candidate: str
    state: str
    """`pass`, `fail`, `inconclusive`, `not measured`, or `err` where there is no record."""
    outcome: str
    counts: str
    """`12 pass, 1 inconclusive, 1 not measured`."""
    problem: str
    """Why no report can be written of it; empty where one can."""
    worth: Mark
    """What the run is worth now: stale, cancelled, quick, or that it counts."""
    forms: tuple[FormFile, ...]
    folder: Path

    @property
    def has_report(self) -> bool:
        """Whether page, PDF and JUnit XML are all there."""
        return all(form.exists for form in self.forms if form.form in REPORT_FORMS)


@dataclass(frozen=True)
class ReportPage:
    """A report taken apart for a text view."""

    run: str
    path: Path
    text: RichText
    sha256: str
    belongs: bool
    """Whether the page names the sha256 of the record that lies beside it now."""
    record_sha256: str


@dataclass(frozen=True)
class HashLine:
    """One file of a run."""

    name: str
    sha256: str
    """As the record has it."""
    state: str
    """`ok`, `err` or `missing`."""
    word: str
    size_text: str


@dataclass(frozen=True)
class HashList:
    """All files of a run with what they were when it was recorded."""

    run: str
    lines: tuple[HashLine, ...]
    record_sha256: str
    state: str
    summary: str
    """`all 14 match`."""


@dataclass(frozen=True)
class Checked:
    """What can be said of a report that somebody sent."""

    path: Path
    state: str
    """`ok`, `warn` where it cannot be said, `err` where it is not what it says."""
    title: str
    lines: tuple[tuple[str, str], ...]
    """(state, sentence), in the order in which it was looked at."""
    project: Path | None
    """The project that holds the run; None where none does."""
    run: str


def worst_of(row: ReportRow, page: ReportPage | None, hashes: HashList | None, unread: str = "") -> Mark:
    """The worst that is known of a report and its run, for its head; what is not read yet is not called good.

    Args:
        row: the run.
        page: its report; None where there is none, or none was read.
        hashes: of its files; None where they are not compared.
        unread: why they cannot be.
    """
    known = [row.worth]
    if page is not None and not page.belongs:
        known.append(Mark("err", "Other record", "The page names another record than the one beside it."))
    if hashes is None and unread:
        known.append(Mark("unknown", "Not compared", f"The files of the run cannot be compared: {unread}."))
    elif hashes is None:
        known.append(Mark("unknown", "Being compared", "The files of the run are compared with its record."))
    elif hashes.state != "ok":
        first = next(line for line in hashes.lines if line.state != "ok")
        known.append(Mark("err", "Damaged", f"{hashes.summary}: {first.name}, {first.word.lower()}."))
    worst = max(known, key=lambda mark: _ORDER.index(mark.state))
    return worst if worst.state != "ok" else Mark("ok", "As recorded", "The page and all files are what was recorded.")


_ORDER = ("ok", "unknown", "warn", "err")


def read_reports(session: Session, project: Path) -> tuple[ReportRow, ...]:
    """All runs of a project that ended, newest first."""
    from workbench.shelf.reports import list_reports

    return list_reports(project, session.home)


def read_report(_session: Session, project: Path, run: str) -> ReportPage:
    """The page of a run.

    Raises:
        UsageError: no report was written yet.
    """
    from workbench.shelf.reports import open_report

    return open_report(project, run)


def read_hashes(_session: Session, project: Path, run: str) -> HashList:
    """Every file that the record names, read again and compared."""
    from workbench.shelf.reports import compare_hashes

    return compare_hashes(project, run)
