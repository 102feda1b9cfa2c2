"""The Verify page of a project: nothing measured, verdicts of one or several runs, stale ones, broken documents."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.workbench.pipeline.chain_records import ChainWriter
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.results.run_record import RequirementResult, RunState
from workbench.session import Session
from workbench.views.verify.page import read_verify
from workbench.views.verify.requirement import read_requirement
from workbench.views.verify.values import FAIL, INCONCLUSIVE, LIMIT_AT, NOT_MEASURED, PASS, STALE

Edit = Callable[..., None]
LATENCY = "MLE-DEPLOY-1/latency"
OVERLAP = "MLE-DEPLOY-1/detection-iou"


def judged(
    requirement: str, kind: str, outcome: Outcome, value: float, limit: float, text: str, **fields
) -> RequirementResult:
    relation = ">=" if kind == "detection_iou" else "<="
    verdict = Verdict(outcome=outcome, value=value, limit=limit, relation=relation, reason="because", **fields)
    return RequirementResult(requirement, kind, kind, kind.capitalize(), "it is so", text, True, (), (), verdict)


def latency(outcome: Outcome = Outcome.PASS, value: float = 20.0) -> RequirementResult:
    fields = {"unit": "ms", "lower": value - 1, "upper": value + 1, "samples": 300}
    return judged(LATENCY, "latency", outcome, value, 50.0, "50ms", **fields)


def overlap(value: float = 0.95) -> RequirementResult:
    return judged(OVERLAP, "detection_iou", Outcome.PASS, value, 0.9, "0.90", lower=value - 0.01, upper=value + 0.01)


def test_that_a_project_without_runs_has_all_its_requirements_not_measured(project: Path, session: Session) -> None:
    page = read_verify(session, project)
    assert {row.outcome for row in page.rows} == {NOT_MEASURED}
    assert len(page.rows) == 4
    assert all(row.command.startswith("slipway verify ") for row in page.rows)
    assert page.empty_text.startswith("Nothing was measured on this-machine yet. The verification takes about ")
    assert page.validity is None
    assert page.missing.items[0].takes_s is not None


def test_that_the_page_crosses_processes(project: Path, session: Session, writer: ChainWriter) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(latency(), overlap()))
    page = read_verify(session, project, board="bench")
    assert pickle.loads(pickle.dumps(page)) == page  # noqa: S301 - our own bytes


def test_that_the_worst_comes_first_and_then_the_smallest_margin(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=(overlap(), latency(Outcome.FAIL, 60.0)))
    page = read_verify(session, project, board="bench")
    assert [(row.short_id, row.outcome) for row in page.rows] == [
        ("latency", FAIL), ("output-difference", NOT_MEASURED), ("accuracy-map50", NOT_MEASURED),
        ("detection-iou", PASS),
    ]  # fmt: skip
    assert page.counts == ((FAIL, 1), (NOT_MEASURED, 2), (PASS, 1))
    assert page.rows[0].margin == pytest.approx((50 - 59) / 50)
    assert "10 ms less" in page.rows[0].way_out


def test_that_each_verdict_is_of_the_newest_run_that_counts(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=(overlap(), latency(Outcome.INCONCLUSIVE)))
    writer.run(release, requirements=(latency(),), only=(LATENCY,))
    writer.run(release, requirements=(latency(Outcome.FAIL, 70.0),), quick=True)
    writer.run(release, requirements=(), state=RunState.CANCELLED)
    page = read_verify(session, project, board="bench")
    assert {row.short_id: (row.outcome, row.run_number) for row in page.rows if row.run} == {
        "latency": (PASS, 2), "detection-iou": (PASS, 1),
    }  # fmt: skip
    assert [choice.number for choice in page.runs] == [4, 3, 2, 1]


def test_that_a_changed_limit_makes_a_verdict_stale_and_says_which(
    project: Path, session: Session, writer: ChainWriter, edit: Edit
) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(overlap(), latency()))
    edit(("requirement: 50ms", "requirement: 40ms"), name="deployment_tests.yaml")
    page = read_verify(session, project, board="bench")
    stale = {row.short_id: row.stale for row in page.rows if row.stale}
    assert stale == {
        "latency": "limit 50 → 40 ms", "detection-iou": "other entries of deployment_tests.yaml changed, not this one",
    }  # fmt: skip
    assert page.missing.items[0].text == "2 verdicts stale and 2 requirements never measured"


def test_that_one_run_is_shown_as_it_was_judged(project: Path, session: Session, writer: ChainWriter) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    first = writer.run(release, requirements=(latency(Outcome.INCONCLUSIVE),))
    writer.run(release, requirements=(latency(),))
    page = read_verify(session, project, run=first.id)
    assert [(row.outcome, row.run) for row in page.rows] == [(INCONCLUSIVE, first.id)]
    assert page.title == "run 1"
    with pytest.raises(UsageError, match="no run 9 can be read"):
        read_verify(session, project, run="9")


def test_that_broken_documents_say_so_and_still_show_what_was_measured(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(latency(),))
    (project / "deployment.yaml").write_text("deployment: [")
    page = read_verify(session, project)
    assert page.blocked
    assert page.missing.items[0].text == page.blocked
    assert [row.short_id for row in page.rows] == ["latency"]


def test_that_the_inspector_says_which_run_carries_the_verdict_and_why_others_do_not(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=(latency(Outcome.INCONCLUSIVE),))
    writer.run(release, requirements=(latency(),))
    writer.run(release, requirements=(latency(),), quick=True)
    view = read_requirement(session, project, LATENCY, board="bench")
    assert view is not None
    assert [(item.number, item.carries) for item in view.attempts] == [(3, False), (2, True), (1, False)]
    assert "no evidence" in view.attempts[0].text
    assert view.attempts[2].text == "x, an older one"
    assert all(item.at is not None and 0 <= item.at <= 1 for item in view.attempts)
    assert {line.name for line in view.evidence} >= {"model", "candidate", "release", "test frames"}


def test_that_a_requirement_that_was_never_measured_says_how_it_will_be_judged(project: Path, session: Session) -> None:
    view = read_requirement(session, project, LATENCY)
    assert view is not None
    assert view.outcome == NOT_MEASURED
    assert ("Statistic", "p99") in view.judged
    assert view.source.startswith("deployment_tests.yaml, line ")
    assert read_requirement(session, project, "no such thing") is None


def test_that_of_stale_runs_the_one_that_may_be_judged_again_is_shown(
    project: Path, session: Session, writer: ChainWriter, edit: Edit
) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=(latency(),))
    other = {"release": {"sha256": "f" * 64}, "candidate": {"name": "y", "sha256": "f" * 64}}
    writer.run(release, requirements=(latency(value=30.0),), chain=other)
    edit(("requirement: 50ms", "requirement: 40ms"), name="deployment_tests.yaml")
    row = next(row for row in read_verify(session, project, board="bench").rows if row.kind == "latency")
    assert (row.run_number, row.stale) == (1, "limit 50 → 40 ms")


def test_that_stale_rows_are_counted_as_such(project: Path, session: Session, writer: ChainWriter, edit: Edit) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(overlap(), latency()))
    edit(("requirement: 50ms", "requirement: 40ms"), name="deployment_tests.yaml")
    page = read_verify(session, project, board="bench")
    assert page.counts == ((NOT_MEASURED, 2), (STALE, 2))


def test_that_broken_documents_show_the_newest_whole_run(project: Path, session: Session, writer: ChainWriter) -> None:
    release = writer.release(writer.engine(writer.candidate()))
    writer.run(release, requirements=(latency(), overlap()))
    writer.run(release, requirements=(latency(),), quick=True)
    (project / "deployment.yaml").write_text("deployment: [")
    assert {row.run_number for row in read_verify(session, project).rows} == {1}


def test_that_a_stale_row_is_held_against_the_limit_that_counts_now(
    project: Path, session: Session, writer: ChainWriter, edit: Edit
) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(overlap(), latency()))
    edit(("requirement: 50ms", "requirement: 5ms"), name="deployment_tests.yaml")
    row = next(row for row in read_verify(session, project, board="bench").rows if row.kind == "latency")
    assert (row.limit, row.limit_text, row.limit_before) == (5.0, "≤ 5 ms", "≤ 50 ms")
    assert row.bar is not None
    assert row.bar.value < LIMIT_AT, "20 ms are worse than 5 ms"
    assert row.margin_text == "—", "nobody judged it yet"
    view = read_requirement(session, project, LATENCY, board="bench")
    assert view is not None
    assert (view.stale, view.limit_text) == ("limit 50 → 5 ms", "≤ 5 ms")
    assert "at most 5" in view.criterion
    assert view.reason == "By the old limit, ≤ 50 ms: because."
    assert ("Limit before", "≤ 50 ms") in view.judged


def test_that_another_way_to_measure_is_said_as_the_reason(
    project: Path, session: Session, writer: ChainWriter, edit: Edit
) -> None:
    measured = replace(latency(), parameters={"statistic": "p95"})
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(measured,))
    edit(("requirement: 50ms", "requirement: 50ms\n    # another word"), name="deployment_tests.yaml")
    row = next(row for row in read_verify(session, project, board="bench").rows if row.kind == "latency")
    assert "statistic p95 → p99" in row.stale
    assert row.limit_before == ""


def test_that_stale_rows_say_why_they_have_to_be_measured_again(
    project: Path, session: Session, writer: ChainWriter, edit: Edit
) -> None:
    writer.run(writer.release(writer.engine(writer.candidate())), requirements=(latency(),))
    edit(("requirement: 50ms", "requirement: 40ms"), name="deployment_tests.yaml")
    page = read_verify(session, project, board="bench")
    row = next(row for row in page.rows if row.kind == "latency")
    assert page.again == ""
    assert row.way_out.startswith("Measure again: ")
    assert "evidence.json" in row.way_out, "the run kept nothing that could be judged again"
