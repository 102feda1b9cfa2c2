"""Checks a report that somebody sent against the run that it says it is of; nothing is asked of a network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from projects.layout import Layout
from projects.runs import RunFolder, list_runs
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import is_sha256, sha256_file
from workbench.pipeline.report import load_run
from workbench.recent import recent_projects
from workbench.results.run_folder import check_files
from workbench.shelf.reports import read_page
from workbench.views.report import Checked

_SOURCE = re.compile(
    r"it was made from the record <code>(\d{4,8}-\d{8}T\d{6}Z-[0-9a-f]{4})/run\.json</code> "
    r'\(sha256 <span class="hash">([0-9a-f]{64})</span>\)'
)


@dataclass(frozen=True)
class _Found:
    folder: RunFolder
    project: Path


def check_received(home: Path, path: Path) -> Checked:
    """Say whether the page is what Slipway makes of the run that it names."""
    data = read_page(path)
    match = _SOURCE.search(data.decode("utf-8", "replace"))
    if match is None or not is_sha256(match[2]):
        hint = "Choose the report.html that Slipway wrote; its last lines name the record."
        raise UsageError(f"{path.name} is no report of Slipway", hint)
    run, sha256 = match[1], match[2]
    lines = [("ok", f"It says that it is of run {run}, record {sha256[:12]}….")]
    found = _find(home, path, run)
    if found is None:
        lines.append(("warn", "That run is not in its folder, nor in a project that was opened here."))
        lines.append(("warn", "Whether the page was changed cannot be said without the run: ask for its folder too."))
        return Checked(path, "warn", "Cannot be checked alone", tuple(lines), None, run)
    problem = _problem(found, data, sha256, lines)
    title = "Not what was recorded" if problem else "Unchanged"
    return Checked(path, "err" if problem else "ok", title, tuple(lines), found.project, run)


def _problem(found: _Found, data: bytes, sha256: str, lines: list[tuple[str, str]]) -> bool:
    """Whether something does not match; what was looked at is added to the lines."""
    from workbench.reports.page import render_page
    from workbench.reports.view import view_report

    lines.append(("ok", f"The run lies in {found.folder.path}."))
    if sha256_file(found.folder.path / "run.json") != sha256:
        lines.append(("err", "Its record has another sha256: page and record do not belong together."))
        return True
    lines.append(("ok", "Its record has the sha256 that the page names."))
    try:
        record = load_run(found.folder)
        check_files(found.folder.path, record.files)
        lines.append(("ok", f"All {len(record.files)} files of the run match the record."))
        same = render_page(view_report(found.folder.path, record)).encode("utf-8") == data
    except SlipwayError as error:
        lines.append(("err", f"{error.summary}."))
        return True
    if not same:
        lines.append(
            ("err", "Made again from the record, the page has other bytes: it was changed, or is of another version.")
        )
        return True
    lines.append(("ok", "Made again from the record, it has the same bytes."))
    return False


def _find(home: Path, path: Path, run: str) -> _Found | None:
    """The run: beside the page, else in a project that this user opened."""
    beside = path.parent
    if beside.name == run and (beside / "run.json").is_file():
        return _Found(RunFolder(beside, int(run.partition("-")[0])), beside.parent.parent)
    for known in recent_projects(home):
        for folder in list_runs(Layout(known.folder).runs):
            if folder.id == run and folder.is_finished():
                return _Found(folder, known.folder)
    return None
