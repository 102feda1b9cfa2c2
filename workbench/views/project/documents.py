"""Both documents of a project as text and as forms: read, checked as they are typed, edited, saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session

ERR, WARN = "err", "warn"


@dataclass(frozen=True)
class Edit:
    """Characters from `start` to before `end` of a text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """The one likely correction of a problem."""

    label: str
    """Such as `Replace warmup_iterations by warm_up_iterations`."""
    replacement: str
    edit: Edit


@dataclass(frozen=True)
class Mark:
    """A problem or a finding, and what of the text it is about; lines and columns count from 1."""

    file: str
    level: str
    """ERR: nothing runs with it. WARN: somebody should look at it."""
    path: str
    meant: str
    """Path of the field that it concerns: for a misspelt key, the one that was most likely meant."""
    line: int | None
    column: int
    start: int
    end: int
    title: str
    """For a list: `warmup_iterations is no key of performance_tests.latency`."""
    text: str
    """For the place itself: `Unknown key. Did you mean warm_up_iterations?`."""
    hint: str
    effect: str
    """What it costs: `latency without warm-up iterations`."""
    fix: Fix | None


@dataclass(frozen=True)
class FieldRow:
    """One field of the form."""

    path: str
    label: str
    help: str
    kind: str
    """`text`, `names`, `choice`, `open choice`, or `by hand`: edited in the text only."""
    choices: tuple[str, ...]
    required: bool
    present: bool
    shown: str
    """The value as people write it: `≤ 50 ms`."""
    placeholder: str
    """What counts, or what is wanted, where it is not there."""
    requirement: str
    """Short id of the requirement whose limit it is; empty where it is none."""
    confirmed: bool
    """False for a value that was proposed and that no person has confirmed."""
    line: int | None
    problem: str
    """In words; empty where nothing is wrong."""
    fix: Fix | None
    fix_label: str
    """On its button: `Rename`, `Use 30 fps`."""


@dataclass(frozen=True)
class FieldGroup:
    """Fields under one heading."""

    title: str
    help: str
    path: str
    own: bool
    """Slipway's own keys, beside the document's."""
    present: bool
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True)
class DocumentView:
    """One document as its text stands."""

    name: str
    marks: tuple[Mark, ...]
    """Problems and findings by line."""
    groups: tuple[FieldGroup, ...]
    blocked: str
    """Why the form cannot be used, with the line; empty where it can."""
    blocked_line: int | None
    changed_lines: tuple[int, ...]
    """Lines, from 1, that are new or other than in the text that changes are counted from."""
    removed_at: tuple[int, ...]
    """Lines before which something was taken out."""

    @property
    def problems(self) -> tuple[Mark, ...]:
        """What has to be mended."""
        return tuple(mark for mark in self.marks if mark.level == ERR)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """Corrections that can be made."""
        return tuple(mark.fix for mark in self.problems if mark.fix is not None)


@dataclass(frozen=True)
class Draft:
    """Text that was typed and not saved."""

    text: str
    kept: str
    """When, UTC."""
    base_sha256: str | None
    """Of the file that it was typed over."""


@dataclass(frozen=True)
class DocumentFile:
    """One document as it lies on disk."""

    name: str
    path: Path
    text: str
    """With `\\n` between lines, whatever the file has."""
    sha256: str | None
    """None for a file that is not there."""
    note: str
    """What the reader should know: not there, not UTF-8, too large; empty where it is as it should be."""
    can_edit: bool
    status: str
    """Where the text comes from: `edited outside 13:52, not committed`."""
    base: str
    """The text that changed lines are counted from: the committed one, else the one on disk."""
    draft: Draft | None


@dataclass(frozen=True)
class Typed:
    """One document as it stands in the editor."""

    name: str
    text: str
    base: str = ""
    """What its changed lines are counted from."""


@dataclass(frozen=True)
class Entered:
    """What became of an entry in the form."""

    edit: Edit | None
    """None where nothing changes, or it cannot be made."""
    refusal: str
    """Why it cannot be made, and what to do; empty where it could."""


@dataclass(frozen=True)
class ToSave:
    """One document that shall be saved."""

    name: str
    text: str
    base_sha256: str | None
    """Of the file that was read; another one on disk is a conflict."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison: ` ` in both, `-` theirs only, `+` mine only."""

    sign: str
    text: str


@dataclass(frozen=True)
class Conflict:
    """A document that something else changed since it was read."""

    name: str
    theirs: str
    theirs_sha256: str | None
    lines: tuple[DiffLine, ...]
    """What differs, with a few lines around it; theirs against mine."""
    changed: str
    """When the file was changed, this machine's clock."""


@dataclass(frozen=True)
class Saved:
    """What became of saving: all files are written, or none."""

    files: tuple[DocumentFile, ...]
    """As they lie on disk now; empty where there are conflicts."""
    conflicts: tuple[Conflict, ...]


def read_documents(session: Session, project: Path) -> tuple[DocumentFile, ...]:
    """Both documents as they lie on disk, with what was typed and not saved. Never refuses a broken one."""
    from workbench.documents.files import read_files

    return read_files(session.home, project)


def check_documents(
    _session: Session, project: Path, typed: Sequence[Typed], *, deep: bool = False
) -> tuple[DocumentView, ...]:
    """What is wrong with both texts, and their forms.

    Args:
        project: its folder.
        typed: both documents as they stand.
        deep: whether model and data are looked at too, which may take longer than a key's time.
    """
    from workbench.documents.checked import check_texts

    return check_texts(project, typed, deep=deep)


def enter_field(_session: Session, typed: Typed, path: str, entered: str) -> Entered:
    """The edit of the text that an entry in the form comes to."""
    from workbench.documents.edits import enter

    return enter(typed, path, entered)


def apply_corrections(_session: Session, project: Path, typed: Sequence[Typed]) -> tuple[tuple[str, Edit], ...]:
    """One edit for each document that has likely corrections; all of them made."""
    from workbench.documents.edits import correct

    return correct(project, typed)


def confirm_values(_session: Session, typed: Typed, paths: Sequence[str]) -> Entered:
    """The edit that takes values as a person's own: these paths leave `slipway: unconfirmed:`; all where none is."""
    from workbench.documents.edits import confirm

    return confirm(typed, paths)


def save_documents(session: Session, project: Path, saves: Sequence[ToSave]) -> Saved:
    """Write documents, all or none; one that something else changed meanwhile is a conflict and nothing is written."""
    from workbench.documents.saving import save

    return save(session.home, project, saves)


def keep_draft(session: Session, project: Path, name: str, text: str, base_sha256: str | None) -> None:
    """Keep what was typed, so that no crash loses it."""
    from workbench.documents.drafts import keep

    keep(session.home, project, name, text, base_sha256)


def drop_draft(session: Session, project: Path, name: str) -> None:
    """Forget what was kept: it is saved, or not wanted."""
    from workbench.documents.drafts import drop

    drop(session.home, project, name)


def compare_texts(_session: Session, theirs: str, mine: str) -> tuple[DiffLine, ...]:
    """What differs between two texts, with a few lines around it."""
    from workbench.documents.saving import diff_lines

    return diff_lines(theirs, mine)
