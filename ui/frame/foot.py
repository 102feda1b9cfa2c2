"""What the foot of the window says: git, problems and limits of the project, the board of Run, what jobs do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.frame.board_pill import COLORS, BoardPill
from ui.frame.status_bar import StatusBar, StatusItem
from workbench.views.boards.values import PillBoard
from workbench.words import say_count

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.main_window import MainWindow

QUIET = {"ok", "run"}
"""States of a board that need no colour."""


class Foot(QObject):
    """Belongs to the window. What is as it should be is said too, without a colour."""

    def __init__(self, desk: Desk, status: StatusBar, pill: BoardPill, window: MainWindow) -> None:
        super().__init__(window)
        self._desk = desk
        to_documents = partial(desk.go, "project")
        self.git = status.add_left(StatusItem("Git", "git-branch", to_documents))
        self.problems = status.add_left(StatusItem("Problems of the documents", "circle-check", self._on_problems))
        self.limits = status.add_left(StatusItem("Limits", "shield-alert", to_documents))
        self.board = status.add_right(StatusItem("Board of Run", "microchip", lambda: desk.go("boards", desk.board)))
        self.jobs = status.add_right(StatusItem("Jobs", "layers", partial(window.jobs_dock.set_opened, True)))
        self._window = window
        desk.jobs_changed.connect(self._on_jobs)
        desk.overview_changed.connect(self._on_overview)
        desk.problems_changed.connect(self._show_problems)
        desk.project_changed.connect(self._on_project)
        pill.told.connect(self._on_board)
        self._on_project()
        self._on_jobs()

    def _on_project(self) -> None:
        there = self._desk.project is not None
        self.git.set("" if there else "no project open", tip="Open or make one on Welcome (Ctrl+0)")
        for item in (self.problems, self.limits):
            item.set("")

    def _on_overview(self) -> None:
        overview = self._desk.overview
        if overview is None:
            return
        self.git.set(overview.git, tip="Branch of the project, and documents that are not committed")
        self._show_problems()
        unconfirmed = f"{overview.unconfirmed} not confirmed" if overview.unconfirmed else ""
        self.limits.set(unconfirmed, "warn", "Limits that Slipway proposed and nobody took as their own")

    def _show_problems(self) -> None:
        if self._desk.overview is None:
            return
        many = sum(mark.level == "err" for mark in self._desk.problems)
        if many:
            self.problems.set(say_count(many, "problem"), "err", "Shows the problems (Ctrl+Shift+M)", "circle-x")
        else:
            self.problems.set("no problems", tip="Both documents are sound", icon_name="circle-check")

    def _on_problems(self) -> None:
        """The list jumps to each place; where there is nothing to list, to the documents."""
        action = self._desk.actions.named("jobs.problems")
        if action is None or not any(mark.level == "err" for mark in self._desk.problems):
            self._desk.go("project")
            return
        self._window.jobs_dock.set_opened(True)
        action.trigger()

    def _on_board(self, board: PillBoard | None) -> None:
        if board is None:
            self.board.set(f"{self._desk.board} is not in the list", "err", "Shows all boards")
            return
        color = "text2" if board.state.look in QUIET else COLORS.get(board.state.look, "text2")
        words = " ".join(part for part in (board.name, board.state.word.lower()) if part)
        self.board.set(words, color, f"{board.tip}. Shows the board")

    def _on_jobs(self) -> None:
        rows = self._desk.jobs.working()
        waiting = sum(row.state == "waiting" for row in rows)
        running = len(rows) - waiting
        words = [f"{number} {word}" for number, word in ((running, "running"), (waiting, "queued")) if number]
        self.jobs.set(", ".join(words) or "no jobs", "accent" if words else "text2", "Jobs of this window; shows them")
