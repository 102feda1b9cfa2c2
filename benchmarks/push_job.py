"""A job that pushes a file to a board, as a worker process of the session carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

LIMIT_S = 300.0


@dataclass(frozen=True)
class PushJob:
    """Pushes one blob over a connection of its own."""

    name: str
    """The board's."""
    blob: Path
    sha256: str
    title: str = "Push a file"
    board: str | None = None

    def run(self, context: JobContext) -> None:
        """Push it."""
        from targets.inventory import open_board
        from workbench.base.cancel import Deadline

        context.step("push", "Push")
        open_board(self.name).put_blob(self.blob, self.sha256, Deadline(LIMIT_S), context.cancel, lambda _: None)
        context.end_step("pushed")
