"""The calibration set in its two places on Optimise: a card, and a tab with all frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.pages.asking import Asking, quiet
from ui.pages.optimise.calibration_card import COLUMNS, ROWS, CalibrationCard
from ui.pages.optimise.calibration_tab import PAGE, CalibrationTab
from workbench.views.optimise.calibration import read_calibration, read_thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.desk import Desk
    from ui.pages.optimise.commands import OptimiseCommands
    from ui.pages.optimise.jobs import OptimiseJobs
    from workbench.views.optimise.calibration_values import Calibration, Thumbnail


class Calibrating(QObject):
    """Asks for the set and its frames, and shows them."""

    titled = Signal(str)
    """What the tab is called now."""

    def __init__(
        self,
        desk: Desk,
        jobs: OptimiseJobs,
        commands: OptimiseCommands,
        show_all: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, jobs
        self._asking = Asking()
        self._found: Calibration | None = None
        self.card = CalibrationCard(show_all, commands.edit_calibration, commands.count, commands.add_calibration)
        self.tab = CalibrationTab(commands.count)
        self.card.dropped.connect(commands.bring_calibration)
        self.tab.page_wanted.connect(self._ask_page)

    def refresh(self) -> None:
        """Ask for the set."""
        if self._desk.project is not None:
            asked = self._desk.bridge.ask(read_calibration, self._desk.project).or_fail(quiet)
            self._asking.ask("calibration", asked, self._on_calibration)

    def show_work(self) -> None:
        """Show the set once more, with the job that counts in it."""
        if self._found is not None:
            work = self._jobs.counting()
            self.card.show_set(self._found, work)
            self.tab.show_set(self._found, work)

    def _on_calibration(self, found: Calibration) -> None:
        self._found = found
        self.titled.emit(f"Calibration  {found.source}" if found.source else "Calibration")
        self.show_work()
        if found.state == "here" and self._desk.project is not None:
            asked = self._desk.bridge.ask(read_thumbnails, self._desk.project, -1, COLUMNS * ROWS).or_fail(quiet)
            self._asking.ask("thumbnails", asked, self.card.show_frames)
            self._ask_page(0)

    def _ask_page(self, first: int) -> None:
        if self._desk.project is None:
            return

        def show(frames: tuple[Thumbnail, ...]) -> None:
            self.tab.show_frames(first, frames)

        asked = self._desk.bridge.ask(read_thumbnails, self._desk.project, first, PAGE).or_fail(quiet)
        self._asking.ask("page", asked, show)
