"""Keeps the frame true: reads the open project again when something changed, and tells rail, head, tree and foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.frame.status_bar import StatusItem

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.main_window import MainWindow


class ProjectWatch(QObject):
    """Belongs to the window."""

    def __init__(self, desk: Desk, window: MainWindow) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._jobs = window.status.add_right(StatusItem("Jobs", "layers", window.jobs_dock.show))
        desk.jobs_changed.connect(self._on_jobs)
        desk.project_changed.connect(self._on_project)
        self._on_project()

    def _on_jobs(self) -> None:
        working = len(self._desk.jobs.working())
        self._jobs.set(f"{working} running" if working else "", "accent")

    def _on_project(self) -> None:
        project = self._desk.project
        self._window.top.set_crumbs(("Slipway",) if project is None else (project.name,))
