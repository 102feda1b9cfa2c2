"""What a person should look at although the documents load: what they say does not go together, or asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_spec import DeploymentDocument
from projects.document import paths_of
from projects.problems import Finding, quote
from projects.requirements import Requirement
from projects.yaml_file import YamlFile

_ENDINGS = {"OpenVINO": (".blob",), "TensorRT": (".engine", ".plan", ".trt"), "TensorRT for RTX": (".engine", ".plan")}


@dataclass(frozen=True)
class _Both:
    deployment: DeploymentDocument
    acceptance: AcceptanceDocument
    deployment_file: YamlFile
    acceptance_file: YamlFile
    requirements: Sequence[Requirement]

    def in_deployment(self, path: str, text: str, hint: str = "") -> Finding:
        return _at(self.deployment_file, path, text, hint)

    def in_tests(self, path: str, text: str, hint: str = "") -> Finding:
        return _at(self.acceptance_file, path, text, hint)


def _at(file: YamlFile, path: str, text: str, hint: str) -> Finding:
    return Finding(file.name, file.line_of(paths_of(file).get(path, ())), path, text, hint)


def find_in_documents(
    deployment: DeploymentDocument,
    acceptance: AcceptanceDocument,
    deployment_file: YamlFile,
    acceptance_file: YamlFile,
    requirements: Sequence[Requirement],
) -> tuple[Finding, ...]:
    """Findings of both documents, by file and line."""
    both = _Both(deployment, acceptance, deployment_file, acceptance_file, requirements)
    searches = (_names, _runtime, _monitor, _data, _limits, _trace, _idle_settings)
    found = [finding for search in searches for finding in search(both)]
    return tuple(sorted(found, key=lambda finding: (finding.file, finding.line or 0, finding.path)))


def _names(both: _Both) -> Iterator[Finding]:
    """Both documents must speak of the same thing."""
    spec, tests = both.deployment.deployment, both.acceptance.deployment_tests
    same = "name the same in both documents"
    if tests.id != spec.id:
        yield both.in_tests("id", f"{quote(tests.id)} is not the deployment's id, {quote(spec.id)}", same)
    if tests.model != spec.model:
        yield both.in_tests("model", f"{quote(tests.model)} is not the deployment's model, {quote(spec.model)}", same)
    if tests.target != spec.target_hardware.platform:
        text = f"{quote(tests.target)} is not the deployment's platform, {quote(spec.target_hardware.platform)}"
        yield both.in_tests("target", text, same)
    traced = spec.traceability.model
    if traced is not None and traced != spec.model:
        text = f"{quote(traced)} is not the deployment's model, {quote(spec.model)}"
        yield both.in_deployment("traceability.model", text, "name the same in both places")


def _runtime(both: _Both) -> Iterator[Finding]:
    spec = both.deployment.deployment
    runtime, framework = spec.runtime_configuration, spec.runtime_configuration.framework
    deployed = spec.model_format.deployed
    endings = _ENDINGS[framework.name]
    if deployed is not None and not deployed.endswith(endings):
        text = f"{quote(deployed)} does not end as an engine of {framework.name} does ({', '.join(endings)})"
        yield both.in_deployment("model_format.deployed", text)
    if runtime.dla_enabled and framework.name != "TensorRT":
        text = f"{framework.name} has no DLA"
        yield both.in_deployment("runtime_configuration.dla_enabled", text, "set it to false, or use TensorRT")
    if runtime.dla_enabled and spec.model_format.precision == "FP32":
        text = "a DLA computes in FP16 or INT8 only, and FP32 is deployed"
        yield both.in_deployment("runtime_configuration.dla_enabled", text, "choose FP16 or INT8")


def _monitor(both: _Both) -> Iterator[Finding]:
    threshold = both.deployment.deployment.monitoring.latency_threshold
    for requirement in (item for item in both.requirements if item.kind == "latency"):
        if threshold is None or requirement.limit is None or threshold.value == requirement.limit:
            continue
        below = threshold.value < requirement.limit
        text = f"{threshold.words} is {'below' if below else 'above'} the latency limit of {requirement.limit_text}"
        hint = "frames that pass verification would raise alarms" if below else "frames between the two raise no alarm"
        yield both.in_deployment("monitoring.latency_threshold", text, hint)


def _data(both: _Both) -> Iterator[Finding]:
    settings, spec = both.deployment.slipway, both.deployment.deployment
    if settings.frames is None:
        text = "no frames are named, so nothing can be compared or measured on real input"
        yield both.in_deployment("", text, "name a folder of images or a video in `slipway: frames: images:`")
    if spec.model_format.precision == "INT8" and settings.calibration is None:
        text = "INT8 needs calibration frames, and none are named"
        yield both.in_deployment("model_format.precision", text, "name them in `slipway: calibration: images:`")
    if settings.frames and settings.calibration and settings.frames.images == settings.calibration.images:
        text = "these are the frames of the test set too, so that the test would see what calibration saw"
        yield both.in_deployment("slipway.calibration.images", text, "name other frames")
    unlabelled = settings.frames is None or settings.frames.labels is None
    for requirement in both.requirements:
        if requirement.kind == "accuracy" and unlabelled:
            text = "accuracy cannot be measured without labels"
            yield both.in_tests(requirement.path, text, "name them in `slipway: frames: labels:` of the deployment")


def _limits(both: _Both) -> Iterator[Finding]:
    limits = {requirement.kind: requirement for requirement in both.requirements}
    peak, steady = limits.get("memory_peak"), limits.get("memory_steady")
    if peak and steady and peak.limit is not None and steady.limit is not None and steady.limit > peak.limit:
        text = f"steady memory may be {steady.limit_text}, which is more than the peak of {peak.limit_text}"
        yield both.in_tests(steady.path, text)
    if not both.requirements:
        yield both.in_tests("", "nothing is required, so nothing will be verified", "add a section of tests")


def _trace(both: _Both) -> Iterator[Finding]:
    known = both.deployment.deployment.traceability.requirements
    for requirement in both.requirements:
        unknown = [name for name in requirement.verifies if known is not None and name not in known]
        if unknown:
            path = f"slipway.requirements.{requirement.path}.verifies"
            text = f"{', '.join(unknown)} is not among the deployment's traceability.requirements"
            yield both.in_tests(path, text, "add it there, or correct the id")


def _idle_settings(both: _Both) -> Iterator[Finding]:
    """A choice about a requirement that is not asked for has no effect."""
    kinds = {requirement.kind for requirement in both.requirements}
    about = {
        "output_difference": {"output_difference"},
        "detection_iou": {"detection_iou"},
        "latency": {"latency", "stage_time", "load_time"},
        "memory": {"memory_peak", "memory_steady"},
        "continuous_operation": {"continuous_operation"},
        "thermal_throttling": {"temperature"},
    }
    for name in sorted(both.acceptance.slipway.model_fields_set & set(about)):
        if not about[name] & kinds:
            text = "this has no effect, because the document has no such requirement"
            yield both.in_tests(f"slipway.{name}", text, "remove it, or add the requirement")
