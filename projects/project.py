"""A deployment project: both documents, loaded together or not at all, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from projects.acceptance_settings import AcceptanceSettings
from projects.acceptance_spec import AcceptanceDocument, AcceptanceSpec
from projects.blobs import BlobStore
from projects.deployment_settings import DeploymentSettings
from projects.deployment_spec import DeploymentDocument, DeploymentSpec
from projects.document import paths_of, read_document
from projects.effective import Settings, effective_settings
from projects.fields import in_words
from projects.findings import find_in_documents
from projects.layout import Layout
from projects.problems import DocumentProblems, Finding, Problem, near_miss, suggest
from projects.records import RecordStore
from projects.requirements import Requirement, derive_requirements
from projects.yaml_edit import remove_value
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError


@dataclass(frozen=True)
class Unconfirmed:
    """A value that was proposed and that no person has confirmed."""

    file: str
    line: int
    path: str
    value: str
    """As the document has it."""


@dataclass(frozen=True)
class Project:
    """A project whose documents are without problems; immutable, so an edit gives a new one."""

    layout: Layout
    deployment: DeploymentSpec
    settings: DeploymentSettings
    acceptance: AcceptanceSpec
    acceptance_settings: AcceptanceSettings
    requirements: tuple[Requirement, ...]
    """In the order of the report."""
    findings: tuple[Finding, ...]
    """What a person should look at although everything loads."""
    deployment_file: YamlFile
    acceptance_file: YamlFile

    @classmethod
    def open(cls, folder: Path) -> Project:
        """Load both documents of a project's folder.

        Raises:
            DocumentProblems: with all problems of both documents at once.
            UsageError: the folder or a document is not there, or cannot be read.
        """
        layout = Layout(folder)
        if not folder.is_dir():
            hint = "Give the project's folder, or make a project with `slipway new`."
            raise UsageError(f"{folder} is no folder", hint)
        absent = [path.name for path in (layout.deployment, layout.deployment_tests) if not path.is_file()]
        if absent:
            hint = "Give the project's folder, or make a project with `slipway new`."
            raise UsageError(f"{folder} is no project: it has no {' and no '.join(absent)}", hint)
        return cls.from_files(layout, YamlFile.read(layout.deployment), YamlFile.read(layout.deployment_tests))

    @classmethod
    def from_files(cls, layout: Layout, deployment_file: YamlFile, acceptance_file: YamlFile) -> Project:
        """A project of documents that were read or edited.

        Raises:
            DocumentProblems: with all problems of both documents at once.
        """
        deployment, problems = read_document(deployment_file, DeploymentDocument)
        acceptance, more = read_document(acceptance_file, AcceptanceDocument)
        if deployment is None or acceptance is None:
            raise DocumentProblems([*problems, *more])
        requirements, wrong = derive_requirements(deployment, acceptance, deployment_file, acceptance_file)
        unconfirmed = [
            *_wrong_unconfirmed(deployment_file, deployment.slipway.unconfirmed or ()),
            *_wrong_unconfirmed(acceptance_file, acceptance.slipway.unconfirmed or ()),
        ]
        if wrong or unconfirmed:
            raise DocumentProblems([*wrong, *unconfirmed])
        findings = find_in_documents(deployment, acceptance, deployment_file, acceptance_file, requirements)
        return cls(
            layout,
            deployment.deployment,
            deployment.slipway,
            acceptance.deployment_tests,
            acceptance.slipway,
            requirements,
            findings,
            deployment_file,
            acceptance_file,
        )

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.layout.folder

    @property
    def name(self) -> str:
        """The folder's name, as a person knows the project."""
        return self.folder.resolve().name

    @property
    def model_path(self) -> Path:
        """The ONNX file that every candidate is made from; it may not be there yet.

        Raises:
            UsageError: it leads out of the project through a link.
        """
        return self.layout.inner(self.deployment.model_format.intermediate)

    @property
    def records(self) -> RecordStore:
        """The project's records."""
        return RecordStore(self.layout.records)

    @property
    def blobs(self) -> BlobStore:
        """The project's blobs."""
        return BlobStore(self.layout.blobs)

    @property
    def effective(self) -> Settings:
        """Settings with the defaults filled in, and the sentences that say so."""
        return effective_settings(self.settings, self.deployment)

    @property
    def unconfirmed(self) -> tuple[Unconfirmed, ...]:
        """What was proposed and not confirmed yet, of both documents."""
        return tuple(
            Unconfirmed(file.name, file.line_of(keys) or 1, path, in_words(file.find(keys)).strip("'"))
            for file, listed in self._listed()
            for path in listed
            for keys in [paths_of(file)[path]]
        )

    def confirm(self, paths: Sequence[str] = ()) -> Project:
        """Take values as a person's own: save both documents without these paths in `unconfirmed`.

        Args:
            paths: as `unconfirmed` lists them; none means all.

        Raises:
            UsageError: a path is not listed, or a document was changed meanwhile; nothing is written then.
        """
        listed = [path for _, names in self._listed() for path in names]
        for path in paths:
            if path not in listed:
                meant = near_miss(path, listed)
                hint = f"Did you mean '{meant}'?" if meant else "`slipway check` lists what is not confirmed."
                raise UsageError(f"{path} is not waiting for confirmation", hint)
        before = [file for file, _ in self._listed()]
        files = [_without_listed(file, set(paths or listed)) for file in before]
        Project.from_files(self.layout, files[0], files[1])
        for file in before:
            file.check_unchanged()
        saved = [file if file.text == old.text else file.save() for file, old in zip(files, before, strict=True)]
        return Project.from_files(self.layout, saved[0], saved[1])

    def _listed(self) -> list[tuple[YamlFile, tuple[str, ...]]]:
        return [
            (self.deployment_file, self.settings.unconfirmed or ()),
            (self.acceptance_file, self.acceptance_settings.unconfirmed or ()),
        ]


def _without_listed(file: YamlFile, paths: Set[str]) -> YamlFile:
    keys = ("slipway", "unconfirmed")
    listed = file.find(keys)
    for index, path in reversed(list(enumerate(listed if isinstance(listed, list) else []))):
        if path in paths:
            file = remove_value(file, (*keys, index))
    return file


def _wrong_unconfirmed(file: YamlFile, paths: Sequence[str]) -> Iterator[Problem]:
    """A path that names nothing would leave a limit confirmed that nobody confirmed."""
    known = [path for path in paths_of(file) if not path.startswith("slipway.unconfirmed")]
    for index, path in enumerate(paths):
        if path not in known:
            keys = ("slipway", "unconfirmed", index)
            hint = suggest(path, known) or "remove it from the list"
            expected = "the path of an entry of this document"
            yield Problem(file.name, file.line_of(keys), "slipway.unconfirmed", in_words(path), expected, hint)
