"""What every field of both documents is used by; a field that nothing uses yet is "recorded only" and says so here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from projects.acceptance_settings import STAGES
from projects.document import name_of, section_of
from projects.fields import Section


@dataclass(frozen=True)
class Use:
    """What a field is for."""

    by: str
    """What uses it; empty for a field that is only recorded."""
    recorded_because: str = ""
    """Why it is only recorded: shown in reports, used by nothing."""


def _by(what: str) -> Use:
    return Use(what)


def _recorded(why: str) -> Use:
    return Use("", why)


_SHIPS = "for the software that ships; Slipway does not build it yet"
_IN_WORDS = "words for a reader"

DEPLOYMENT: Mapping[str, Use] = {
    "deployment.id": _by("project: names it; must be the test specification's id"),
    "deployment.model": _by("findings: must be the model of the test specification and of the trace"),
    "deployment.version": _recorded("identifies the document to a reader; runs record its hash"),
    "deployment.target_hardware.platform": _by("findings: must be the target of the test specification"),
    "deployment.target_hardware.compute": _recorded(_IN_WORDS),
    "deployment.target_hardware.memory": _recorded(_IN_WORDS),
    "deployment.target_hardware.storage": _recorded(_IN_WORDS),
    "deployment.model_format.source": _recorded("the trained model is not read; its ONNX file is"),
    "deployment.model_format.intermediate": _by("optimise, verify: the ONNX file that everything is made from"),
    "deployment.model_format.deployed": _by("findings: its ending must fit the runtime"),
    "deployment.model_format.precision": _by("optimise: the recipe that is made and built"),
    "deployment.runtime_configuration.framework": _by("build: the runtime; findings: it must fit the other keys"),
    "deployment.runtime_configuration.workspace_size": _by("build: memory that TensorRT may use"),
    "deployment.runtime_configuration.dla_enabled": _by("build: the DLA of a Jetson; findings: it needs TensorRT"),
    "deployment.runtime_configuration.streams": _by("build, verify: frames in flight"),
    "deployment.resource_allocation.gpu_memory": _by("requirement resource_gpu_memory, where asked for"),
    "deployment.resource_allocation.system_memory": _by("requirement resource_system_memory, where asked for"),
    "deployment.resource_allocation.cpu_threads": _by("build, verify: threads; requirement resource_cpu_threads"),
    "deployment.integration.sw_module": _recorded(_SHIPS),
    "deployment.integration.api_header": _recorded(_SHIPS),
    "deployment.integration.callback": _recorded(_SHIPS),
    "deployment.monitoring.latency_threshold": _by("findings: should be the latency limit"),
    "deployment.monitoring.error_rate_threshold": _recorded(_SHIPS),
    "deployment.monitoring.logging": _recorded(_SHIPS),
    "deployment.fallback.on_timeout": _recorded(_SHIPS),
    "deployment.fallback.on_error": _recorded(_SHIPS),
    "deployment.fallback.on_anomaly": _recorded(_SHIPS),
    "deployment.traceability.requirements": _by("findings: what `verifies` names must stand here"),
    "deployment.traceability.model": _by("findings: must be the deployment's model"),
    "deployment.traceability.tests": _recorded("tests of the trained model, which ran before Slipway"),
    "slipway.unconfirmed": _by("every view of a limit: proposed, not confirmed"),
    "slipway.board": _by("build, deploy, verify, run, demo: the board where none is named"),
    "slipway.head": _by("build, verify: how the outputs are decoded"),
    "slipway.head_options.boxes": _by("build, verify: what the four numbers of a box are"),
    "slipway.head_options.normalised": _by("build, verify: whether boxes are parts of the input or pixels"),
    "slipway.head_options.activation": _by("build, verify: what class values still need to be scores"),
    "slipway.head_options.background": _by("build, verify: which class is the background"),
    "slipway.head_options.columns": _by("build, verify: what stands in the rows of detections"),
    "slipway.head_options.outputs": _by("build, verify: what each output is"),
    "slipway.head_options.classes": _by("build, verify: how many classes there are"),
    "slipway.model.batch": _by("optimise, verify: fixes a batch without a length"),
    "slipway.model.width": _by("optimise, verify: fixes the width of an input without one"),
    "slipway.model.height": _by("optimise, verify: fixes the height of an input without one"),
    "slipway.frames.images": _by("verify: the test set"),
    "slipway.frames.labels": _by("verify: accuracy"),
    "slipway.frames.format": _by("verify: how labels are read"),
    "slipway.frames.classes": _by("verify: class names"),
    "slipway.frames.detections": _by("verify: whether the preprocessing is confirmed by outside data"),
    "slipway.frames.label_map": _by("verify: what labels' classes are to the model"),
    "slipway.calibration.images": _by("optimise: INT8 ranges"),
    "slipway.calibration.count": _by("optimise: how many frames"),
    "slipway.calibration.seed": _by("optimise: which frames"),
    "slipway.preprocessing.resize": _by("verify, optimise: how frames are fitted"),
    "slipway.preprocessing.color": _by("verify, optimise: order of the channels"),
    "slipway.preprocessing.scale": _by("verify, optimise: from pixels to input"),
    "slipway.preprocessing.mean": _by("verify, optimise: from pixels to input"),
    "slipway.preprocessing.std": _by("verify, optimise: from pixels to input"),
    "slipway.preprocessing.anchor": _by("verify, optimise: where a letterbox puts the frame"),
    "slipway.preprocessing.pad": _by("verify, optimise: a letterbox's bars"),
    "slipway.thresholds.confidence": _by("verify: what counts as a detection"),
    "slipway.thresholds.nms_iou": _by("verify: suppression"),
    "slipway.thresholds.map_confidence": _by("verify: detections of mAP"),
    "slipway.thresholds.map_nms_iou": _by("verify: suppression for mAP"),
    "slipway.thresholds.max_detections": _by("verify: most detections of a frame"),
    "slipway.optimise.keep": _by("optimise: nodes that stay in float"),
    "slipway.optimise.calibration": _by("optimise: how ranges are chosen"),
    "slipway.tensorrt.dla_core": _by("build: which DLA core"),
    "slipway.tensorrt.calibrator": _by("build: whether TensorRT measures INT8 ranges itself"),
}

ACCEPTANCE: Mapping[str, Use] = {
    "deployment_tests.id": _by("ids of requirements; must be the deployment's id"),
    "deployment_tests.model": _by("findings: must be the deployment's model"),
    "deployment_tests.target": _by("findings: must be the deployment's platform"),
    "deployment_tests.functional_equivalence.description": _recorded(_IN_WORDS),
    "deployment_tests.functional_equivalence.test_samples": _by("requirements output_difference, detection_iou"),
    "deployment_tests.functional_equivalence.tolerance.output_difference": _by("requirement output_difference"),
    "deployment_tests.functional_equivalence.tolerance.detection_iou": _by("requirement detection_iou"),
    "deployment_tests.performance_tests.latency.requirement": _by("requirement latency"),
    "deployment_tests.performance_tests.latency.measurement": _by("requirement latency"),
    "deployment_tests.performance_tests.latency.warm_up_iterations": _by("requirements latency, stage_time"),
    "deployment_tests.performance_tests.latency.test_iterations": _by("requirements latency, stage_time"),
    "deployment_tests.performance_tests.throughput.requirement": _by("requirement throughput; rate of paced latency"),
    "deployment_tests.performance_tests.throughput.duration": _by("requirement throughput"),
    "deployment_tests.performance_tests.memory.peak_requirement": _by("requirement memory_peak"),
    "deployment_tests.performance_tests.memory.steady_state_requirement": _by("requirement memory_steady"),
    "deployment_tests.stress_tests.continuous_operation.duration": _by("requirement continuous_operation"),
    "deployment_tests.stress_tests.continuous_operation.expected": _recorded(_IN_WORDS),
    "deployment_tests.stress_tests.thermal_throttling.max_temperature": _by("requirement temperature"),
    "deployment_tests.stress_tests.thermal_throttling.expected": _recorded(_IN_WORDS),
    "deployment_tests.integration_tests.input_validation.invalid_size": _by("requirement invalid_size"),
    "deployment_tests.integration_tests.input_validation.null_pointer": _by("requirement null_input"),
    "deployment_tests.integration_tests.output_validation.detection_format": _by("requirement detection_format"),
    "deployment_tests.integration_tests.output_validation.confidence_range": _by("requirement confidence_range"),
    "slipway.unconfirmed": _by("every view of a limit: proposed, not confirmed"),
    "slipway.requirements.*.id": _by("every requirement: its id"),
    "slipway.requirements.*.verifies": _by("every requirement: what it verifies"),
    "slipway.test_set.seed": _by("requirements output_difference, detection_iou: which frames"),
    "slipway.output_difference.statistic": _by("requirement output_difference"),
    "slipway.output_difference.scope": _by("requirement output_difference"),
    "slipway.output_difference.confidence": _by("requirement output_difference"),
    "slipway.detection_iou.statistic": _by("requirement detection_iou"),
    "slipway.detection_iou.confidence": _by("requirement detection_iou"),
    "slipway.latency.starts": _by("requirements latency, stage_time, load_time"),
    "slipway.latency.pacing": _by("requirement latency"),
    "slipway.latency.span": _by("requirement latency"),
    "slipway.memory.counts": _by("requirements memory_peak, memory_steady"),
    "slipway.continuous_operation.growth_per_hour_at_most": _by("requirement continuous_operation"),
    "slipway.thermal_throttling.sensor": _by("requirement temperature"),
    "slipway.accuracy.*.metric": _by("requirement accuracy"),
    "slipway.accuracy.*.class": _by("requirement accuracy"),
    "slipway.accuracy.*.at_least": _by("requirement accuracy"),
    "slipway.accuracy.*.drop_at_most": _by("requirement accuracy"),
    "slipway.power.mean_at_most": _by("requirement power"),
    "slipway.power.peak_at_most": _by("requirement power"),
    "slipway.load_time.at_most": _by("requirement load_time"),
    **{f"slipway.stages.{stage}.at_most": _by("requirement stage_time") for stage in STAGES},
    **{f"slipway.stages.{stage}.measurement": _by("requirement stage_time") for stage in STAGES},
    "slipway.resources.gpu_memory": _by("requirement resource_gpu_memory"),
    "slipway.resources.system_memory": _by("requirement resource_system_memory"),
    "slipway.resources.cpu_threads": _by("requirement resource_cpu_threads"),
}


def fields_of(model: type[Section], around: str = "") -> Iterator[str]:
    """Path of every field of a document that holds a value; `*` stands for an index or a free key."""
    for name, info in model.model_fields.items():
        path = f"{around}{name_of(model, name)}"
        inner = section_of(info.annotation)
        if inner is None:
            yield path
        else:
            many = str(info.annotation).startswith(("list[", "dict["))
            yield from fields_of(inner, f"{path}.*." if many else f"{path}.")


def recorded_only() -> Mapping[str, str]:
    """Fields that nothing uses, with the reason; the report lists them."""
    return {path: use.recorded_because for path, use in {**DEPLOYMENT, **ACCEPTANCE}.items() if use.recorded_because}
