"""Where the parts of the Live page stand: wide, low, or the picture alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.pages.live.plot_wall import PlotWall
from ui.theme.theme import THEME
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import ground
from workbench.base.events import ErrorText

LOW_PX = 600
"""A page lower than this has its plots in one column that scrolls."""
LEAST_PLOT_PX, LEAST_BESIDE_PX = 120, 88
BESIDE = ("latency", "stages")
BELOW = ("memory", "temperature", "power")


class Arrangement(QWidget):
    """Puts the parts together, anew where the page becomes low or high."""

    def __init__(self, head: QWidget, tiles: QWidget, picture: QWidget, wall: PlotWall) -> None:
        super().__init__()
        ground(self, "app")
        self._head, self._tiles, self._picture, self._wall = head, tiles, picture, wall
        self._alone = False
        self._low: bool | None = None
        self.error: ErrorCard | None = None
        self._notes = QVBoxLayout()
        self._notes.setSpacing(8)
        self._beside, self._beside_column = _column()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setAccessibleName("Plots")
        self._scroll.setWidget(self._beside)
        self._below = QWidget()
        self._below_row = QHBoxLayout(self._below)
        self._below_row.setContentsMargins(0, 0, 0, 0)
        self._below_row.setSpacing(8)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(picture, 57)
        middle.addWidget(self._scroll, 43)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 12, 12, 12)
        whole.setSpacing(8)
        whole.addWidget(head)
        whole.addLayout(self._notes)
        whole.addWidget(tiles)
        whole.addLayout(middle, 66)
        whole.addWidget(self._below, 34)
        self._arrange(low=False)
        THEME.changed.connect(self._fit_plots)

    @property
    def alone(self) -> bool:
        """Whether the picture has the whole page."""
        return self._alone

    def show_alone(self, alone: bool) -> None:
        """Give the picture the whole page, or take that back."""
        self._alone = alone
        for part in (self._head, self._tiles, self._scroll):
            part.setVisible(not alone)
        self._below.setVisible(not alone and not self._low)

    def show_error(self, error: ErrorText, *actions: QWidget) -> None:
        """Put an error, and what mends it, between head and tiles, in place of the one before."""
        self.clear_error()
        self.error = ErrorCard(error, *actions)
        self._notes.addWidget(self.error)

    def clear_error(self) -> None:
        """Take the error away."""
        if self.error is not None:
            self.error.hide()
            self.error.deleteLater()
            self.error = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Arrange anew where the page became low or high."""
        super().resizeEvent(event)
        self._arrange(low=event.size().height() < LOW_PX * THEME.type_scale)

    def _arrange(self, *, low: bool) -> None:
        if low == self._low:
            return
        self._low = low
        plots = self._wall.plots
        for key in BESIDE:
            self._beside_column.addWidget(plots[key], 1)
        for key in BELOW:
            if low:
                self._beside_column.addWidget(plots[key], 1)
            else:
                self._below_row.addWidget(plots[key], 1)
        self._below.setVisible(not low and not self._alone)
        self._fit_plots()

    def _fit_plots(self) -> None:
        least_px = round((LEAST_PLOT_PX if self._low else LEAST_BESIDE_PX) * THEME.type_scale)
        for plot in self._wall.plots.values():
            plot.setMinimumHeight(least_px)


def _column() -> tuple[QWidget, QVBoxLayout]:
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    return widget, layout
