"""Says at the window's foot where it answers late; what kept it is logged, so that it can be reported."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer

from ui.frame.status_bar import StatusBar, StatusItem
from ui.stall_watch import StallWatch

LOG = logging.getLogger("slipway.window")
STALL_S = 0.25
BEAT_MS, TOLD_MS = 50, 1000
SLOW_MS = 100


class Pulse(QObject):
    """Belongs to the window of the product; tests watch by themselves."""

    def __init__(self, status: StatusBar, parent: QObject) -> None:
        super().__init__(parent)
        self._item = status.add_right(StatusItem("How late the window answers", "activity"))
        self._watch = StallWatch(STALL_S, self, beat_ms=BEAT_MS)
        self._logged = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tell)
        self._timer.start(TOLD_MS)
        self._watch.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._watch.stop()

    def _tell(self) -> None:
        late_ms = self._watch.take_latest_ms()
        late = f"window {late_ms:.0f} ms late" if late_ms > SLOW_MS else ""
        self._item.set(late, "warn", "How late the window answered at worst in the last second")
        for stall in self._watch.stalls[self._logged :]:
            LOG.warning("the window did not answer for %.0f ms at\n%s", stall.seconds * 1000, stall.stack)
        self._logged = len(self._watch.stalls)
