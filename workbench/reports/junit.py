"""A run as JUnit XML, for build servers: one test case a requirement, and nothing but a PASS is green.

FAIL is a failure. INCONCLUSIVE and NOT MEASURED are errors, not skipped tests: a build server shows a skipped test in a
build that passed, and a requirement without evidence is no pass (the command ends with 3 there, not with 0). Times are
left out, for a verdict takes none and all measurements of a run are shared.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from workbench.evaluate.verdict import Outcome
from workbench.reports.view import ReportView, Row
from workbench.results.run_record import RunState

if TYPE_CHECKING:
    from junitparser import Element, TestCase, TestSuite

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(view: ReportView) -> bytes:
    """The verdicts as JUnit XML bytes, valid by the schema of Jenkins (junit-10.xsd); equal runs give equal bytes."""
    from junitparser import JUnitXml, SystemOut, TestSuite

    suite = TestSuite(_clean(f"{view.about['id']} {view.run.id}"))
    suite.timestamp = view.run.created.removesuffix("Z")
    suite.hostname = _clean(view.about["board"])
    for name, value in _properties(view):
        suite.add_property(_clean(name), _clean(value))
    cases = list(_cases(view))
    _append(suite, *cases, SystemOut(_clean("\n".join(_words(view)))))
    _count(suite, cases)
    whole = JUnitXml()
    _append(whole, suite)
    stream = io.BytesIO()
    whole.write(stream, pretty=True)
    return stream.getvalue()


def _append(parent: Element, *children: Element) -> None:
    """Without the statistics that the library's own adders count, which take a verdict's time for 0."""
    add: Callable[[Element], None] = parent.append
    for child in children:
        add(child)


def _cases(view: ReportView) -> Iterator[TestCase]:
    if view.run.state is not RunState.FINISHED or not view.rows:
        yield _run_case(view)
    for row in view.rows:
        yield _case(view, row)


def _case(view: ReportView, row: Row) -> TestCase:
    from junitparser import Error, Failure, TestCase

    item = row.result
    case = TestCase(_clean(f"{item.title} ({item.id})"), classname=_clean(f"{view.about['id']}.{item.kind}"))
    verdict = item.verdict
    if verdict.outcome is not Outcome.PASS:
        kind = Failure if verdict.outcome is Outcome.FAIL else Error
        result = kind(_clean(f"{row.outcome}: {verdict.reason}"), row.outcome)
        result.text = _clean("\n".join(_figures(row)))
        case.result = [result]
    return case


def _run_case(view: ReportView) -> TestCase:
    """A run that did not come to its end, or judged nothing, must not look like one that found nothing wrong."""
    from junitparser import Error, TestCase

    case = TestCase("The run came to its end", classname=_clean(f"{view.about['id']}.run"))
    words = f"{view.unfinished} {view.run.text}" if view.unfinished else "This run judged no requirement."
    case.result = [Error(_clean(words.strip()), view.run.state.value)]
    return case


def _count(suite: TestSuite, cases: list[TestCase]) -> None:
    kinds = [type(result).__name__ for case in cases for result in case.result]
    suite.tests, suite.skipped = len(cases), 0
    suite.failures, suite.errors = kinds.count("Failure"), kinds.count("Error")


def _properties(view: ReportView) -> Iterator[tuple[str, str]]:
    run = view.run
    yield "run", run.id
    yield "outcome", run.outcome_text
    yield "state", run.state.value
    yield "quick", "yes" if run.quick else "no"
    if run.only:
        yield "only", ", ".join(run.only)
    if run.source is not None:
        yield "measured_by", str(run.source.get("run"))
    yield "board", view.about["board"]
    yield "board_id", str(run.board.get("id") or "")
    for stage in view.chain:
        yield f"{stage.stage}_name", stage.name
        yield f"{stage.stage}_sha256", stage.sha256
    for name in ("deployment_sha256", "tests_sha256"):
        yield name.replace("tests_", "deployment_tests_"), str(run.project.get(name) or "")
    yield "run_json_sha256", view.record_sha256
    yield "slipway", str(run.tools.get("slipway") or "")


def _figures(row: Row) -> Iterator[str]:
    item = row.result
    for name, value in (
        ("criterion", item.criterion),
        ("limit", row.limit_text + ("" if item.confirmed else " (not confirmed by a person)")),
        ("measured", row.value_text),
        ("interval", row.interval_text),
        ("samples", row.samples_text),
        ("verifies", ", ".join(item.verifies)),
    ):
        if value:
            yield f"{name}: {value}"


def _words(view: ReportView) -> Iterator[str]:
    for what, why in view.warnings:
        yield f"{what} {why}"
    for finding in view.run.findings:
        yield f"note: {finding}"
    for row in view.rows:
        yield f"{row.outcome}  {row.result.title}: {row.result.verdict.reason}"


def _clean(text: str) -> str:
    """Without what XML 1.0 cannot hold: names come from documents and boards."""
    return _NO_XML.sub("�", text)
