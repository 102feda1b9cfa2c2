"""A project's model in memory, with what the documents say of it; documents with problems are no hindrance."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from projects.deployment_spec import DeploymentDocument
from projects.document import read_document
from projects.layout import Layout
from projects.problems import Problem
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError
from workbench.optimise.adapt import Changes, adapt_model, changes_of
from workbench.optimise.model_facts import ModelFacts, facts_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.pipeline.detector import input_size
from workbench.pipeline.model_check import MODEL
from workbench.pipeline.raw_document import RawDocument

T = TypeVar("T")

MOST_MODELS, MOST_MODEL_BYTES = 3, 256 << 20
"""What is kept in memory of models that were looked at last."""


@dataclass(frozen=True)
class Identity:
    """What a model in memory was read from, and how it was changed then; equal ones are the same model."""

    path: Path
    modified_ns: int
    size_bytes: int
    changes: Changes


@dataclass(frozen=True)
class OpenedModel:
    """A model as it lies in its file, and as it is worked with."""

    identity: Identity
    brought: ModelFile
    """As it was read."""
    source: ModelFile
    """As it is worked with (`optimise/adapt.py`)."""
    facts: ModelFacts
    """Of `source`."""

    @property
    def size(self) -> tuple[int, int, Literal["NCHW", "NHWC"]]:
        """(width, height, layout) of its input.

        Raises:
            UsageError: it takes no image of a fixed size.
        """
        return input_size(self.facts)


@dataclass(frozen=True)
class OpenedDocument:
    """A deployment specification, and what is wrong with it."""

    raw: RawDocument
    whole: DeploymentDocument | None
    """None where it has problems."""
    problems: tuple[Problem, ...]


class Keeper(Generic[T]):
    """The values that were used last, by what they were made from; several threads may use it.

    Two threads that want the same value wait for one of them to make it.

    Args:
        count: at most so many are kept.
        most_bytes: at most so many bytes of them together, but always one.
        size_of: how many bytes a value takes.
    """

    def __init__(self, count: int, most_bytes: int, size_of: Callable[[T], int]) -> None:
        self._count, self._most, self._size_of = count, most_bytes, size_of
        self._kept: OrderedDict[Any, T] = OrderedDict()
        self._making: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not kept."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            value = make()
            with self._lock:
                self._kept[key] = value
                self._making.pop(key, None)
                while len(self._kept) > 1 and not self._fits():
                    self._kept.popitem(last=False)
        return value

    def _fits(self) -> bool:
        return len(self._kept) <= self._count and sum(map(self._size_of, self._kept.values())) <= self._most


_MODELS: Keeper[OpenedModel] = Keeper(MOST_MODELS, MOST_MODEL_BYTES, lambda model: model.brought.size_bytes)
_DOCUMENTS: Keeper[OpenedDocument] = Keeper(8, 1 << 30, lambda document: len(document.raw.file.text))


def open_document(folder: Path) -> OpenedDocument:
    """The deployment specification of a project as it is on disk.

    Raises:
        UsageError: it is not there or cannot be read.
    """
    layout = Layout(folder)
    file = YamlFile.read(layout.deployment)
    return _DOCUMENTS.get((layout.deployment, file.stored_sha256), lambda: document_of(file, layout))


def document_of(file: YamlFile, layout: Layout) -> OpenedDocument:
    """A deployment specification that was read or edited."""
    whole, problems = read_document(file, DeploymentDocument)
    return OpenedDocument(RawDocument(file, "deployment", layout), whole, problems)


def open_model(document: OpenedDocument) -> OpenedModel:
    """The model that a document names.

    Raises:
        UsageError: the document names none, or it cannot be read or changed as needed.
    """
    raw = document.raw
    named = raw.text(MODEL)
    if named is None and raw.broken_at:
        problem = raw.file.problems[0]
        raise UsageError(
            f"The model is not known until {raw.broken_at} of {raw.file.name} is mended",
            f"The document cannot be read: got {problem.got}, expected {problem.expected}.",
        )
    if named is None:
        raise UsageError("The deployment specification names no model", f"Name an ONNX file: `{MODEL}`.")
    wanted = changes_of({axis: raw.whole(f"slipway.model.{axis}") for axis in ("batch", "width", "height")})
    return open_file(raw.inner(MODEL), wanted)


def open_file(path: Path, wanted: Changes) -> OpenedModel:
    """A model from its file, or from memory where the file is the same.

    Raises:
        UsageError: it cannot be read or changed as needed.
    """
    identity = identify(path, wanted)
    return _MODELS.get(identity, lambda: _read(identity))


def identify(path: Path, wanted: Changes) -> Identity:
    """What tells whether a file is still the one that was read.

    Raises:
        UsageError: it is not there.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise UsageError(
            f"the model {path} is not there", "Put the ONNX file there, or drop another one on this page."
        ) from error
    return Identity(path, status.st_mtime_ns, status.st_size, wanted)


def _read(identity: Identity) -> OpenedModel:
    brought = load_model(identity.path)
    source = adapt_model(brought, identity.changes)
    return OpenedModel(identity, brought, source, facts_of(source))
