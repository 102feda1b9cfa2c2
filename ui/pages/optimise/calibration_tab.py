"""All frames of the calibration set, page by page, beside what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.pages.optimise.calibration_card import CalibrationShares
from ui.pages.optimise.thumbnails import Thumbnails
from ui.widgets.controls import Button
from ui.widgets.grounds import card, column, row, scrolling
from ui.widgets.text import Elided, hint, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from ui.pages.optimise.jobs import Work
    from workbench.views.optimise.calibration_values import Calibration, Thumbnail

PAGE = 60


class CalibrationTab(QWidget):
    """The second tab."""

    page_wanted = Signal(int)
    """Place of the first frame of the page that is to be shown."""

    def __init__(self, count: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first, self._total = 0, 0
        self._about = Elided("", px=11, role="hint")
        self._range = hint("")
        self._shares = CalibrationShares(count, 2)
        self.frames = Thumbnails("All calibration frames")
        self._back = Button("Previous frames", lambda: self._go(-PAGE), icon_name="chevron-left")
        self._on = Button("Next frames", lambda: self._go(PAGE), icon_name="chevron-right")
        inner = QWidget()
        inner.setLayout(column(self.frames, None))
        head = row(title("Calibration set"), self._about)
        head.setStretch(1, 1)
        about = card(head, self._shares)
        foot = row(self._range, None, self._back, self._on)
        pictures = card(row(title("Frames"), None), scrolling(inner, "Calibration frames"), foot)
        whole = column(about, pictures, margins=(12, 12, 12, 12), spacing=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_set(self, found: Calibration, work: Work | None) -> None:
        """Show another set."""
        self._total = found.frames
        words = f"{found.source}: {found.text}, seed {found.seed}, {found.available} in the folder"
        self._about.setText(words if found.state == "here" else found.why)
        self._shares.show_set(found, work)
        self._say()

    def show_frames(self, first: int, frames: Sequence[Thumbnail]) -> None:
        """Show one page of frames."""
        self._first = first
        self.frames.show_frames(frames)
        self._say()

    def _go(self, by: int) -> None:
        self.page_wanted.emit(max(0, self._first + by))

    def _say(self) -> None:
        last = min(self._first + self.frames.count, self._total)
        self._range.setText(f"{self._first + 1} to {last} of {self._total} frames" if last else "No frame to show.")
        self._back.set_off("" if self._first > 0 else "These are the first frames.")
        self._on.set_off("" if last < self._total else "These are the last frames.")
