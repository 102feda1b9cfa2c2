"""Which runs still say something of the present documents and releases, board by board, and why others do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from projects.project import Project
from workbench.base.reporter import Silent
from workbench.pipeline.chain import BoardRelease, read_board_releases
from workbench.pipeline.detector import open_detector
from workbench.pipeline.known_runs import present_inputs, why_stale
from workbench.results.run_record import RunRecord


class Currency:
    """Answers for many runs of one project; reads files when it is made, and nothing after that. One thread.

    Raises:
        UsageError: the model or the frames that the documents name cannot be read.
    """

    def __init__(self, project: Project, home: Path) -> None:
        detector = open_detector(project)
        self.releases: tuple[BoardRelease, ...] = read_board_releases(project, detector, home)
        self._present: Mapping[bool, Mapping[str, str | None]] = {
            quick: present_inputs(project, detector, Silent(), quick=quick) for quick in (False, True)
        }

    def release_on(self, board_id: object) -> BoardRelease | None:
        """What counts on a board; None where nothing was installed on it."""
        return next((item for item in self.releases if item.board_id == board_id), None)

    def why_stale(self, run: RunRecord) -> str:
        """Why a run says nothing of the present state any more, in words; empty where it does."""
        there = self.release_on(run.board.get("id"))
        if there is None:
            return "nothing is installed on its board"
        return why_stale(run, there.release, self._present[run.quick]) or there.reason
