"""Records of what was made and found: one immutable file each, named at random so that two people never collide."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from projects.record_file import Author, encode_record, header_of, read_record_file
from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError, UsageError

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, kw_only=True)
class CalibrationRecord:
    """Ranges of activations, measured on calibration frames."""

    kind: ClassVar[str] = "calibration"
    __pydantic_config__ = _STRICT

    sha256: str
    """Of the ranges' bytes, a blob."""
    model_sha256: str
    """Of the cleaned model that they were measured on."""
    frames_sha256: str
    """Over every frame, in order."""
    frame_names: tuple[str, ...]
    source: str
    """Folder or video, as the document names it."""
    count: int
    seed: int
    method: str
    percentile: float | None = None
    tools: Mapping[str, str] = field(default_factory=dict)

    def parents(self) -> tuple[str, ...]:
        """sha256 of what it was made from."""
        return (self.model_sha256,)


@dataclass(frozen=True, kw_only=True)
class CandidateCalibration:
    """What a candidate says of its calibration."""

    __pydantic_config__ = _STRICT

    sha256: str
    """Of the ranges' bytes, as in their own record."""
    frames_sha256: str
    count: int
    seed: int
    method: str


@dataclass(frozen=True, kw_only=True)
class CandidateRecord:
    """An optimised variant of the source model; its bytes are a blob."""

    kind: ClassVar[str] = "candidate"
    __pydantic_config__ = _STRICT

    name: str
    """Such as `int8-k6`."""
    recipe: str
    """`fp32`, `fp16` or `int8`."""
    precision: str
    parent_sha256: str
    """Of the source model."""
    sha256: str
    size_bytes: int
    keep: tuple[str, ...] = ()
    """Names and patterns of the nodes that stay in float."""
    kept_nodes: tuple[str, ...] = ()
    """The nodes that they matched."""
    calibration: CandidateCalibration | None = None
    tools: Mapping[str, str] = field(default_factory=dict)
    """Name to version."""
    error: Mapping[str, float | None] = field(default_factory=dict)
    """Figures against the parent by name, such as `sqnr_db`; None is not measured."""
    opset: int
    ir_version: int
    notes: tuple[str, ...] = ()
    """What optimising did and said, in words."""

    def parents(self) -> tuple[str, ...]:
        """sha256 of what it was made from."""
        return (self.parent_sha256, *((self.calibration.sha256,) if self.calibration else ()))


@dataclass(frozen=True, kw_only=True)
class EngineRecord:
    """A candidate compiled for one kind of board; its bytes are a blob."""

    kind: ClassVar[str] = "engine"
    __pydantic_config__ = _STRICT

    candidate_sha256: str
    candidate_name: str
    sha256: str
    size_bytes: int
    runtime: str
    runtime_version: str
    device_key: str
    identity_sha256: str
    """Of all that decides what the engine is: the same identity need not be built again."""
    build_options: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    load_options: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    sidecar: Mapping[str, str] = field(default_factory=dict)
    """What the board told that it is bound to, by name; checked on the board before it is loaded."""
    board_id: str
    board_name: str
    build_seconds: float | None
    log_tail: tuple[str, ...] = ()

    def parents(self) -> tuple[str, ...]:
        """sha256 of what it was made from."""
        return (self.candidate_sha256,)


@dataclass(frozen=True, kw_only=True)
class ReleaseRecord:
    """What was installed on a board as one unit."""

    kind: ClassVar[str] = "release"
    __pydantic_config__ = _STRICT

    release: str
    """Its id on the board."""
    engine_sha256: str
    candidate_sha256: str
    manifest_sha256: str
    files: Mapping[str, str]
    """Name to sha256."""
    board_id: str
    board_name: str
    smoke: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """What the smoke inference gave."""

    @property
    def sha256(self) -> str:
        """Of its manifest, which names all of its files."""
        return self.manifest_sha256

    def parents(self) -> tuple[str, ...]:
        """sha256 of what it was made from."""
        return (self.engine_sha256, self.candidate_sha256)


@dataclass(frozen=True, kw_only=True)
class FindingRecord:
    """Something that a reviewer must know."""

    kind: ClassVar[str] = "finding"
    __pydantic_config__ = _STRICT

    topic: str
    """Such as `shared-frames`."""
    text: str
    hint: str = ""
    about_sha256: tuple[str, ...] = ()
    """What it is about: candidates, engines, frames."""
    run: str | None = None
    """The run that found it, or that it is about."""
    requirement: str | None = None
    """Id of the requirement that it is about."""
    t_s: float | None = None
    """Where in the run: seconds since its beginning."""
    until_s: float | None = None
    """The end of a range; None where it is about a moment."""
    frame_id: int | None = None
    """The frame of the run, by its running number."""
    frame_name: str = ""
    """Of the frame within its source."""

    @property
    def sha256(self) -> str:
        """A finding has no bytes of its own."""
        return ""

    def parents(self) -> tuple[str, ...]:
        """sha256 of what it is about."""
        return self.about_sha256


@dataclass(frozen=True, kw_only=True)
class FindingClosureRecord:
    """What became of a finding; the finding itself stays as it was written."""

    kind: ClassVar[str] = "finding-closure"
    __pydantic_config__ = _STRICT

    finding: str
    """The id of its record."""
    text: str = ""
    """What was done about it, or why nothing has to be."""

    @property
    def sha256(self) -> str:
        """A closure has no bytes of its own."""
        return ""

    def parents(self) -> tuple[str, ...]:
        """It was made from nothing that has a sha256."""
        return ()


Record = CalibrationRecord | CandidateRecord | EngineRecord | ReleaseRecord | FindingRecord | FindingClosureRecord
R = TypeVar("R", CalibrationRecord, CandidateRecord, EngineRecord, ReleaseRecord, FindingRecord, FindingClosureRecord)


@dataclass(frozen=True)
class Stored(Generic[R]):
    """A record and where it stands."""

    id: str
    """A uuid, the name of its file."""
    sha256: str
    """Of the record's own bytes."""
    by: Author
    created: str
    record: R


class RecordStore:
    """The records of one project; any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, record: R, by: Author, created: str | None = None) -> Stored[R]:
        """Write a new record, whole or not at all; a record is never changed, a correction is a new one.

        Raises:
            SlipwayError: it cannot be written, or nobody could read it again; nothing is written then.
        """
        identity = str(uuid.uuid4())
        header = header_of(record.kind, by, created)
        path = self.folder / record.kind / f"{identity}.json"
        body = asdict(record)
        try:
            _parsed(type(record), body)
        except ValueError as error:
            raise SlipwayError(f"no {record.kind} record was written: {error}", "Nothing was changed.") from error
        write_atomic(path, encode_record({**header, record.kind: body}, f"the {record.kind} record"), replace=False)
        return self.read(type(record), identity)

    def read(self, of: type[R], identity: str) -> Stored[R]:
        """Read one record.

        Raises:
            UsageError: it is not there, or was written by a newer Slipway.
            SlipwayError: it is damaged.
        """
        if not _is_id(identity):
            raise UsageError(
                f"'{identity[:80]}' is no id of a record", "An id is a uuid, the name of the record's file."
            )
        path = self.folder / of.kind / f"{identity}.json"
        file = read_record_file(path, of.kind)
        if set(file.body) != {of.kind}:
            raise _damaged(path, f"it has the keys {', '.join(sorted(file.body))}")
        try:
            record = _parsed(of, file.body[of.kind])
        except ValueError as error:
            raise _damaged(path, str(error)) from error
        return Stored(identity, file.sha256, file.by, file.created, record)

    def all(self, of: type[R]) -> tuple[Stored[R], ...]:
        """Every record of a kind, oldest first.

        Raises:
            UsageError: one was written by a newer Slipway.
            SlipwayError: one is damaged; none is left out silently.
        """
        folder = self.folder / of.kind
        files = folder.iterdir() if folder.is_dir() else ()
        names = [path.stem for path in files if path.suffix == ".json" and _is_id(path.stem)]
        return tuple(sorted((self.read(of, name) for name in names), key=lambda stored: (stored.created, stored.id)))

    def made_as(self, of: type[R], sha256: str) -> tuple[Stored[R], ...]:
        """Records of a kind whose bytes have this sha256, oldest first."""
        return tuple(stored for stored in self.all(of) if stored.record.sha256 == sha256)

    def made_from(self, of: type[R], sha256: str) -> tuple[Stored[R], ...]:
        """Records of a kind that name this sha256 as what they were made from, oldest first."""
        return tuple(stored for stored in self.all(of) if sha256 in stored.record.parents())


def _parsed(of: type[R], body: object) -> R:
    """The record of a body, every field of its type; raises ValueError with the first that is not."""
    try:
        return TypeAdapter(of).validate_json(json.dumps(body))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(key) for key in first["loc"])
        raise ValueError(f"{where}: {first['msg']}") from error


def _is_id(text: str) -> bool:
    """Whether it is a uuid as the file names have it; anything else must never become a path."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _damaged(path: Path, why: str) -> SlipwayError:
    return SlipwayError(f"the record {path} is damaged: {why}", "Restore it from git or from a copy.")
