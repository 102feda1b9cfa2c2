"""Two candidates side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.views.optimise.test_candidates import all_pass, result, run_of
from workbench.base.errors import UsageError
from workbench.evaluate.verdict import Outcome
from workbench.session import Session
from workbench.views.optimise.comparison import CandidateComparison, ComparedFact, compare_candidates


def fact(found: CandidateComparison, name: str) -> ComparedFact:
    return next(item for group in reversed(found.groups) for item in group.facts if item.name == name)


def test_that_figures_differ_in_words_only_where_their_intervals_lie_apart(
    project: Path, session: Session, writer: ChainWriter
) -> None:
    one, two = writer.candidate(), writer.candidate(b"half", name="fp16", recipe="fp16", precision="fp16")
    run_of(writer, writer.engine(one), all_pass(20.0))
    worse = (
        result("detection_iou", 0.969, 0.9, Outcome.PASS, lower=0.961, upper=0.979),
        result("accuracy", 0.7, 0.8, Outcome.FAIL, lower=0.68, upper=0.72),
        result("latency", 40.0, 50.0, Outcome.PASS, lower=39.0, upper=41.0),
    )
    run_of(writer, writer.engine(two, b"e2"), worse)
    found = compare_candidates(session, project, one.id, two.id, "bench")
    assert (found.a, found.b, bool(found.run_a), bool(found.run_b)) == ("int8", "fp16", True, True)
    assert fact(found, "mAP50").change == "−0.160"
    assert fact(found, "mAP50").tone == "worse"
    assert fact(found, "IoU with fp32").tone == ""
    assert (fact(found, "bench").change, fact(found, "bench").tone) == (
        "+20.00 ms",
        "worse",
    )
    back = compare_candidates(session, project, two.id, one.id, "bench")
    assert fact(back, "bench").tone == "better"


def test_that_what_has_no_run_says_how_to_get_one(project: Path, session: Session, writer: ChainWriter) -> None:
    stored = writer.candidate()
    found = compare_candidates(session, project, "model", stored.id, "bench")
    assert found.run_a == ""
    assert found.why_no_runs.startswith("fp32 and int8 have no run on bench. Verify both")


def test_that_a_candidate_that_is_gone_is_said(project: Path, session: Session) -> None:
    with pytest.raises(UsageError, match="not there any more"):
        compare_candidates(session, project, "model", "gone", "bench")
