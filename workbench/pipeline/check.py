"""All that is wrong with a project, at once: documents, model and data; and what a person should know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from projects.field_use import recorded_only
from projects.layout import Layout
from projects.problems import DocumentProblems, Finding, Problem
from projects.project import Project, Unconfirmed
from projects.yaml_file import YamlFile
from workbench.frames.label_map import MappedName
from workbench.pipeline.data_check import check_data
from workbench.pipeline.detector import AS_THEY_ARE, misfits_of, preprocess_of
from workbench.pipeline.model_check import ModelCheck, ModelSummary, check_model
from workbench.pipeline.raw_document import RawDocument
from workbench.pipeline.runtime_check import check_runtime, check_trt


@dataclass(frozen=True)
class RecordedField:
    """A field of the documents that nothing uses: it is shown in reports, no more."""

    path: str
    because: str
    given: bool
    """Whether the documents have it."""


@dataclass(frozen=True)
class CheckResult:
    """What came out of checking a project; the documents are as they should be where there is no problem."""

    folder: Path
    problems: tuple[Problem, ...]
    """By file and line. With any of them, no other command takes the project."""
    findings: tuple[Finding, ...]
    """What a person should look at although everything can be carried out."""
    unconfirmed: tuple[Unconfirmed, ...]
    """Values that were proposed and wait for a person; empty also where the documents do not load."""
    recorded_only: tuple[RecordedField, ...]
    model: ModelSummary | None
    """None where the model cannot be read."""
    label_map: tuple[MappedName, ...] = ()
    """Each class that the labels name, and what it is to the model."""

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


def check_project(folder: Path, files: tuple[YamlFile, YamlFile] | None = None) -> CheckResult:
    """Check a project: its documents, its model and its data; it decodes but a few frames and runs nothing.

    Args:
        folder: the project's.
        files: both documents as they are being edited; as they lie on disk where there are none.

    Raises:
        UsageError: this is no project, or a document cannot be read at all.
    """
    project, problems = _load(folder, files)
    layout = Layout(folder)
    if project is not None:
        files = (project.deployment_file, project.acceptance_file)
    elif files is None:
        files = (YamlFile.read(layout.deployment), YamlFile.read(layout.deployment_tests))
    deployment = RawDocument(files[0], "deployment", layout)
    tests = RawDocument(files[1], "deployment_tests", layout)
    model = check_model(deployment)
    data = check_data(deployment, tests, model.classes, _requested(project))
    of_both = (*_of_trt(project, deployment, model), *_of_pixels(project, deployment, model))
    every = _merge(problems, (*model.problems, *of_both, *data.problems))
    known = {(problem.file, problem.path) for problem in every}
    findings = [*(_of_documents(project, deployment) if project else ()), *model.findings, *data.findings]
    return CheckResult(
        folder=folder,
        problems=every,
        findings=tuple(sorted((item for item in findings if (item.file, item.path) not in known), key=_place)),
        unconfirmed=project.unconfirmed if project else (),
        recorded_only=_recorded(files),
        model=model.summary,
        label_map=data.label_map,
    )


def _load(folder: Path, files: tuple[YamlFile, YamlFile] | None = None) -> tuple[Project | None, tuple[Problem, ...]]:
    try:
        return (Project.open(folder) if files is None else Project.from_files(Layout(folder), *files)), ()
    except DocumentProblems as error:
        return None, error.problems


def _of_documents(project: Project, deployment: RawDocument) -> list[Finding]:
    return [*project.findings, *check_runtime(deployment, project.deployment, project.settings)]


def _of_trt(project: Project | None, deployment: RawDocument, model: ModelCheck) -> list[Problem]:
    if project is None or model.source is None:
        return []
    return list(check_trt(deployment, project.deployment, project.settings, model.source))


def _of_pixels(project: Project | None, deployment: RawDocument, model: ModelCheck) -> list[Problem]:
    """Preprocessing that an input in uint8 cannot take: all that is compared later would be a black picture."""
    if project is None or model.facts is None:
        return []
    taken, hint = f"pixels as they are: {model.facts.inputs[0]}", f"s{AS_THEY_ARE[1:].rstrip('.')}"
    misfits = misfits_of(model.facts, preprocess_of(project, "NCHW"))
    return [deployment.problem(key, got, taken, hint) for key, got in misfits.items()]


def _requested(project: Project | None) -> int | None:
    section = project.acceptance.functional_equivalence if project else None
    return int(section.test_samples) if section is not None else None


def _merge(documents: Sequence[Problem], others: Sequence[Problem]) -> tuple[Problem, ...]:
    """All of them by their place; a value that is wrong in itself is not said to name nothing as well."""
    told = {(problem.file, problem.path) for problem in documents}
    every = [*documents, *(problem for problem in others if (problem.file, problem.path) not in told)]
    return tuple(sorted(every, key=_place))


def _place(item: Problem | Finding) -> tuple[str, int, str]:
    return item.file, item.line or 0, item.path


def _recorded(files: Sequence[YamlFile]) -> tuple[RecordedField, ...]:
    """The table of `projects.field_use`, with what of it these documents have."""
    fields = []
    for path, because in recorded_only().items():
        given = any(file.find(tuple(path.split("."))) is not None for file in files)
        fields.append(RecordedField(path, because, given))
    return tuple(fields)
