"""A new project: both documents as a proposal, with every limit marked as not confirmed by a person."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from projects import templates
from projects.keys import keys_of
from projects.layout import DEPLOYMENT, DEPLOYMENT_TESTS, Layout
from projects.project import Project
from projects.schemas import write_schemas
from projects.yaml_edit import set_value
from projects.yaml_file import YamlFile
from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError

_LONGEST_COMMENT = 1000
_HELD_BY_WORDS = frozenset({"invalid_size", "null_input", "detection_format"})
"""Kinds without a figure: there is nothing to decide on."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a new project starts with; paths are written as `performance_tests.latency.requirement`."""

    deployment_id: str
    model_id: str
    platform: str
    """Name of the board."""
    onnx: str
    """The model, inside the project."""
    precision: str = "FP32"
    framework: str = "OpenVINO"
    deployment: Mapping[str, object] = field(default_factory=dict)
    """Further values of the deployment specification by path; `slipway.…` for our own keys."""
    tests: Mapping[str, object] = field(default_factory=dict)
    """Likewise of the test specification."""
    confirmed: Set[str] = frozenset()
    """Paths of limits that a person gave; all other limits are listed as not confirmed."""
    unconfirmed: Sequence[str] = ()
    """Further paths of the deployment specification that were guessed, such as `slipway.preprocessing.scale`."""
    unconfirmed_tests: Sequence[str] = ()
    """Likewise of the test specification, such as `functional_equivalence.test_samples`."""
    comments: Mapping[str, str] = field(default_factory=dict)
    """What a reader of the deployment specification should know, by path; each stands above its key."""


def create_project(folder: Path, proposal: Proposal) -> Project:
    """Write both documents, the schemas, and what git must know; files that are there already stay.

    Args:
        folder: made if it is not there; it may hold the model already.
        proposal: the values.

    Raises:
        DocumentProblems: the values make no valid documents; nothing is written.
        UsageError: there is a project already, or this is no folder.
        SlipwayError: the folder cannot be written.
    """
    layout = Layout(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, so no project can be made in it", "Give the name of a new folder.")
    there = [path.name for path in (layout.deployment, layout.deployment_tests) if path.exists()]
    if there:
        hint = "Open it as it is, or give the name of a new folder."
        raise UsageError(f"{folder} is a project already: it has {' and '.join(there)}", hint)
    deployment, tests = _documents(layout, proposal)
    Project.from_files(layout, deployment, tests)
    write_schemas(layout.schemas)
    _add_lines(folder / ".gitignore", templates.GITIGNORE)
    _add_lines(folder / ".gitattributes", templates.GITATTRIBUTES)
    return Project.from_files(layout, deployment.save(), tests.save())


def _documents(layout: Layout, proposal: Proposal) -> tuple[YamlFile, YamlFile]:
    deployment = {
        "id": proposal.deployment_id,
        "model": proposal.model_id,
        "target_hardware.platform": proposal.platform,
        "model_format.intermediate": proposal.onnx,
        "model_format.precision": proposal.precision,
        "runtime_configuration.framework": proposal.framework,
        **proposal.deployment,
    }
    tests = {
        "id": proposal.deployment_id,
        "model": proposal.model_id,
        "target": proposal.platform,
        **proposal.tests,
    }
    first = _filled(layout.deployment, DEPLOYMENT, templates.DEPLOYMENT, "deployment", deployment)
    second = _filled(layout.deployment_tests, DEPLOYMENT_TESTS, templates.DEPLOYMENT_TESTS, "deployment_tests", tests)
    project = Project.from_files(layout, first, second)
    limits = [item for item in project.requirements if item.kind not in _HELD_BY_WORDS]
    guessed = [*proposal.unconfirmed, *(item.path for item in limits if item.file == DEPLOYMENT)]
    proposed = [*proposal.unconfirmed_tests, *(item.path for item in limits if item.file == DEPLOYMENT_TESTS)]
    first = _commented(_marked(first, guessed, proposal.confirmed), proposal.comments)
    return first, _marked(second, proposed, proposal.confirmed)


def _marked(file: YamlFile, paths: Sequence[str], confirmed: Set[str]) -> YamlFile:
    waiting = [path for path in paths if path not in confirmed]
    return set_value(file, ("slipway", "unconfirmed"), waiting) if waiting else file


def _commented(file: YamlFile, comments: Mapping[str, str]) -> YamlFile:
    """Each comment in lines of its own above the key that it is of."""
    for path, comment in comments.items():
        keys = keys_of(path, "deployment")
        line = file.line_of(keys)
        if line is None or file.find(keys) is None:
            continue
        lines = file.text.splitlines(keepends=True)
        margin = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        wrapped = textwrap.wrap(" ".join(comment.split())[:_LONGEST_COMMENT], 110)
        lines[line - 1 : line - 1] = [f"{margin}# {text}\n" for text in wrapped]
        file = YamlFile.parse(file.path, file.name, "".join(lines).encode("utf-8"))
    return file


def _filled(path: Path, name: str, template: str, root: str, values: Mapping[str, object]) -> YamlFile:
    file = YamlFile.parse(path, name, template.encode("utf-8"))
    for where, value in values.items():
        file = set_value(file, keys_of(where, root), value)
    return file


def _add_lines(path: Path, lines: Sequence[tuple[str, str]]) -> None:
    """Add what a file lacks, each line with its reason above it; what is there stays as it is."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    missing = [(line, why) for line, why in lines if line not in before.splitlines()]
    if missing:
        gap = "" if not before or before.endswith("\n") else "\n"
        text = before + gap + "".join(f"# {why}\n{line}\n" for line, why in missing)
        write_atomic(path, text.encode("utf-8"))
