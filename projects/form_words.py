"""What fields of the documents are called in a form, and which of them are limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from projects.acceptance_settings import STAGES

LABELS: Final[Mapping[str, str]] = {
    "deployment_tests.functional_equivalence.description": "Shows",
    "deployment_tests.performance_tests.latency.requirement": "Limit",
    "deployment_tests.performance_tests.latency.measurement": "Measured at",
    "deployment_tests.performance_tests.throughput.requirement": "Limit",
    "deployment_tests.performance_tests.memory.peak_requirement": "Peak",
    "deployment_tests.performance_tests.memory.steady_state_requirement": "Steady state",
    "deployment_tests.stress_tests.thermal_throttling.max_temperature": "Limit",
    "slipway.stages.*.at_most": "Limit",
    "slipway.frames.label_map": "Names of labels",
    "slipway.load_time.at_most": "Limit",
    "slipway.power.mean_at_most": "Mean",
    "slipway.power.peak_at_most": "Peak",
}
"""By path; the others are called as their key."""

SECTIONS: Final[Mapping[str, str]] = {
    "deployment": "Deployment",
    "deployment_tests": "Test specification",
    "slipway": "Settings of Slipway",
    "slipway.latency": "Latency, how",
    "slipway.memory": "Memory, how",
    "slipway.output_difference": "Output difference, how",
    "slipway.detection_iou": "Detection IoU, how",
    "slipway.continuous_operation": "Continuous operation, how",
    "slipway.thermal_throttling": "Temperature, how",
    "slipway.requirements": "Requirement",
    **{f"slipway.stages.{stage}": f"Time of {stage.replace('_', '-')}" for stage in STAGES},
    "slipway.model": "Changes to the model",
    "deployment_tests.stress_tests.thermal_throttling": "Temperature",
}

AT_MOST, AT_LEAST = "≤", "≥"
LIMITS: Final[Mapping[str, str]] = {
    "deployment_tests.functional_equivalence.tolerance.output_difference": AT_MOST,
    "deployment_tests.functional_equivalence.tolerance.detection_iou": AT_LEAST,
    "deployment_tests.performance_tests.latency.requirement": AT_MOST,
    "deployment_tests.performance_tests.throughput.requirement": AT_LEAST,
    "deployment_tests.performance_tests.memory.peak_requirement": AT_MOST,
    "deployment_tests.performance_tests.memory.steady_state_requirement": AT_MOST,
    "deployment_tests.stress_tests.continuous_operation.duration": "",
    "deployment_tests.stress_tests.thermal_throttling.max_temperature": AT_MOST,
    "deployment_tests.integration_tests.input_validation.invalid_size": "",
    "deployment_tests.integration_tests.input_validation.null_pointer": "",
    "deployment_tests.integration_tests.output_validation.detection_format": "",
    "deployment_tests.integration_tests.output_validation.confidence_range": "",
    "slipway.accuracy.*.at_least": AT_LEAST,
    "slipway.accuracy.*.drop_at_most": AT_MOST,
    "slipway.power.mean_at_most": AT_MOST,
    "slipway.power.peak_at_most": AT_MOST,
    "slipway.load_time.at_most": AT_MOST,
    **{f"slipway.stages.{stage}.at_most": AT_MOST for stage in STAGES},
}
"""Every field that a requirement takes its limit from, and how value and limit stand; empty without a figure."""

UNITS: Final[Mapping[str, str]] = {"deployment_tests.stress_tests.thermal_throttling.max_temperature": "°C"}
"""Of numbers that the documents write without their unit."""

_SPELLED: Final = {
    "iou": "IoU",
    "gpu": "GPU",
    "cpu": "CPU",
    "nms": "NMS",
    "map": "mAP",
    "dla": "DLA",
    "api": "API",
    "id": "ID",
    "sw": "Software",
    "std": "Std",
    "tensorrt": "TensorRT",
    "warm up": "Warm-up",
}
_ASSIGNED: Final = re.compile(r"[≤≥<>=]+\s*")


def label_of(path: str) -> str:
    """What a field is called, by its full path: with the root key, `*` for an index."""
    found = LABELS.get(path) or LABELS.get(re.sub(r"(slipway\.stages)\.\w+", r"\1.*", path))
    return found or name_in_words(path.rpartition(".")[2])


def title_of(path: str) -> str:
    """What a section is called, by its full path with the root key."""
    return SECTIONS.get(path) or name_in_words(path.rpartition(".")[2])


def name_in_words(key: str) -> str:
    """A key as a label: `warm_up_iterations` becomes `Warm-up iterations`."""
    text = f" {key.replace('_', ' ')} "
    for word, spelled in _SPELLED.items():
        text = text.replace(f" {word} ", f" {spelled} ")
    text = text.strip()
    return text[:1].upper() + text[1:] if text[:3] != "mAP" else text


def without_relation(text: str) -> str:
    """What a person typed, without the `≤` or `≥` that a form shows before limits."""
    return _ASSIGNED.sub("", text.strip(), count=1) if text.strip()[:1] in "≤≥<>=" else text.strip()
