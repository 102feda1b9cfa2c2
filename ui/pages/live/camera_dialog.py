"""Asks which camera of the board is to be played."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ui.widgets.controls import Button, Field
from ui.widgets.fitted import Fitted
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import dim, page_title

WIDTH = 460


class CameraDialog(QDialog):
    """A number, a device or a GStreamer pipeline, as the board's own OpenCV opens it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setWindowTitle("Camera of the board")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.field = Field("Camera", placeholder="0, /dev/video0 or a GStreamer pipeline", mono=True)
        self.use = Button("Use this camera", self._on_use, role="primary", icon_name="video")
        self.use.setDefault(True)
        cancel = Button("Cancel", self.reject)
        cancel.setAutoDefault(False)
        self.field.textChanged.connect(self._on_text)
        about = dim(
            "It is opened on the board, by the OpenCV or GStreamer that is installed there. Pictures stay on the board "
            "unless they are shown here.",
            wrap=True,
        )
        self.setLayout(
            column(
                page_title("Camera of the board"),
                about,
                self.field,
                row(None, cancel, self.use),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )
        Fitted(self)
        self._on_text("")

    def _on_text(self, text: str) -> None:
        self.use.set_off("" if text.strip() else "Say which camera")

    def _on_use(self) -> None:
        self.chosen.emit(self.field.text().strip())
        self.accept()
