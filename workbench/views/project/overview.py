"""Where a project stands: the chain as five boxes, what is stale and why, what to do now, each page's state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.project.documents import Mark
from workbench.views.tree import TreeItem

if TYPE_CHECKING:
    from workbench.session import Session

CORRECT, GO, RUN, CONFIRM, NOTHING = "correct", "go", "run", "confirm", "nothing"
"""What an action's button does: apply all corrections, show a page, start the main job, confirm values, no button."""


@dataclass(frozen=True)
class Target:
    """A page, and what it shows there."""

    stage: str
    subject: object = None
    """What the page's `open` is given."""


@dataclass(frozen=True)
class Place:
    """A place in a document; what the page Project opens."""

    file: str
    line: int | None = None
    path: str = ""


@dataclass(frozen=True)
class Box:
    """One stage of the chain."""

    stage: str
    """`model`, `candidate`, `engine`, `release`, `run`."""
    title: str
    state: str
    """`ok`, `warn`, `stale`, `fail`, `inconclusive`, `not measured`, `missing`, `unknown`."""
    chip: str
    name: str
    figures: str
    reason: str
    """One line: what is wrong, or how good it is."""
    reason_state: str
    """Colour of that line: `ok` for none."""
    foot: str
    """The hash, shortened, or since when."""
    sha256: str | None
    target: Target
    job: str = ""
    """The kind of job that makes it, for whoever shows progress: `optimise`, `build`, `deploy`, `verify`."""


@dataclass(frozen=True)
class Strip:
    """The chain."""

    boxes: tuple[Box, ...]
    stale_from: str
    """The stage at which staleness enters; empty where nothing is stale."""
    sentence: str
    """What is stale, why, and the repair; empty where nothing is."""
    repair: str
    """Words on the repair's button; empty where there is none."""


@dataclass(frozen=True)
class NextAction:
    """The one thing to do now."""

    kind: str
    title: str
    text: str
    button: str
    target: Target | None = None


@dataclass(frozen=True)
class Waiting:
    """What comes after that."""

    state: str
    name: str
    text: str
    target: Target


@dataclass(frozen=True)
class Badge:
    """The worst state of a page."""

    stage: str
    """As the rail calls it."""
    state: str
    """`ok`, `warn`, `err`, `todo`."""
    text: str
    """Why, in words."""


@dataclass(frozen=True)
class Overview:
    """All that the frame and the page Project need to know of a project at once."""

    name: str
    folder: Path
    crumbs: tuple[str, ...]
    """Project, model, candidate, release."""
    crumb_state: str
    crumb_text: str
    """`1 engine stale`; empty where nothing needs saying."""
    strip: Strip
    action: NextAction
    after: tuple[Waiting, ...]
    badges: tuple[Badge, ...]
    tree: tuple[TreeItem, ...]
    marks: tuple[Mark, ...]
    """Problems and findings of both documents."""
    problems: int
    unconfirmed: int
    blocked: str
    """Why Run is off; empty where it is on."""
    git: str
    """Branch, and what of the documents is not committed; or `not under git`."""
    board: str
    """The board that the documents name; empty where they name none."""


def read_overview(session: Session, project: Path) -> Overview:
    """Where a project stands; also where its documents do not load.

    Raises:
        UsageError: the folder is not there, or holds no project at all.
    """
    from workbench.standing.overview import make_overview

    return make_overview(session.home, project)
