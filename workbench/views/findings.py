"""Findings of a project, and frames that were set aside: to list, to add, to close."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session

USUAL_SET = "marked"


@dataclass(frozen=True)
class FindingDraft:
    """A finding to be written; all but its text may be left out."""

    text: str
    run: str = ""
    """The run's id or number; a run that is at work, too."""
    t_s: float | None = None
    """Seconds since the run began."""
    until_s: float | None = None
    """The end of a plot's range."""
    frame_id: int | None = None
    frame_name: str = ""
    requirement: str = ""
    """Its id."""


@dataclass(frozen=True)
class FindingRow:
    """A finding, and what became of it."""

    id: str
    """Of its record."""
    label: str
    """`F-3`: the third that was written, as far as this copy of the project knows."""
    text: str
    by: str
    created: str
    """UTC, ISO 8601 with Z."""
    state: str
    """`open` or `closed`."""
    where: str
    """`run 7, frame 812, at 27.1 s`; empty where it is about the project."""
    run: str
    t_s: float | None
    until_s: float | None
    frame_id: int | None
    requirement: str
    closed_by: str = ""
    closed: str = ""
    """When, as `created`."""
    closed_text: str = ""


@dataclass(frozen=True)
class RunMoment:
    """A place in a run that can be shown: the page Live opens it."""

    run: str
    """The run's id."""
    t_s: float | None = None
    """Seconds since the run began; None: the run as a whole."""
    until_s: float | None = None
    """The end of a range."""
    frame_id: int | None = None
    """The frame that is meant; None: the one of that moment."""


@dataclass(frozen=True)
class FindingPlace:
    """A finding in the project's list of them; the page Project opens it."""

    finding: str = ""
    """Its record's id; empty: the list."""


@dataclass(frozen=True)
class FrameDraft:
    """A frame to be set aside.

    Of a folder or video its place is enough. Of a board's camera the pixels are: nobody else has them.
    """

    run: str
    """The run's id."""
    index: int
    """Its place in the source, as `LiveFrame.index` and `RecordedFrame.index` have it."""
    frame_id: int | None = None
    t_s: float | None = None
    set_name: str = USUAL_SET
    """Letters, digits, dash and underscore: a folder below `data/frame-sets`."""
    pixels: bytes = b""
    """BGR, width x height x 3; empty for a folder or video."""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class AddedFrame:
    """A frame that lies in a frame set."""

    path: Path
    sha256: str
    """Of the file."""
    set_name: str
    frames: int
    """How many the set has now."""
    already: bool
    """Whether it was there before."""
    text: str


@dataclass(frozen=True)
class FrameSetRow:
    """A frame set that frames were set aside into."""

    name: str
    source: str
    """What a live order takes to play it."""
    frames: int
    text: str


def list_findings(
    session: Session,  # noqa: ARG001 - a query
    project: Path,
    run: str | None = None,
    *,
    open_only: bool = False,
) -> tuple[FindingRow, ...]:
    """Findings, newest first; of one run where one is named."""
    from workbench.findings.book import read_findings

    return read_findings(project, run, open_only=open_only)


def add_finding(session: Session, project: Path, draft: FindingDraft) -> FindingRow:
    """Write a finding.

    Raises:
        UsageError: it says nothing, or names a run or a requirement that there is not.
    """
    from workbench.findings.book import write_finding

    return write_finding(project, draft, session.by)


def edit_finding(session: Session, project: Path, finding: str, text: str) -> FindingRow:
    """Say a finding in other words. It is written anew, and the one before is closed with the new one's name.

    Raises:
        UsageError: there is none, several fit, it is closed, or the words are none.
    """
    from workbench.findings.book import write_revision

    return write_revision(project, finding, text, session.by)


def close_finding(session: Session, project: Path, finding: str, text: str = "") -> FindingRow:
    """Close a finding, named by the beginning of its id or its label; `text` says what was done.

    Raises:
        UsageError: there is none, several fit, or it is closed.
    """
    from workbench.findings.book import write_closure

    return write_closure(project, finding, text, session.by)


def add_frame(session: Session, project: Path, draft: FrameDraft) -> AddedFrame:
    """Put a frame into a frame set, with where it came from.

    Raises:
        UsageError: the name is none, the run is not known, or the frame is not at hand.
        SlipwayError: it cannot be written.
    """
    from workbench.findings.frames import set_aside

    return set_aside(project, draft, session.by)


def list_frame_sets(session: Session, project: Path) -> tuple[FrameSetRow, ...]:  # noqa: ARG001 - a query
    """The frame sets of a project."""
    from workbench.findings.frames import list_sets

    return list_sets(project)
