"""What is wrong in a project, as a list that leads to each place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session


@dataclass(frozen=True)
class ProblemRow:
    """One problem, or something that a person should look at."""

    state: str
    """`err`: nothing runs with it; `stale`, `warn`: somebody should look at it."""
    title: str
    text: str
    """What to do, or what it costs."""
    place: str
    """`deployment.yaml:12`, or what of the project it is about."""
    stage: str
    """The page that shows it."""
    target: object
    """What that page's `open` is given."""


def read_problems(session: Session, project: Path) -> tuple[ProblemRow, ...]:
    """All problems of both documents, of model and data, then what is stale or cannot be read.

    Raises:
        UsageError: the folder is not there, or holds no project at all.
    """
    from workbench.standing.problem_list import list_problems

    return list_problems(session.home, project)
