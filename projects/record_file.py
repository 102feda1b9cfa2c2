"""One record's file: a header with format, author and time around its body, bounded and checked when it is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from projects.migrations.registry import CURRENT, migrate
from workbench.base.atomic import encode_json
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes

MAX_BYTES = 8 * 1024 * 1024
_FORMAT = re.compile(r"slipway\.([a-z-]+)/(\d{1,6})")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@dataclass(frozen=True)
class Author:
    """Who wrote a record; four eyes compare keys, not names."""

    name: str
    key: str | None = None
    """Fingerprint of the key that signs, if any."""

    def to_json(self) -> dict[str, str | None]:
        """As it stands in a record."""
        return {"name": self.name, "key": self.key}


class NewerFormat(UsageError):
    """A record that a newer Slipway wrote."""


@dataclass(frozen=True)
class RecordFile:
    """A record as it lies on disk."""

    path: Path
    kind: str
    sha256: str
    """Of the stored bytes: the record's hash."""
    by: Author
    created: str
    """UTC, `2026-11-24T09:15:00Z`."""
    body: Mapping[str, Any]
    """All that is not header, in the current version of its format."""


def utc_now() -> str:
    """The time as records have it: UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def header_of(kind: str, by: Author, created: str | None = None) -> dict[str, Any]:
    """The header of a new record: `format`, `by`, `created`."""
    return {"format": f"slipway.{kind}/{CURRENT[kind]}", "by": by.to_json(), "created": created or utc_now()}


def encode_record(value: Mapping[str, Any], what: str) -> bytes:
    """The bytes of a record, header and all, that `read_record_file` takes again.

    Raises:
        SlipwayError: it is larger than any record may be.
    """
    data = encode_json(value)
    if len(data) > MAX_BYTES:
        raise SlipwayError(f"{what} would take {len(data):,} bytes; a record takes at most {MAX_BYTES:,}")
    return data


def read_record_file(path: Path, kind: str) -> RecordFile:
    """Read a record.

    Args:
        path: its file.
        kind: what it must be.

    Raises:
        NewerFormat: it was written by a newer Slipway.
        UsageError: it is not there, too large, or is of another kind.
        SlipwayError: it is damaged.
    """
    stored = _read_bounded(path)
    value = _decode(path, stored)
    version = _check_format(path, value.get("format"), kind)
    by, created = value.get("by"), value.get("created")
    if not isinstance(by, dict) or not isinstance(by.get("name"), str) or not isinstance(by.get("key"), str | None):
        raise _damaged(path, "it does not say who wrote it")
    if not isinstance(created, str) or not _CREATED.fullmatch(created):
        raise _damaged(path, "it does not say when it was written")
    body = {key: inner for key, inner in value.items() if key not in {"format", "by", "created"}}
    author = Author(by["name"], by.get("key"))
    return RecordFile(path, kind, sha256_bytes(stored), author, created, migrate(kind, version, body))


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            stored = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"the record {path} is not there", "Fetch it, or look whether it was deleted.") from error
    except OSError as error:
        raise UsageError(f"cannot read the record {path}: {error.strerror or error}") from error
    if len(stored) > MAX_BYTES:
        raise UsageError(
            f"the record {path} is larger than {MAX_BYTES:,} bytes", "No record of Slipway's is that large."
        )
    return stored


def _decode(path: Path, stored: bytes) -> dict[str, Any]:
    try:
        text = stored.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if "\\ud" in text.lower():  # half a character, which nothing could write again
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "it is no JSON") from error
    if not isinstance(value, dict):
        raise _damaged(path, "it is no JSON object")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is beyond all numbers")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _check_format(path: Path, written: object, kind: str) -> int:
    match = _FORMAT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise _damaged(path, "it does not name its format")
    if match[1] != kind:
        raise UsageError(
            f"{path} is a record of kind {match[1]}, not {kind}", "Records lie in the folder of their kind."
        )
    version = int(match[2])
    if version > CURRENT[kind]:
        raise NewerFormat(
            f"{path} was written by a newer Slipway: its format is {written}, and this one knows "
            f"slipway.{kind}/{CURRENT[kind]}",
            "Install the newer Slipway to read it; nothing was changed.",
        )
    if version < 1:
        raise _damaged(path, f"there is no format {written}")
    return version


def _damaged(path: Path, why: str) -> SlipwayError:
    return SlipwayError(
        f"the record {path} is damaged: {why}",
        "Restore it from git or from a copy; records are never edited.",
    )
