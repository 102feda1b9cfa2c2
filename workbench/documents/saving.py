"""Writing documents: all of them or none, and never over what something else wrote meanwhile."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from projects.yaml_file import MAX_BYTES
from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes
from workbench.documents import drafts
from workbench.documents.files import clock, decode, read_bytes, read_one
from workbench.documents.names import document_named
from workbench.history.visit import note_saves
from workbench.views.project.documents import Conflict, DiffLine, Saved, ToSave

_AROUND = 3


def save(home: Path, project: Path, saves: Sequence[ToSave]) -> Saved:
    """Write documents as they were typed, with the line ends that their files have.

    Raises:
        UsageError: a text is larger than a document may be, or a file may not be read.
        SlipwayError: a file cannot be written; those that were written before it are as they were again.
    """
    before = {item.name: read_bytes(project / document_named(item.name).name) for item in saves}
    conflicts = [_conflict(project, item, before[item.name]) for item in saves if _differs(item, before[item.name])]
    if conflicts:
        return Saved((), tuple(conflicts))
    after = {item.name: _encoded(item, before[item.name]) for item in saves}
    _write_all(project, before, after)
    note_saves(home, project, {name: sha256_bytes(data) for name, data in after.items()})
    for item in saves:
        drafts.drop(home, project, item.name)
    return Saved(tuple(read_one(home, project, item.name) for item in saves), ())


def _differs(item: ToSave, stored: bytes | None) -> bool:
    return (None if stored is None else sha256_bytes(stored)) != item.base_sha256


def _conflict(project: Path, item: ToSave, stored: bytes | None) -> Conflict:
    theirs = decode(stored or b"").text
    sha256 = None if stored is None else sha256_bytes(stored)
    changed = clock(project / item.name) or "it is gone"
    return Conflict(item.name, theirs, sha256, diff_lines(theirs, item.text), changed)


def _encoded(item: ToSave, stored: bytes | None) -> bytes:
    newline = decode(stored or b"").newline
    data = item.text.replace("\n", newline).encode("utf-8")
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"{item.name} would take {len(data):,} bytes, and a document takes at most {MAX_BYTES:,}",
            "Take something out and save again; nothing was written.",
        )
    return data


def _write_all(project: Path, before: dict[str, bytes | None], after: dict[str, bytes]) -> None:
    written: list[str] = []
    try:
        for name, data in after.items():
            write_atomic(project / name, data)
            written.append(name)
    except SlipwayError:
        for name in written:
            stored = before[name]
            if stored is None:
                (project / name).unlink(missing_ok=True)
            else:
                write_atomic(project / name, stored)
        raise


def diff_lines(theirs: str, mine: str) -> tuple[DiffLine, ...]:
    """What differs, with a few lines around it; a line of dots where lines are left out."""
    return tuple(_diff(theirs.split("\n"), mine.split("\n")))


def _diff(theirs: Sequence[str], mine: Sequence[str]) -> Iterator[DiffLine]:
    matcher = difflib.SequenceMatcher(None, theirs, mine, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            yield DiffLine(" ", "⋯")
        for kind, first, last, start, end in group:
            if kind == "equal":
                yield from (DiffLine(" ", line) for line in theirs[first:last])
                continue
            yield from (DiffLine("-", line) for line in theirs[first:last])
            yield from (DiffLine("+", line) for line in mine[start:end])
