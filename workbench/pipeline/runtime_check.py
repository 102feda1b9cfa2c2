"""Whether this version, and this machine where it is the board, can do what a deployment asks its runtime for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from projects.deployment_settings import DeploymentSettings
from projects.deployment_spec import DeploymentSpec
from projects.fields import Framework
from projects.problems import Finding
from targets.inventory import THIS_MACHINE
from workbench.pipeline.raw_document import RawDocument

RUNTIMES = {"OpenVINO": "openvino"}
"""Frameworks of the documents that an agent of this version runs, and their packages here."""
_FRAMEWORK, _THREADS = "runtime_configuration.framework", "resource_allocation.cpu_threads"


def check_runtime(document: RawDocument, deployment: DeploymentSpec, settings: DeploymentSettings) -> Iterator[Finding]:
    """What a person should know of framework and threads before anything is built.

    Args:
        document: the deployment specification's text, for the lines.
        deployment: what it says.
        settings: its `slipway:`; names the board where it is not this machine.
    """
    yield from _framework(document, deployment.runtime_configuration.framework)
    threads, cores = deployment.resource_allocation.cpu_threads, os.cpu_count()
    here = settings.board in {None, THIS_MACHINE}
    if here and threads is not None and cores is not None and threads > cores:
        text = f"{threads} threads are asked for, and this machine has {cores} cores"
        yield document.finding(_THREADS, text, "threads would wait for each other: give as many as there are cores")


def _framework(document: RawDocument, framework: Framework) -> Iterator[Finding]:
    package = RUNTIMES.get(framework.name)
    if package is None:
        text = f"this version of Slipway runs {' and '.join(RUNTIMES)} only, and {framework} is asked for"
        yield document.finding(_FRAMEWORK, text, "nothing can be built with it yet")
        return
    here = _installed(package)
    if framework.version is not None and here is not None and not f"{here}.".startswith(f"{framework.version}."):
        text = f"{framework} is asked for, and {framework.name} {here} is installed here"
        yield document.finding(_FRAMEWORK, text, "the board decides: it is compared when the engine is built")


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
