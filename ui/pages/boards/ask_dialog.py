"""Asks before something is changed on a board or forgotten: what exactly happens, with the object in the button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from ui.theme.tokens import SEMIBOLD
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, row
from ui.widgets.text import Text, dim

WIDTH_PX = 560


class AskDialog(QDialog):
    """A question with one deed; `accepted` does it."""

    def __init__(
        self,
        heading: str,
        sentences: tuple[str, ...],
        deed: str,
        parent: QWidget,
        *,
        command: str = "",
        ready: bool = True,
    ) -> None:
        """Make the dialog; `open` shows it.

        Args:
            heading: what it is about.
            sentences: what happens.
            deed: the words of its button, with the object's name.
            parent: the window.
            command: what is run, where a command is.
            ready: whether the deed can be done; else `settle` says so later.
        """
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(heading)
        self.setAccessibleName(heading)
        self.setMinimumWidth(WIDTH_PX)
        self._words = QVBoxLayout()
        self._words.setSpacing(8)
        self.yes = Button(deed, self.accept, role="primary")
        self.no = Button("Not now", self.reject)
        self.setLayout(
            column(
                Text(heading, weight=SEMIBOLD, wrap=True),
                self._words,
                *([CommandBox(command)] if command else []),
                row(None, self.no, self.yes),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )
        self.settle(sentences, "" if ready else "It is being looked at")
        self.no.setFocus()

    def settle(self, sentences: tuple[str, ...], off: str = "") -> None:
        """Say what would happen, and why it cannot where it cannot."""
        clear(self._words)
        for sentence in sentences:
            self._words.addWidget(dim(sentence, wrap=True))
        self.yes.set_off(off)
