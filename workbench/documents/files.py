"""Documents as they lie on disk: whatever their bytes are, there is a text that a person can see and mend."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from projects.yaml_file import MAX_BYTES
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes
from workbench.documents import drafts
from workbench.documents.names import DOCUMENTS
from workbench.history.git import committed_text
from workbench.history.visit import last_save
from workbench.views.project.documents import DocumentFile
from workbench.words import moment_at, say_moment

_OLD_ENCODING = "cp1252"


@dataclass(frozen=True)
class Decoded:
    """Bytes of a document as text."""

    text: str
    """With `\\n` between lines."""
    newline: str
    """What stands between the lines of the file."""
    note: str


def read_files(home: Path, project: Path) -> tuple[DocumentFile, ...]:
    """Both documents, one that is not there with an empty text.

    Raises:
        UsageError: the folder is not there, or a document may not be read.
    """
    if not project.is_dir():
        raise UsageError(f"{project} is no folder", "It was moved or removed; open it where it is now.")
    return tuple(read_one(home, project, document.name) for document in DOCUMENTS)


def read_one(home: Path, project: Path, name: str) -> DocumentFile:
    """One document."""
    path = project / name
    stored = read_bytes(path)
    if stored is None:
        note = f"{name} is not there. Saving makes it."
        return DocumentFile(name, path, "", None, note, True, "", "", drafts.find(home, project, name))
    if len(stored) > MAX_BYTES:
        note = f"{name} is larger than {MAX_BYTES:,} bytes, which no document is. Mend it elsewhere."
        return DocumentFile(name, path, "", sha256_bytes(stored), note, False, "", "", None)
    decoded, sha256 = decode(stored), sha256_bytes(stored)
    committed = committed_text(project, name)
    draft = drafts.find(home, project, name)
    return DocumentFile(
        name=name,
        path=path,
        text=decoded.text,
        sha256=sha256,
        note=decoded.note,
        can_edit=True,
        status=_status(home, project, name, sha256, decoded.text, committed),
        base=decoded.text if committed is None else committed,
        draft=draft if draft is not None and draft.text != decoded.text else None,
    )


def read_bytes(path: Path) -> bytes | None:
    """The bytes of a document, at most one more than it may have; None where it is not there.

    Raises:
        UsageError: it may not be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}", "Check that it may be read.") from error


def decode(stored: bytes) -> Decoded:
    """The text of bytes: UTF-8, else the old encoding of Windows, which saving turns into UTF-8."""
    note = ""
    try:
        text = stored.decode("utf-8")
    except UnicodeDecodeError as error:
        line = stored.count(b"\n", 0, error.start) + 1
        text = stored.decode(_OLD_ENCODING, "replace")
        note = f"Line {line} is not UTF-8. The file is shown as Windows-1252; saving writes UTF-8."
    newline = "\r\n" if "\r\n" in text else "\n"
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), newline, note)


def _status(home: Path, project: Path, name: str, sha256: str, text: str, committed: str | None) -> str:
    saved = last_save(home, project, name)
    when = clock(project / name)
    parts = [f"saved here {when}" if saved == sha256 else f"edited outside {when}" if saved else f"changed {when}"]
    if committed is not None:
        parts.append("committed" if committed == text else "not committed")
    return ", ".join(parts)


def clock(path: Path) -> str:
    """When a file was changed, on this machine's clock: as `say_moment` has it."""
    try:
        return say_moment(moment_at(path.stat().st_mtime))
    except OSError:
        return ""
