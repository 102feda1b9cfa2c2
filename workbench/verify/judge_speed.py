"""Verdicts on how fast the engine is."""

from __future__ import annotations

import numpy as np

from projects.requirements import Requirement
from workbench.evaluate.latency import judge_latency, judge_worse
from workbench.evaluate.sequential import SequentialExceedance
from workbench.evaluate.starts import judge_load_time
from workbench.evaluate.throughput import judge_throughput
from workbench.evaluate.verdict import Verdict, not_measured, undecided, with_details
from workbench.evaluate.wording import count
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import LATENCY, THROUGHPUT
from workbench.verify.start_figures import load_times_ms


def latency(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The judged percentile over all cold starts, back to back and paced."""
    column = latency_column(requirement)
    if not evidence.series.count(LATENCY):
        return not_measured(evidence.why_not(LATENCY), limit=limit_of(requirement, 1e3), relation="<=", unit="ms")
    found = {name: _judge_pass(requirement, evidence, name, column) for name in evidence.passes(LATENCY)}
    if "paced" not in found:
        return _alone(with_details(found["back_to_back"], judged="back_to_back"), evidence)
    judged = judge_worse(found["back_to_back"], found["paced"], str(requirement.parameters["pacing"]))
    return _alone(judged, evidence)


def latency_column(requirement: Requirement) -> str:
    """Which times of a frame a requirement on latency is about."""
    return "execute_us" if requirement.parameters["span"] == "engine" else "latency_us"


def stage_time(requirement: Requirement, evidence: Evidence) -> Verdict:
    """One stage of a frame, back to back."""
    stage, statistic = str(requirement.parameters["stage"]), str(requirement.parameters["statistic"])
    if not evidence.series.count(LATENCY):
        return not_measured(evidence.why_not(LATENCY), limit=limit_of(requirement, 1e3), relation="<=", unit="ms")
    starts = evidence.series.starts(LATENCY, "back_to_back", f"{stage}_us")
    subject, requested = stage.replace("_", " "), _requested(evidence)
    limit_us = limit_of(requirement, 1e6)
    return _alone(judge_latency(starts, statistic, limit_us, requested=requested, subject=subject), evidence)


def throughput(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Frames answered in each second of the time that was really measured."""
    measured_s = evidence.measured_s(THROUGHPUT)
    if measured_s is None:
        return not_measured(evidence.why_not(THROUGHPUT), limit=requirement.limit, relation=">=", unit="fps")
    return judge_throughput(
        evidence.series.done_s(THROUGHPUT),
        measured_s,
        limit_of(requirement),
        requested_s=float(str(requirement.parameters["duration_s"])),
        failed=evidence.series.errors(THROUGHPUT),
    )


def load_time(requirement: Requirement, evidence: Evidence) -> Verdict:
    """From the start of the engine's process until its engine is loaded, of every cold start."""
    return judge_load_time(load_times_ms(evidence), limit_of(requirement, 1e3))


def _alone(verdict: Verdict, evidence: Evidence) -> Verdict:
    """The verdict on times of one frame in flight: of several, each waits for others, so that no PASS is shown."""
    if evidence.streams == 1:
        return verdict
    return undecided(verdict, f"with one frame in flight, where the documents ask for {evidence.streams}")


def _judge_pass(requirement: Requirement, evidence: Evidence, name: str, column: str) -> Verdict:
    starts = evidence.series.starts(LATENCY, name, column)
    statistic, limit_us = str(requirement.parameters["statistic"]), limit_of(requirement, 1e6)
    if not evidence.until_decided or not all(np.isfinite(start).all() for start in starts):
        return judge_latency(starts, statistic, limit_us, requested=_requested(evidence))
    sequential = SequentialExceedance(statistic, limit_us)
    for start in starts:
        sequential.add(start)
    failed = evidence.series.errors(LATENCY)
    return undecided(sequential.verdict(), f"{count(failed, 'frame')} failed") if failed else sequential.verdict()


def _requested(evidence: Evidence) -> int | None:
    """How many frames of one pass the plan asks for in all its starts; with fewer nothing passes."""
    phase = evidence.phase(LATENCY)
    if phase is None or phase.get("until_told"):
        return None
    return int(phase["starts"]) * int(phase["passes"][0]["iterations"])
