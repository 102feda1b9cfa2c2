"""The Welcome page at once: projects as they stood, boards as they were seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base import clock
from workbench.base.errors import SlipwayError
from workbench.recent import recent_projects
from workbench.views.boards.values import BoardRow
from workbench.views.welcome import Welcome
from workbench.welcome.cards import kept_card

if TYPE_CHECKING:
    from workbench.session import Session


def make_welcome(home: Path, session: Session) -> Welcome:
    """Nothing here opens a project or asks a board."""
    boards: tuple[BoardRow, ...] = ()
    problem = ""
    try:
        from workbench.views.boards.rows import board_list

        boards = board_list(home, session.boards(), clock.now_s()).rows
    except SlipwayError as error:
        problem = error.summary
    return Welcome(tuple(kept_card(item) for item in recent_projects(home)), boards, problem)
