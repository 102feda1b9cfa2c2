"""Verdicts on how the engine behaves: for long, when hot, with wrong inputs, and in what it puts out."""

from __future__ import annotations

import numpy as np

from projects.requirements import Requirement
from workbench.evaluate.continuous import SoakRecord, judge_continuous
from workbench.evaluate.io_validation import Rejection, judge_confidence_range, judge_detection_format, judge_rejections
from workbench.evaluate.thermal import judge_temperature
from workbench.evaluate.verdict import Verdict, not_measured
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import CONTINUOUS, VALIDATION

_NULL_CASES = frozenset({"no_bytes", "null"})


def continuous_operation(requirement: Requirement, evidence: Evidence) -> Verdict:
    """No crash, no error, no leak over the duration that is asked for."""
    span = evidence.series.span_ns(CONTINUOUS)
    crashes = len(evidence.events("worker_crashed", CONTINUOUS))
    if span is None and not crashes:
        return not_measured(evidence.why_not(CONTINUOUS))
    moments, sizes = evidence.moments_s("worker_rss_bytes", span) if span else (np.empty(0), np.empty(0))
    done_s = evidence.series.done_s(CONTINUOUS)
    record = SoakRecord(
        requested_s=float(str(requirement.parameters["duration_s"])),
        measured_s=float(done_s.max()) if done_s.size else 0.0,
        completed=evidence.series.count(CONTINUOUS),
        failed=evidence.series.errors(CONTINUOUS),
        crashes=crashes,
        restarts=max(0, len(evidence.events("start_began", CONTINUOUS)) - 1),
        memory_s=moments,
        memory_bytes=sizes,
    )
    return judge_continuous(record, budget_mb_h=float(str(requirement.parameters["growth_per_hour_bytes"])) / 1e6)


def temperature(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The hottest sample of the whole run."""
    moments = evidence.telemetry["mono_ns"]
    span = (int(moments.min()), int(moments.max())) if len(moments) else None
    samples = evidence.sampled("temperature_c", span)
    return judge_temperature(
        samples if samples.size else None,
        limit_of(requirement),
        failed=evidence.series.errors(CONTINUOUS),
        sensor=evidence.board.temperature_sensor or "",
        missing=evidence.board.temperature_reason or "this board has no temperature sensor",
    )


def invalid_size(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Frames of a wrong size, rank, type or byte count."""
    del requirement
    return _rejections(evidence, "an input of the wrong size", null=False)


def null_input(requirement: Requirement, evidence: Evidence) -> Verdict:
    """No frame at all."""
    del requirement
    return _rejections(evidence, "a null input", null=True)


def detection_format(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Every box of every frame of the run."""
    del requirement
    series = evidence.series
    return judge_detection_format(series.total("detections"), series.total("bad_boxes"), series.count())


def confidence_range(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Every score of every output: of all anchors where outputs were kept, of all detections elsewhere."""
    low, high = (float(str(requirement.parameters[name])) for name in ("low", "high"))
    series, compared = evidence.series, evidence.compared
    checked, bad, frames = series.total("detections"), series.total("bad_scores"), series.count()
    if compared is not None:
        bad += compared.bad_scores
        frames += len(compared.samples)
        checked += compared.checked_scores
    return judge_confidence_range(checked, bad, frames, low, high)


def _rejections(evidence: Evidence, subject: str, *, null: bool) -> Verdict:
    events = [
        event
        for event in evidence.events("validation", VALIDATION)
        if (str(event.data.get("case")) in _NULL_CASES) == null
    ]
    attempts = [Rejection(event.data.get("code"), bool(event.data.get("next_frame_ok"))) for event in events]
    return judge_rejections(subject, attempts, evidence.why_not(VALIDATION))
