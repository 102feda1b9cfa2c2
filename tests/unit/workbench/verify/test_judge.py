"""Every kind of requirement gets a verdict, whatever the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from projects.project import Project
from projects.requirements import KINDS, Requirement
from workbench.evaluate.verdict import Outcome
from workbench.verify.evidence import Evidence
from workbench.verify.judge import JUDGES, judge
from workbench.verify.run_plan import Effort, plan_phases

EVERYTHING = """
slipway:
  accuracy: [{metric: mAP50, at_least: 0.5}, {metric: recall, drop_at_most: 0.1, class: car}]
  power: {mean_at_most: 9 W, peak_at_most: 12 W}
  load_time: {at_most: 2 s}
  stages: {decode: {at_most: 2ms}, execute: {at_most: 40ms, measurement: mean}}
  resources: {gpu_memory: true, system_memory: true, cpu_threads: true}
"""


@pytest.fixture
def project(open_reference: Callable[..., Project]) -> Project:
    return open_reference(EVERYTHING)


def test_that_every_kind_has_its_judge(project: Project) -> None:
    assert set(JUDGES) == set(KINDS)
    assert {item.kind for item in project.requirements} == set(KINDS)


@pytest.mark.parametrize("options", [{}, {"quick": True}, {"until_decided": True}, {"streams": 4}])
def test_that_a_run_that_recorded_nothing_measures_nothing(
    project: Project, make_evidence: Callable[..., Evidence], options: dict[str, Any]
) -> None:
    phases = plan_phases(project, Effort(frozenset(KINDS)), 8)
    for plan in (phases, []):
        evidence = make_evidence([], phases=plan, **options)
        for requirement in project.requirements:
            verdict = judge(requirement, evidence)
            assert (verdict.outcome, verdict.value) == (Outcome.NOT_MEASURED, None), requirement.kind
            assert verdict.reason


def test_that_evidence_that_tells_nonsense_never_passes_and_never_crashes(
    project: Project, make_evidence: Callable[..., Evidence]
) -> None:
    phases = plan_phases(project, Effort(frozenset(KINDS)), 8)
    nonsense: list[Any] = [None, "x", -1, 1e300, [], {}, True]
    events = [
        (1.0, kind, {"phase": phase["id"], "start": value, "case": value, "code": value, "passes": value,
                     "hwm_bytes": value, "rss_bytes": value, "floor_rss_bytes": value, "complete": value})
        for kind in ("start_began", "start_loaded", "start_ended", "validation", "phase_ended")
        for phase in phases
        for value in nonsense
    ]  # fmt: skip
    frames = [(number, 5.0, float("inf")) for number in (0, 1, 2, 3, 4, 77, -1)]
    evidence = make_evidence(frames, events, phases=phases, telemetry={"temperature_c": [1e30], "power_w": [-1e30]})
    for requirement in project.requirements:
        verdict = judge(requirement, evidence)
        assert verdict.outcome is not Outcome.PASS, verdict.reason


def test_that_damaged_evidence_is_not_measured_with_its_reason(
    project: Project, make_evidence: Callable[..., Evidence]
) -> None:
    broken: Requirement = replace(next(item for item in project.requirements if item.kind == "throughput"), limit=None)
    evidence = make_evidence([(1, 1.0, 1.0), (1, 9.0, 1.0)])
    verdict = judge(broken, evidence)
    assert verdict.outcome is Outcome.NOT_MEASURED
    assert "has no limit that is a number" in verdict.reason
