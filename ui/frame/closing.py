"""What happens when the window is closed while something works or is not saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from ui.frame.job_table import clock
from ui.theme.tokens import PAGE_PX, SEMIBOLD
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.fitted import Fitted
from ui.widgets.grounds import Item, card, column, ground, row
from ui.widgets.text import Elided, Text, dim, hint

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from workbench.jobs.story import JobRow

WIDTH_PX = 520
MOST = 4
ASK = "ask"
STOPPED = "What works is stopped cleanly. What was measured until then stays recorded, and the job can be done again."


class Closing(QObject):
    """Belongs to the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._agreed = False
        self.dialog: CloseDialog | None = None

    def may_close(self) -> bool:
        """Whether nothing stands against it; else a person is asked, and the window closes itself if they agree."""
        jobs = self._window.desk.jobs.working() if self._window.settings.settings.on_close == ASK else ()
        reasons = [text for page in self._window.centre.built if (text := page.may_close())]
        if self._agreed or not (jobs or reasons):
            return True
        if self.dialog is None:
            self.ask(reasons, jobs)
        return False

    def ask(self, reasons: Sequence[str], jobs: Sequence[JobRow] = ()) -> None:
        """Ask a person whether to close all the same: what would be lost, and which jobs would stop."""
        self.dialog = CloseDialog(reasons, jobs, self._window)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def _on_accepted(self) -> None:
        self._agreed = True
        self._window.close()

    def _on_finished(self) -> None:
        self.dialog = None


class CloseDialog(QDialog):
    """Asks whether to close."""

    def __init__(self, reasons: Sequence[str], jobs: Sequence[JobRow], parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Close Slipway")
        self.setAccessibleName("Close Slipway?")
        self.setMinimumWidth(WIDTH_PX)
        stops = "" if not jobs else "Stop the job and close" if len(jobs) == 1 else f"Stop {len(jobs)} jobs and close"
        stay, leave = Button("Stay", self.reject, role="primary"), Button(stops or "Close", self.accept)
        head = Text("Close Slipway now?", px=PAGE_PX, weight=SEMIBOLD)
        items: list[Item] = [head]
        if jobs:
            shown = [_line_of(job) for job in jobs[:MOST]]
            more = [dim(f"and {len(jobs) - MOST} more")] if len(jobs) > MOST else []
            items += [dim(STOPPED, wrap=True), card(*shown, *more, margins=(12, 8, 12, 8), spacing=8)]
        items += [dim(reason, wrap=True) for reason in reasons]
        buttons = row(None, leave, stay)
        self.setLayout(column(*items, 4, buttons, margins=(24, 24, 24, 16), spacing=12))
        Fitted(self)
        stay.setDefault(True)
        stay.setFocus()


def _line_of(job: JobRow) -> QHBoxLayout:
    """A job that works: what it does, and how long it still takes."""
    left = "" if job.left_s is None else f"{clock(job.left_s)} left{' in this step' if job.left_is_of_step else ''}"
    words = column(Elided(job.head.title, weight=SEMIBOLD), Elided(job.step, role="dim"), spacing=0)
    made = row(StateIcon(job.state, job.state_text), words, hint(left), spacing=12)
    made.setStretch(1, 1)
    return made
