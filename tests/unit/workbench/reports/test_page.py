"""The verification report: complete, self-contained, reproducible, and safe to open."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome
from workbench.results.run_record import RunRecord, RunState

from .conftest import MakeRun, page_of

pytestmark = pytest.mark.slow


def test_that_equal_folders_give_equal_bytes(make_run: MakeRun) -> None:
    first, second = (page_of(*make_run(name)) for name in ("a", "b"))
    assert first == second


def test_that_the_record_survives_its_file(make_run: MakeRun) -> None:
    folder, run = make_run()
    again = RunRecord.from_json(json.loads((folder / "run.json").read_text()))
    assert page_of(folder, again) == page_of(folder, run)


def test_that_the_page_needs_nothing_from_outside(make_run: MakeRun) -> None:
    page = page_of(*make_run())
    fetched = re.findall(r"(?:src|href)=\"(?!data:|#)([^\"]+)", page)
    assert fetched == []
    assert "<script" not in page
    assert "@import" not in page


def test_that_every_requirement_hash_tool_and_fact_is_on_the_page(make_run: MakeRun) -> None:
    folder, run = make_run()
    page = page_of(folder, run)
    wanted = [item.id for item in run.requirements] + [item.verdict.outcome.value for item in run.requirements]
    wanted += [
        *run.files.values(),
        *run.findings,
        "a" * 64,
        "b" * 64,
        "openvino",
        "2026.4.1",
        "Some CPU",
        "12.3 ms",
        "130 MB",
    ]
    wanted += ["limit not confirmed", "this machine has no temperature sensor", "240 would decide", "Geyer"]
    missing = [text for text in wanted if text not in page]
    assert missing == []
    assert page.count("<svg xmlns") + page.count("<svg height") >= 5


def test_that_every_default_is_on_the_page_once(make_run: MakeRun) -> None:
    folder, run = make_run()
    said = [run.requirements[0].defaults[0], "Pixels are divided by 255.", "Pixels are divided by 255."]
    page = page_of(folder, replace(run, settings={**run.settings, "defaults": said}))
    assert [page.count(text) for text in said] == [1, 1, 1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quick": True}, "Quick run."),
        ({"state": RunState.INTERRUPTED, "text": "the desktop died"}, "the desktop died"),
        ({"only": ("latency",)}, "Only latency was asked for."),
    ],
)
def test_that_the_page_says_when_it_is_no_full_evidence(
    make_run: MakeRun, changes: dict[str, object], sentence: str
) -> None:
    assert sentence in page_of(*make_run(**changes))
    assert sentence not in page_of(*make_run("plain"))


@pytest.mark.parametrize(
    ("changes", "colour", "text"),
    [
        ({}, "pass", "PASS"),
        ({"only": ("memory",)}, "unsure", "PASS of a part (memory)"),
        ({"quick": True}, "unsure", "PASS, quick"),
    ],
)
def test_that_only_a_whole_pass_has_a_green_tile(
    make_run: MakeRun, changes: dict[str, object], colour: str, text: str
) -> None:
    folder, run = make_run(**changes)
    good = tuple(item for item in run.requirements if item.verdict.outcome is Outcome.PASS)
    page = page_of(folder, replace(run, requirements=good))
    assert f'<b style="color:var(--{colour})">{text}</b>' in page
    assert '<b style="color:var(--fail)">FAIL' in page_of(folder, run)


def test_that_a_changed_file_is_refused_by_name(make_run: MakeRun) -> None:
    folder, run = make_run()
    with (folder / "matches.parquet").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(SlipwayError, match=r"matches\.parquet has other bytes"):
        page_of(folder, run)


def test_that_names_from_documents_cannot_write_html(make_run: MakeRun) -> None:
    hostile = "<script>alert(1)</script><b>"
    folder, run = make_run()
    item = run.requirements[0]
    verdict = replace(item.verdict, reason=hostile)
    results = (replace(item, title=hostile, id=hostile, verdict=verdict), *run.requirements[1:])
    page = page_of(folder, replace(run, requirements=results, board={"name": hostile}, findings=(hostile,)))
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_that_the_page_is_balanced_html(make_run: MakeRun) -> None:
    class Balance(HTMLParser):
        open_tags: list[str] = []  # noqa: RUF012 - one page a class

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in {"meta", "img", "br"}:
                self.open_tags.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert self.open_tags.pop() == tag

    page = Balance()
    page.feed(page_of(*make_run()))
    assert page.open_tags == []
