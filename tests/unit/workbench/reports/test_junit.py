"""Verdicts for build servers: nothing but a PASS is green, and the XML is what Jenkins reads."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from workbench.evaluate.verdict import Outcome
from workbench.reports.junit import render_junit
from workbench.reports.view import view_report
from workbench.results.run_record import RunState

from .conftest import MakeRun

SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "rerunFailure", "rerunError", "flakyFailure", "flakyError"}
        | {"system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
"""By element: attributes that it must have, that it may have, and what may be in it; as junit-10.xsd of Jenkins."""


def check(element: ET.Element) -> None:
    must, may, holds = SCHEMA[element.tag]
    assert must <= set(element.attrib) <= must | may, (element.tag, element.attrib)
    assert {child.tag for child in element} <= holds, element.tag
    for child in element:
        check(child)


def read(*made: Any) -> ET.Element:
    root = ET.fromstring(render_junit(view_report(*made)))  # noqa: S314 - we wrote it ourselves
    check(root)
    return root


def outcomes(root: ET.Element) -> dict[str, str | None]:
    """Case to what is in it: failure, error, or nothing."""
    return {
        str(case.get("name")): next((child.tag for child in case if child.tag != "system-out"), None)
        for case in root.iter("testcase")
    }


def test_that_only_a_pass_is_green(make_run: MakeRun) -> None:
    folder, run = make_run()
    root = read(folder, run)
    wanted = {Outcome.PASS: None, Outcome.FAIL: "failure", Outcome.INCONCLUSIVE: "error", Outcome.NOT_MEASURED: "error"}
    shown = {f"{item.title} ({item.id})": wanted[item.verdict.outcome] for item in run.requirements}
    assert outcomes(root) == shown
    assert set(shown.values()) == {None, "failure", "error"}
    suite = root.find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "2", "0"]


def test_that_the_reason_and_the_figures_stand_in_the_case(make_run: MakeRun) -> None:
    root = read(*make_run())
    error = next(found for found in root.iter("error") if found.get("type") == "INCONCLUSIVE")
    assert str(error.get("message")).startswith("INCONCLUSIVE: mean IoU 0.953")
    assert "limit: >= 0.95" in str(error.text)
    assert "interval: 0.944 to 0.961" in str(error.text)
    assert "240 would decide" in str(error.text)
    words = next(root.iter("system-out")).text
    assert words is not None
    assert all(item.verdict.reason in words for item in make_run("again")[1].requirements)
    assert "note: 2 frames stand in the calibration set too" in words


def test_that_what_was_tested_stands_in_the_properties(make_run: MakeRun) -> None:
    folder, run = make_run()
    documents = {"deployment_sha256": "d" * 64, "tests_sha256": "e" * 64}
    root = read(folder, replace(run, project={**run.project, **documents}))
    known = {str(item.get("name")): str(item.get("value")) for item in root.iter("property")}
    assert known["run"] == run.id
    assert known["board"] == "this-machine"
    assert known["engine_sha256"] == "a" * 64
    assert known["deployment_sha256"] == "d" * 64
    assert known["deployment_tests_sha256"] == "e" * 64
    assert known["outcome"] == "FAIL"
    assert re.fullmatch(r"[0-9a-f]{64}", known["run_json_sha256"])
    assert "measured_by" not in known
    again = read(folder, replace(run, source={"run": "0002-x", "sha256": "f" * 64}))
    assert ("measured_by", "0002-x") in {(item.get("name"), item.get("value")) for item in again.iter("property")}


def test_that_equal_runs_give_equal_bytes(make_run: MakeRun) -> None:
    first, second = (render_junit(view_report(*make_run(name))) for name in ("a", "b"))
    assert first == second


@pytest.mark.parametrize(
    "changes",
    [
        {"state": RunState.INTERRUPTED, "text": "the desktop died"},
        {"state": RunState.CANCELLED, "text": "it was cancelled"},
        {"requirements": ()},
    ],
)
def test_that_a_run_without_an_end_or_a_verdict_is_not_green(make_run: MakeRun, changes: dict[str, Any]) -> None:
    folder, run = make_run()
    good = tuple(item for item in run.requirements if item.verdict.outcome is Outcome.PASS)
    root = read(folder, replace(run, **{"requirements": good, **changes}))
    assert outcomes(root)["The run came to its end"] == "error"


def test_that_names_from_documents_cannot_break_the_xml(make_run: MakeRun) -> None:
    hostile = 'a"<b>&\x00\x1b]]>\ud800'
    folder, run = make_run()
    item = replace(run.requirements[2], title=hostile, id=hostile, criterion=hostile)
    root = read(folder, replace(run, requirements=(item,), board={"name": hostile}, findings=(hostile,)))
    (name,) = outcomes(root)
    assert name.startswith('a"<b>&��]]>�')
