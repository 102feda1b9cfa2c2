"""What is wrong in a project, as a list that leads to each place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.project.documents import ERR, Mark
from workbench.views.project.overview import Place

if TYPE_CHECKING:
    from workbench.session import Session


@dataclass(frozen=True)
class ProblemRow:
    """One problem, or something that a person should look at."""

    state: str
    """`err`: nothing runs with it; `stale`, `warn`: somebody should look at it."""
    title: str
    text: str
    """What to do."""
    place: str
    """`deployment.yaml:12`, or what of the project it is about."""
    stage: str
    """The page that shows it."""
    target: object
    """What that page's `open` is given."""
    meant: str = ""
    """The near miss that its correction puts there; empty where there is none."""
    effect: str = ""
    """What it costs: `latency without warm-up iterations`."""
    mark: Mark | None = None
    """Of a document's problem, itself: the page Project makes its correction where it is given to its `open`."""


def row_of_mark(mark: Mark) -> ProblemRow:
    """A problem or finding of a document as a row."""
    return ProblemRow(
        state="err" if mark.level == ERR else "warn",
        title=mark.title,
        text=mark.hint,
        place=mark.file if mark.line is None else f"{mark.file}:{mark.line}",
        stage="project",
        target=Place(mark.file, mark.line, mark.path),
        meant=mark.fix.replacement if mark.fix is not None else "",
        effect=mark.effect,
        mark=mark,
    )


def read_problems(session: Session, project: Path) -> tuple[ProblemRow, ...]:
    """All problems of both documents, of model and data, then what is stale or cannot be read.

    Raises:
        UsageError: the folder is not there, or holds no project at all.
    """
    from workbench.standing.problem_list import list_problems

    return list_problems(session.home, project)
