"""The report on paper: the page's values, the same bytes, letters that are there, and nothing that is markup."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.reports.pdf import _story, render_pdf
from workbench.reports.pdf_style import MOST_LETTERS
from workbench.reports.view import ReportView, view_report
from workbench.results.run_record import RunState

from .conftest import MakeRun

pytestmark = pytest.mark.slow


def texts(part: Any) -> Iterator[str]:
    """Every text of a flowable and of what it holds."""
    if isinstance(part, (list, tuple)):
        for item in part:
            yield from texts(item)
    elif hasattr(part, "getPlainText"):
        yield part.getPlainText()
    else:
        for name in ("_content", "_cellvalues"):
            yield from texts(vars(part).get(name, ()) if hasattr(part, "__dict__") else ())


def shown(view: ReportView) -> str:
    return "\n".join(texts(list(_story(view, [figure.chart.png() for figure in view.figures]))))


def read(data: bytes, folder: Path) -> list[str]:
    """The text of each page, as another program reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here (apt-get install poppler-utils)")
    path = folder / "report.pdf"
    path.write_bytes(data)
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return told.stdout.split("\f")[:-1]


def test_that_equal_folders_give_equal_bytes_in_any_process(make_run: MakeRun, tmp_path: Path) -> None:
    data = render_pdf(view_report(*make_run("a")))
    assert data == render_pdf(view_report(*make_run("b")))
    code = (
        "import json, sys; from pathlib import Path; from workbench.results.run_record import RunRecord;"
        "from workbench.reports.view import view_report; from workbench.reports.pdf import render_pdf;"
        "folder = Path(sys.argv[1]); run = RunRecord.from_json(json.loads((folder / 'run.json').read_text()));"
        "sys.stdout.buffer.write(render_pdf(view_report(folder, run)))"
    )
    again = subprocess.run([sys.executable, "-c", code, tmp_path / "a"], capture_output=True, check=True)
    assert again.stdout == data


def test_that_paper_says_what_the_page_says(make_run: MakeRun) -> None:
    view = view_report(*make_run())
    text = shown(view)
    wanted = [item.result.id for item in view.rows] + [item.result.verdict.reason for item in view.rows]
    wanted += [part for row in view.rows for part in (row.limit_text, row.value_text, row.interval_text, row.outcome)]
    wanted += [*view.run.findings, *view.rules, *view.defaults, *(figure.title for figure in view.figures)]
    wanted += [overlay.text for overlay in view.overlays]
    wanted += [cell for table in view.tables for line in table.lines for cell in line]
    wanted += [value for block in view.blocks for line in block.lines for value in line]
    wanted += [*view.run.files.values(), view.record_sha256, "limit not confirmed"]
    assert [part for part in wanted if part not in text] == []


def test_that_every_page_names_its_number_its_run_and_what_was_tested(make_run: MakeRun, tmp_path: Path) -> None:
    pages = read(render_pdf(view_report(*make_run())), tmp_path)
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in page
        assert "run 0003-20261124T091500Z-ab12" in page
        assert f"release sha256 {'a' * 64}" in page


def test_that_the_letters_that_reports_use_are_there(make_run: MakeRun, tmp_path: Path) -> None:
    letters = "≤ ≥ ± → ° µ Ω β ü ž — “”"
    folder, run = make_run(findings=("≤ ≥ ± → ° µ Ω β ü ž — “”",))
    data = render_pdf(view_report(folder, run))
    assert any(letters in page for page in read(data, tmp_path))
    fonts = set(re.findall(rb"/BaseFont /(\S+)", data))
    assert fonts
    assert all(b"DejaVu" in font for font in fonts), fonts


def test_that_names_from_documents_are_no_markup(make_run: MakeRun) -> None:
    hostile = "<b>x</b> <a href='file:///etc/passwd'>y</a> <img src='/etc/passwd'/> & \x00"
    folder, run = make_run()
    item = replace(run.requirements[0], title=hostile, criterion=hostile, id=hostile)
    view = view_report(folder, replace(run, requirements=(item,), findings=(hostile,), board={"name": hostile}))
    assert shown(view).count(hostile.rstrip("\x00 ")) >= 4
    data = render_pdf(view)
    assert b"/URI" not in data


def test_that_what_is_longer_than_a_page_is_said_to_be_cut(make_run: MakeRun) -> None:
    long = "word " * 4000
    folder, run = make_run()
    item = replace(run.requirements[0], criterion=long)
    view = view_report(folder, replace(run, requirements=(item,), findings=(long, "w" * 9000), settings={"x": long}))
    assert render_pdf(view)
    text = shown(view)
    assert f"… ({len(long)} letters; the page has all)" in text
    assert len(max(text.splitlines(), key=len)) < MOST_LETTERS + 60


def test_that_a_run_without_anything_is_a_document_too(make_run: MakeRun) -> None:
    bare: dict[str, Any] = {name: {} for name in ("files", "figures", "chain", "machine", "tools", "settings", "board")}
    folder, run = make_run(requirements=(), worst=(), state=RunState.INTERRUPTED, text="the desktop died", **bare)
    view = view_report(folder, run)
    assert render_pdf(view)
    assert "This run did not finish (interrupted). the desktop died" in shown(view)
