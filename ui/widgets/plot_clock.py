"""Draws plots anew while they are live: 20 times a second, in two groups that take turns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, QTimer

from ui.widgets.time_plot import TimePlot

TURN_MS = 25
GROUPS = 2


class PlotClock(QObject):
    """Half of the plots every 25 ms, so that no moment has to draw all of them."""

    def __init__(self, plots: Sequence[TimePlot], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plots = tuple(plots)
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._on_turn)

    @property
    def running(self) -> bool:
        """Whether plots are drawn anew."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """End; what is drawn stays."""
        self._timer.stop()

    def _on_turn(self) -> None:
        self._turn = (self._turn + 1) % GROUPS
        for plot in self._plots[self._turn :: GROUPS]:
            plot.refresh()
