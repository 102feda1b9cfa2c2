"""The picture of a moment on which somebody pauses a run that still plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.pages.asking import Asking
from workbench.views.live import RecordedFrame, read_frame

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.live.stage import Stage
    from workbench.base.events import ErrorText


class HeldMoment(QObject):
    """Asks for what was recorded of a moment of which the picture is gone, once that can be read."""

    def __init__(self, desk: Desk, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._stage = desk, stage
        self._asking = Asking()

    def ask(self, run: str, moment_s: float) -> None:
        """Show the picture of this moment, unless the page follows again before it comes."""
        if self._desk.project is not None and run:
            confidence = self._stage.video.confidence
            asked = self._desk.bridge.ask(read_frame, self._desk.project, run, moment_s, confidence)
            self._asking.ask("moment", asked.or_fail(self._on_none), self._on_frame)

    def _on_frame(self, frame: RecordedFrame | None) -> None:
        if frame is not None and frame.pixels is not None and not self._stage.axis.following:
            badge = "" if frame.reference == "there" else frame.reference_text
            self._stage.show_frame(frame.frame_id, frame.pixels, frame.boxes, frame.reference, badge)

    def _on_none(self, _error: ErrorText) -> None:
        self._stage.video.view.set_badge("this moment's picture can be opened once the run has ended")
