"""Verdicts on functional equivalence and accuracy."""

from __future__ import annotations

from projects.requirements import Requirement
from workbench.evaluate.accuracy import judge_accuracy, judge_drop
from workbench.evaluate.verdict import Verdict, not_measured, undecided
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import OUTPUTS

METRIC_KEYS = {"mAP50": "map50", "mAP50-95": "map50_95", "recall": "recall", "precision": "precision"}
"""The documents' names of metrics, and the evaluation's."""


def output_difference(requirement: Requirement, evidence: Evidence) -> Verdict:
    """How far the outputs are apart."""
    if evidence.compared is None or not evidence.compared.samples:
        return not_measured(evidence.why_not(OUTPUTS), limit=requirement.limit, relation="<=")
    return evidence.compared.difference.verdict(limit_of(requirement))


def detection_iou(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The overlap of the detections."""
    if evidence.compared is None or not evidence.compared.samples:
        return not_measured(evidence.why_not(OUTPUTS), limit=requirement.limit, relation=">=")
    return evidence.compared.iou.verdict(limit_of(requirement))


def accuracy(requirement: Requirement, evidence: Evidence) -> Verdict:
    """A metric on labelled frames: absolute, or as a drop against the reference."""
    drop = requirement.parameters["basis"] == "drop"
    relation = "<=" if drop else ">="
    if evidence.accuracy is None:
        return not_measured(evidence.accuracy_missing, limit=requirement.limit, relation=relation)
    metric, name = METRIC_KEYS[str(requirement.parameters["metric"])], requirement.parameters["class_name"]
    kind = None if name is None else str(name)
    device, reference = evidence.accuracy["device"], evidence.accuracy["reference"]
    if drop:
        verdict = judge_drop(reference, device, metric, limit_of(requirement), kind)
    else:
        verdict = judge_accuracy(device, metric, limit_of(requirement), kind)
    if not evidence.is_whole(OUTPUTS):
        return undecided(verdict, evidence.why_not(OUTPUTS))
    compared = evidence.compared
    if compared is not None and len(compared.samples) < compared.requested:
        return undecided(verdict, f"only {len(compared.samples)} of {compared.requested} frames were taken")
    return verdict
