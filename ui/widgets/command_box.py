"""A command as it is to be typed elsewhere, with the button that copies it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from ui.theme.tokens import SMALL_PX
from ui.widgets.controls import IconButton
from ui.widgets.grounds import ground, row
from ui.widgets.text import Text

COPIED_MS = 1200


class CommandBox(QFrame):
    """One command, whole; long ones break. It is selectable, and a click on the icon copies it."""

    def __init__(self, command: str, name: str = "Command", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "sunk")
        self.command = command
        self.setAccessibleName(f"{name}: {command}")
        self._label = Text(command, px=SMALL_PX, mono=True, wrap=True)
        self._button = IconButton("copy", f"Copy: {command}", self.copy, size=14)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPIED_MS)
        self._timer.timeout.connect(lambda: self._button.set_icon("copy"))
        layout = row(self._label, self._button, margins=(8, 0, 0, 0), spacing=4)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def copy(self) -> None:
        """Put it into the clipboard, and show for a moment that this happened."""
        QGuiApplication.clipboard().setText(self.command)
        self._button.set_icon("check")
        self._timer.start()
