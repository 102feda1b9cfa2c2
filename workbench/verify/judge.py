"""Verdicts: each kind of requirement, from the evidence of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from projects.requirements import Requirement
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Verdict, not_measured
from workbench.verify import judge_behaviour, judge_cost, judge_equivalence, judge_speed
from workbench.verify.evidence import Evidence

Judge = Callable[[Requirement, Evidence], Verdict]

JUDGES: Mapping[str, Judge] = {
    "output_difference": judge_equivalence.output_difference,
    "detection_iou": judge_equivalence.detection_iou,
    "accuracy": judge_equivalence.accuracy,
    "latency": judge_speed.latency,
    "stage_time": judge_speed.stage_time,
    "throughput": judge_speed.throughput,
    "load_time": judge_speed.load_time,
    "memory_peak": judge_cost.memory_peak,
    "memory_steady": judge_cost.memory_steady,
    "power": judge_cost.power,
    "resource_gpu_memory": judge_cost.gpu_memory,
    "resource_system_memory": judge_cost.system_memory,
    "resource_cpu_threads": judge_cost.cpu_threads,
    "continuous_operation": judge_behaviour.continuous_operation,
    "temperature": judge_behaviour.temperature,
    "invalid_size": judge_behaviour.invalid_size,
    "null_input": judge_behaviour.null_input,
    "detection_format": judge_behaviour.detection_format,
    "confidence_range": judge_behaviour.confidence_range,
}


def judge(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The verdict on one requirement; damaged evidence is NOT MEASURED with its reason, never a pass."""
    try:
        return JUDGES[requirement.kind](requirement, evidence)
    except SlipwayError as error:
        return not_measured(error.summary, limit=requirement.limit, unit=requirement.unit)
