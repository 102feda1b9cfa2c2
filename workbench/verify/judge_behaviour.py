"""Verdicts on how the engine behaves: for long, when hot, with wrong inputs, and in what it puts out."""

from __future__ import annotations

import numpy as np

from projects.requirements import Requirement
from targets.agent.protocol import E_NULL_INPUT
from targets.agent.validation import wrong_inputs
from workbench.evaluate.continuous import SoakRecord, judge_continuous
from workbench.evaluate.io_validation import Rejection, judge_confidence_range, judge_detection_format, judge_rejections
from workbench.evaluate.thermal import judge_temperature
from workbench.evaluate.verdict import Verdict, not_measured, undecided
from workbench.evaluate.wording import count
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import CONTINUOUS, OUTPUTS, VALIDATION
from workbench.verify.side_by_side import DECODED_SCORES


def continuous_operation(requirement: Requirement, evidence: Evidence) -> Verdict:
    """No crash, no error, no leak over the duration that is asked for."""
    span = evidence.series.span_ns(CONTINUOUS)
    crashes = len(evidence.events("worker_crashed", CONTINUOUS))
    if span is None and not crashes:
        return not_measured(evidence.why_not(CONTINUOUS))
    moments, sizes = evidence.moments_s("worker_rss_bytes", span)
    done_s = evidence.series.done_s(CONTINUOUS)
    done_s = done_s[np.isfinite(done_s)]
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
    """The hottest sample of the whole run, which ends with its heaviest load."""
    missing = _no_temperature(requirement, evidence)
    moments = evidence.telemetry["mono_ns"]
    span = (int(moments.min()), int(moments.max())) if len(moments) and not missing else None
    samples = evidence.sampled("temperature_c", span)
    verdict = judge_temperature(
        samples if samples.size else None,
        limit_of(requirement),
        failed=evidence.series.errors(CONTINUOUS),
        sensor=evidence.board.temperature_sensor or "",
        missing=missing or f"the sensor {evidence.board.temperature_sensor} gave no reading",
    )
    if evidence.quick:
        return undecided(verdict, "shortened: a quick run heats the board for a few seconds only")
    return verdict if evidence.is_whole(CONTINUOUS) else undecided(verdict, evidence.why_not(CONTINUOUS))


def _no_temperature(requirement: Requirement, evidence: Evidence) -> str:
    """Why the temperature that is asked for cannot be read on this board; empty where it can."""
    board, wanted = evidence.board, requirement.parameters["sensor"]
    known = [sensor.name for sensor in board.sensors if sensor.kind == "temperature"]
    if wanted is not None and wanted != board.temperature_sensor:
        if wanted in known:
            return f"the sensor {wanted} is on this board, but what is recorded is {board.temperature_sensor}"
        return f"this board has no temperature sensor {wanted}; it has {', '.join(known) or 'none'}"
    if board.temperature_sensor is None:
        return board.temperature_reason or "this board has no temperature sensor"
    return ""


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
    checked = bad = frames = 0
    if (low, high) == DECODED_SCORES:
        left_out = None if compared is None else OUTPUTS
        frames = series.count(but=left_out)
        checked, bad = series.total("detections", but=left_out), series.total("bad_scores", but=left_out)
    elif compared is None:
        return not_measured(
            f"a board checks scores against {list(DECODED_SCORES)}; other ranges need the outputs, and "
            f"{evidence.why_not(OUTPUTS)}"
        )
    if compared is not None:
        checked, bad = checked + compared.checked_scores, bad + compared.bad_scores
        frames += len(compared.samples)
    return judge_confidence_range(checked, bad, frames, low, high)


def _rejections(evidence: Evidence, subject: str, *, null: bool) -> Verdict:
    """A wrong input without an answer was not sent, or the engine's process died of it."""
    events = {str(event.data.get("case")): event.data for event in evidence.events("validation", VALIDATION)}
    wanted = [case.name for case in wrong_inputs(1, 1) if (case.code == E_NULL_INPUT) == null]
    answered = [events[name] for name in wanted if name in events]
    attempts = [Rejection(_code(data.get("code")), data.get("next_frame_ok") is True) for data in answered]
    crashes, unanswered = len(evidence.events("worker_crashed", VALIDATION)), len(wanted) - len(answered)
    if crashes:
        attempts += [Rejection(None, None)] * unanswered
        died = f"the engine's process died {count(crashes, 'time')} while wrong inputs were sent"
        return undecided(judge_rejections(subject, attempts), died)
    verdict = judge_rejections(subject, attempts, evidence.why_not(VALIDATION))
    if not unanswered:
        return verdict
    return undecided(
        verdict, f"{unanswered} of {len(wanted)} wrong inputs were not sent: {evidence.why_not(VALIDATION)}"
    )


def _code(value: object) -> int | str | None:
    """The error code that a board told; what is no code is none."""
    return value if isinstance(value, (int, str)) else None
