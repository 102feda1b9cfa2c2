"""Whether this version, and this machine where it is the board, can do what a deployment asks its runtime for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from projects.deployment_settings import DeploymentSettings
from projects.deployment_spec import DeploymentSpec
from projects.fields import Framework
from projects.problems import Finding, Problem
from targets.inventory import THIS_MACHINE
from workbench.optimise.model_facts import opset_of
from workbench.optimise.model_file import ModelFile
from workbench.optimise.opset import settle_opset
from workbench.optimise.trt_rules import TrtTarget, find_trt_objections, group_objections
from workbench.pipeline.raw_document import RawDocument

RUNTIMES = {"OpenVINO": "openvino", "TensorRT": "tensorrt", "TensorRT for RTX": "tensorrt_rtx"}
"""Every framework that the documents may name, its runtime on a board and its package here."""
TRT_OPTIONS = ("workspace_bytes", "dla_core")
OLDEST_TRT, NEWER_TRT = (8, 5), (12,)
TENSORRT = ("TensorRT", "TensorRT for RTX")
_FRAMEWORK, _THREADS = "runtime_configuration.framework", "resource_allocation.cpu_threads"
_MODEL, _DLA = "model_format.intermediate", "runtime_configuration.dla_enabled"
_CALIBRATOR = "slipway: tensorrt: calibrator"


def check_runtime(document: RawDocument, deployment: DeploymentSpec, settings: DeploymentSettings) -> Iterator[Finding]:
    """What a person should know of framework and threads before anything is built.

    Args:
        document: the deployment specification's text, for the lines.
        deployment: what it says.
        settings: its `slipway:`; names the board where it is not this machine.
    """
    framework = deployment.runtime_configuration.framework
    yield from _framework(document, framework)
    yield from _known_versions(document, framework)
    threads, cores = deployment.resource_allocation.cpu_threads, os.cpu_count()
    here = settings.board in {None, THIS_MACHINE}
    if here and threads is not None and cores is not None and threads > cores:
        text = f"{threads} threads are asked for, and this machine has {cores} cores"
        yield document.finding(_THREADS, text, "threads would wait for each other: give as many as there are cores")


def runtime_options(deployment: DeploymentSpec, settings: DeploymentSettings) -> dict[str, str | int]:
    """Load options that only TensorRT knows, as far as the documents ask for them; empty for other runtimes."""
    configuration = deployment.runtime_configuration
    if configuration.framework.name not in TENSORRT:
        return {}
    options: dict[str, str | int] = {}
    if configuration.workspace_size is not None:
        options["workspace_bytes"] = int(configuration.workspace_size.value)
    if configuration.dla_enabled:
        options["dla_core"] = settings.tensorrt.dla_core
    return options


def trt_target(deployment: DeploymentSpec, settings: DeploymentSettings, version: str | None) -> TrtTarget | None:
    """The TensorRT that the documents ask for, in the version that is known; None for other runtimes."""
    configuration = deployment.runtime_configuration
    if configuration.framework.name not in TENSORRT:
        return None
    dla = configuration.dla_enabled and settings.tensorrt.calibrator is None
    return TrtTarget.of(RUNTIMES[configuration.framework.name], version, dla)


def check_trt(
    document: RawDocument, deployment: DeploymentSpec, settings: DeploymentSettings, source: ModelFile
) -> Iterator[Problem]:
    """What TensorRT cannot take of the project's model, or of what is made of it.

    Args:
        document: the deployment specification's text, for the lines.
        deployment: what it says; its framework's version decides, where it gives one.
        settings: its `slipway:`.
        source: the model as it is worked with.
    """
    framework = deployment.runtime_configuration.framework
    target = trt_target(deployment, settings, framework.version)
    if target is None:
        return
    if target.dla and deployment.model_format.precision == "INT8" and not target.dla_takes_pairs:
        text = f"'true' with INT8, which is made as Q/DQ pairs, and a DLA of {framework} takes none"
        expected = "FP16, or ranges that TensorRT measures itself"
        hint = f"choose FP16, or set `{_CALIBRATOR}: entropy`"
        yield document.problem(_DLA, text, expected, hint)
    model = source.model
    if opset_of(model) > target.max_opset:
        model = settle_opset(model)[0]  # as it is lowered before anything is made from it
    for reason, hint in group_objections(find_trt_objections(model, target)):
        yield document.problem(_MODEL, reason, f"a model that {framework} takes", hint)


def _known_versions(document: RawDocument, framework: Framework) -> Iterator[Finding]:
    """TensorRT outside of the versions that Slipway speaks to: 8.5 to 11."""
    target = TrtTarget.of("tensorrt", framework.version)
    oldest = OLDEST_TRT[: len(target.version)]
    if framework.name == "TensorRT" and target.version and not oldest <= target.version < NEWER_TRT:
        text = f"{framework} is asked for, and Slipway is written for TensorRT 8.5 to 11"
        yield document.finding(_FRAMEWORK, text, "a version that no board has cannot be built with; is it mistyped?")


def _framework(document: RawDocument, framework: Framework) -> Iterator[Finding]:
    here = _installed(RUNTIMES[framework.name])
    if framework.version is not None and here is not None and not f"{here}.".startswith(f"{framework.version}."):
        text = f"{framework} is asked for, and {framework.name} {here} is installed here"
        yield document.finding(_FRAMEWORK, text, "the board decides: it is compared when the engine is built")


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
