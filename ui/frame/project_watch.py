"""Keeps the frame true: reads the open project again when something changed, and tells rail, head, tree and foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from workbench.base.events import StepEnded
from workbench.orders.live import LiveOrder
from workbench.views.project.overview import Overview, read_overview
from workbench.views.welcome import note_opened

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from ui.main_window import MainWindow
    from workbench.base.events import ErrorText, Event


MAKING = frozenset({"optimise", "build", "deploy"})
"""Steps that end with another candidate, engine or release."""


class ProjectWatch(QObject):
    """Belongs to the window."""

    def __init__(self, desk: Desk, window: MainWindow) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._answer: Answer[Overview] | None = None
        self._overview: Overview | None = None
        desk.jobs_changed.connect(self._show_rail)
        desk.project_changed.connect(self._on_project)
        desk.outdated.connect(self._ask)
        desk.bridge.told.connect(self._on_told)
        window.installEventFilter(self)
        self._on_project()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Somebody comes back from another program, in which they may have changed something."""
        if watched is self._window and event.type() is QEvent.Type.WindowActivate and self._overview is not None:
            self._desk.touch()
        return False

    def _on_told(self, event: Event) -> None:
        """A step of a job made an engine or a release: the chain has another one now."""
        if isinstance(event, StepEnded) and event.step in MAKING and not event.skipped:
            self._ask()

    def _on_project(self) -> None:
        project = self._desk.project
        self._overview = None
        self._window.top.set_crumbs(("Slipway",) if project is None else (project.name,))
        self._window.top.set_chip("", "")
        self._window.tree.show_items(())
        self._window.rail.set_states({})
        if project is not None:
            self._desk.bridge.ask(note_opened, project)
        self._ask()

    def _ask(self) -> None:
        if self._answer is not None:
            self._answer.drop()
            self._answer = None
        if self._desk.project is not None:
            asked = self._desk.bridge.ask(read_overview, self._desk.project)
            self._answer = asked.then(self._on_overview).or_fail(self._on_error)

    def _on_overview(self, overview: Overview) -> None:
        first, self._overview = self._overview is None, overview
        self._answer = None
        window = self._window
        window.top.set_crumbs(overview.crumbs)
        window.top.set_chip(overview.crumb_state, overview.crumb_text)
        window.tree.show_items(overview.tree)
        window.runner.block(overview.blocked)
        self._show_rail()
        if first and overview.board:
            self._desk.choose_board(overview.board)
        self._desk.show_overview(overview)

    def _on_error(self, error: ErrorText) -> None:
        self._answer = None
        self._desk.notice(error)

    def _show_rail(self) -> None:
        badges = self._overview.badges if self._overview is not None else ()
        states = {badge.stage: badge.state for badge in badges}
        if self._window.runner.runs_on(self._desk.project):
            states["verify"] = "run"
        orders = (self._desk.jobs.order(row.head.id) for row in self._desk.jobs.working())
        if any(isinstance(order, LiveOrder) and order.project == self._desk.project for order in orders):
            states["live"] = "run"
        self._window.rail.set_states(states)
