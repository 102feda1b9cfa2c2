"""What happens when the window is closed while something works or is not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from ui.theme.tokens import SEMIBOLD
from ui.widgets.controls import Button
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Text, dim

if TYPE_CHECKING:
    from ui.main_window import MainWindow

WIDTH_PX = 520


class Closing(QObject):
    """Belongs to the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._agreed = False
        self.dialog: CloseDialog | None = None

    def may_close(self) -> bool:
        """Whether nothing stands against it; else a person is asked, and the window closes itself if they agree."""
        reasons = self._reasons()
        if self._agreed or not reasons:
            return True
        if self.dialog is None:
            self.ask(reasons)
        return False

    def ask(self, reasons: list[str]) -> None:
        """Ask a person whether to close all the same."""
        self.dialog = CloseDialog(reasons, self._window)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def _reasons(self) -> list[str]:
        working = self._window.bridge.running
        names = ", ".join(handle.title for handle in working[:3]) + (" and others" if len(working) > 3 else "")
        verb = "works" if len(working) == 1 else "work"
        jobs = (
            [f"{names} still {verb}: it is stopped cleanly, and what was measured stays recorded."] if working else []
        )
        return jobs + [text for page in self._window.centre.built if (text := page.may_close())]

    def _on_accepted(self) -> None:
        self._agreed = True
        self._window.close()

    def _on_finished(self) -> None:
        self.dialog = None


class CloseDialog(QDialog):
    """Asks whether to close."""

    def __init__(self, reasons: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Close Slipway")
        self.setAccessibleName("Close Slipway?")
        self.setMinimumWidth(WIDTH_PX)
        stay, leave = Button("Stay", self.reject, role="primary"), Button("Close", self.accept)
        head = Text("Close Slipway now?", weight=SEMIBOLD)
        sentences = [dim(reason, wrap=True) for reason in reasons]
        self.setLayout(column(head, *sentences, 4, row(None, leave, stay), margins=(24, 24, 24, 16), spacing=12))
        stay.setDefault(True)
        stay.setFocus()
