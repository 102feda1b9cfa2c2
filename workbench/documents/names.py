"""Which documents a project has: their files, schemas and root keys; and where a project's state of the user lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from projects.layout import DEPLOYMENT, DEPLOYMENT_TESTS
from projects.schemas import ACCEPTANCE_SCHEMA, DEPLOYMENT_SCHEMA
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes


@dataclass(frozen=True)
class Document:
    """One document of every project."""

    name: str
    root: str
    schema: str


DOCUMENTS = (
    Document(DEPLOYMENT, "deployment", DEPLOYMENT_SCHEMA),
    Document(DEPLOYMENT_TESTS, "deployment_tests", ACCEPTANCE_SCHEMA),
)


def document_named(name: str) -> Document:
    """A document by the name of its file.

    Raises:
        UsageError: no project has it.
    """
    found = next((document for document in DOCUMENTS if document.name == name), None)
    if found is None:
        raise UsageError(f"{name} is no document of a project", f"They are {DEPLOYMENT} and {DEPLOYMENT_TESTS}.")
    return found


def parse(name: str, text: str, project: Path = Path()) -> YamlFile:
    """A document from the text of an editor; what is wrong with it lands in its problems."""
    return YamlFile.parse(project / name, name, text.encode("utf-8", "replace"))


def state_folder(home: Path, kind: str, project: Path) -> Path:
    """Where the state of this user for a project lies; another place for each folder."""
    return home / kind / sha256_bytes(str(project.resolve()).encode("utf-8", "surrogateescape"))[:24]
