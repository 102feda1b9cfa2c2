"""The reports that lie in a project: which runs have one, in which forms, and whether they still are what they were."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from projects.layout import Layout
from projects.runs import RunFolder, find_run, list_runs
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.report import UnreadableRun, load_run, try_run
from workbench.pipeline.report_files import FORMS, REPORT
from workbench.reports.rich_text import to_rich_text
from workbench.results.run_folder import inside
from workbench.results.run_record import RunRecord
from workbench.views.report import FormFile, HashLine, HashList, Mark, ReportPage, ReportRow
from workbench.views.verify.present import open_present
from workbench.views.verify.validity import judge_run
from workbench.views.verify.words import as_sentence
from workbench.words import say_bytes, say_created

MAX_PAGE_BYTES = 64 << 20
STATES = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NOT_MEASURED: "not measured",
}
_TITLES = {
    "html": ("Page", "the report, for the reviewer"),
    "pdf": ("PDF", "the report, to print or to file"),
    "junit": ("JUnit XML", "verdicts, for a build server"),
    "csv": ("Raw, CSV", "every frame and sample, zipped tables"),
    "xlsx": ("Raw, XLSX", "every frame and sample, one workbook"),
    "coco": ("COCO", "detections of both sides"),
}


def list_reports(project: Path, home: Path) -> tuple[ReportRow, ...]:
    """All runs that ended, newest first; what they are worth depends on the releases that this user's home knows."""
    present = open_present(project, home)
    known = {run.id: run for run in present.runs}
    folders = [folder for folder in list_runs(Layout(project).runs) if folder.is_finished() and not folder.is_try()]
    return tuple(
        _row(folder, known.get(folder.id) or try_run(folder), present.staleness.get(folder.id, ""))
        for folder in reversed(folders)
    )


def open_report(project: Path, run: str) -> ReportPage:
    """The page of a run, taken apart."""
    folder = find_run(Layout(project).runs, run)
    path = folder.path / REPORT
    data = read_page(path)
    record = sha256_file(folder.path / "run.json")
    page = data.decode("utf-8", "replace")
    return ReportPage(folder.id, path, to_rich_text(page), sha256_bytes(data), record in page, record)


def read_page(path: Path) -> bytes:
    """The bytes of a page.

    Raises:
        UsageError: it is not there, or too large.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_PAGE_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"there is no report at {path}", "Build it.") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}", "Choose another file.") from error
    if len(data) > MAX_PAGE_BYTES:
        raise UsageError(f"{path} is larger than {MAX_PAGE_BYTES:,} bytes", "No report of Slipway's is that large.")
    return data


def compare_hashes(project: Path, run: str) -> HashList:
    """Every file that the record names, as it is now."""
    folder = find_run(Layout(project).runs, run)
    record = load_run(folder)
    lines = tuple(_compare(folder.path, name, sha256) for name, sha256 in sorted(record.files.items()))
    wrong = [line for line in lines if line.state != "ok"]
    summary = f"all {len(lines)} match" if not wrong else f"{len(wrong)} of {len(lines)} do not match"
    return HashList(folder.id, lines, sha256_file(folder.path / "run.json"), "ok" if not wrong else "err", summary)


def _row(folder: RunFolder, run: RunRecord | UnreadableRun, stale: str) -> ReportRow:
    forms = tuple(_form(folder.path, name) for name in FORMS)
    if isinstance(run, UnreadableRun):
        worth = Mark("err", "Cannot be read", run.text)
        return ReportRow(
            folder.id, folder.number, "", "", "", "err", run.state, "", run.text, worth, forms, folder.path
        )
    word, tone, text = judge_run(run, stale)
    return ReportRow(
        run=folder.id,
        number=folder.number,
        created_text=say_created(run.created),
        board=str(run.board.get("name") or ""),
        candidate=str(run.chain.get("candidate", {}).get("name", "")),
        state=STATES[run.outcome],
        outcome=run.outcome_text,
        counts=_counts(run),
        problem="",
        worth=Mark(tone, word, as_sentence(text)),
        forms=forms,
        folder=folder.path,
    )


def _counts(run: RunRecord) -> str:
    found = Counter(item.verdict.outcome for item in run.requirements)
    return ", ".join(f"{found[outcome]} {STATES[outcome]}" for outcome in STATES if found[outcome])


def _form(folder: Path, form: str) -> FormFile:
    path = folder / FORMS[form].file
    title, text = _TITLES[form]
    exists = path.exists()
    return FormFile(form, title, text, path, exists, say_bytes(_size(path)) if exists else "")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(item.stat().st_size for item in path.rglob("*"))


def _compare(folder: Path, name: str, sha256: str) -> HashLine:
    try:
        path = inside(folder, name)
        if not path.is_file():
            return HashLine(name, sha256, "missing", "Not there", "")
        same = sha256_file(path) == sha256
        return HashLine(
            name, sha256, "ok" if same else "err", "Matches" if same else "Other bytes", say_bytes(_size(path))
        )
    except (SlipwayError, OSError):
        return HashLine(name, sha256, "err", "Cannot be read", "")
