"""What the Welcome page shows, as values; light, because the window imports them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session
    from workbench.views.boards.values import BoardRow

MARKS = ("model", "candidate", "engine", "release", "run")


@dataclass(frozen=True)
class Mark:
    """One of the five marks of a project's chain, as recorded in its folder."""

    stage: str
    state: str
    """As `workbench.views.project.overview.Box.state`."""
    word: str
    """The state in words."""


@dataclass(frozen=True)
class Fact:
    """One line of what matters."""

    state: str
    text: str
    stage: str = ""
    """The page where it is dealt with; empty for none."""
    target: object = None
    """What that page's `open` is given."""
    button: str = ""
    """What a person is asked to do there, as a word on a button."""


@dataclass(frozen=True)
class ProjectCard:
    """One project of the list."""

    folder: Path
    shown_folder: str
    """Shortened by the home folder."""
    name: str
    id: str
    """The deployment's id; empty where it is not known."""
    state: str
    word: str
    """The chip: the one state of the project."""
    about: str
    """The release and its verdicts, or what is wrong with the folder."""
    opened_text: str
    marks: tuple[Mark, ...]
    facts: tuple[Fact, ...]
    waits: tuple[Fact, ...]
    """Of the facts, those that only a person can settle."""
    exists: bool = True
    checked: bool = True
    """False where it is how it stood the last time somebody looked."""
    marks_known: bool = True
    """False where nobody looked yet."""


@dataclass(frozen=True)
class ExampleStep:
    """One step of the example's way."""

    name: str
    """`make`, `optimise`, `install`, `verify`, `report`."""
    title: str
    text: str
    icon: str
    seconds: float
    job_steps: tuple[str, ...]
    """The steps of the job that it stands for."""
    expected: str
    """`5 s`."""


@dataclass(frozen=True)
class Ending:
    """One of the things that one ends with."""

    number: str
    noun: str
    text: str


@dataclass(frozen=True)
class Example:
    """The example: what it does, how long that takes here, where it lies, and one of its frames."""

    folder: Path
    shown_folder: str
    there: bool
    """Whether it was made already."""
    blocked: str
    """Why it cannot be made there; empty where it can."""
    steps: tuple[ExampleStep, ...]
    total: str
    """`about 2 min`."""
    measured: bool
    """Whether the times are of this machine's last run of it, rather than an estimate."""
    endings: tuple[Ending, ...]
    touches: str
    """What it writes, and where, and that nothing leaves the machine."""


@dataclass(frozen=True)
class Scene:
    """A frame of the example with its labels."""

    jpeg: bytes
    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float, str], ...]
    """Left, top, right, bottom in pixels, and the class."""
    caption: str


@dataclass(frozen=True)
class MachineFact:
    """One thing of this machine."""

    name: str
    state: str
    text: str


@dataclass(frozen=True)
class Machine:
    """What this machine can do, in short."""

    about: str
    facts: tuple[MachineFact, ...]
    missing: int
    """How many things Doctor has a command for."""


@dataclass(frozen=True)
class Welcome:
    """Everything that is known without asking long: projects as they stood, and boards as they were seen."""

    projects: tuple[ProjectCard, ...]
    boards: tuple[BoardRow, ...]
    boards_problem: str


def read_welcome(session: Session) -> Welcome:
    """The page at once: no project is opened, no board is asked."""
    from workbench.welcome.page import make_welcome

    return make_welcome(session.home, session)


def read_card(session: Session, folder: Path) -> ProjectCard:
    """How a project stands now; kept for the next start."""
    from workbench.welcome.cards import look_at

    return look_at(session.home, folder)


def read_example(session: Session) -> Example:
    """The example, with the times of its last run on this machine."""
    from workbench.welcome.example import describe_example

    return describe_example(session.home)


def read_scene(_session: Session) -> Scene:
    """One of the example's frames, rendered."""
    from workbench.welcome.example import render_example_frame

    return render_example_frame()


def read_machine(session: Session) -> Machine:
    """What this machine can do, in short."""
    from workbench.welcome.machine import describe_machine

    return describe_machine(session.home)


def note_opened(session: Session, folder: Path) -> None:
    """A project was opened: it is the last one now."""
    from workbench import recent
    from workbench.base import clock

    recent.note_opened(session.home, folder, clock.now_s())


def note_made(session: Session, folder: Path) -> bool:
    """A job that was to make a project did not end well: where the project is there all the same, it is listed."""
    from workbench.base.errors import UsageError
    from workbench.welcome.cards import require_project
    from workbench.welcome.example import is_made

    try:
        require_project(folder)
    except UsageError:
        return False
    if is_made(folder):
        note_opened(session, folder)
    return is_made(folder)


def take_off_list(session: Session, folder: Path) -> None:
    """Take a project off the list; its folder stays as it is."""
    from workbench import recent

    recent.take_off(session.home, folder)


def locate_project(session: Session, old: Path, new: Path) -> ProjectCard:
    """A project that moved lies in `new` now.

    Raises:
        UsageError: there is no project.
    """
    from workbench import recent
    from workbench.welcome.cards import look_at, require_project

    require_project(new)
    recent.relocate(session.home, old, new)
    return look_at(session.home, new)
