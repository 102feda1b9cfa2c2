"""The notice bar: an error that has no other place, or a sentence, until it is read or ten seconds have gone."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.controls import IconButton
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import card, clear, row
from ui.widgets.text import Text
from workbench.base.events import ErrorText

SENTENCE_MS = 10_000


class Notice(QWidget):
    """Above the page; an error stays until it is closed or another page comes up, a sentence goes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._is_error = False
        self.setAccessibleName("Notices")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 0)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SENTENCE_MS)
        self._timer.timeout.connect(self.close_notice)
        self.hide()

    def tell(self, what: ErrorText | str) -> None:
        """Show an error or a sentence, in place of the one before."""
        clear(self._column)
        close = IconButton("x", "Close the notice", self.close_notice, size=14)
        self._is_error = isinstance(what, ErrorText)
        if isinstance(what, ErrorText):
            self._column.addWidget(ErrorCard(what, close))
            self._timer.stop()
        else:
            sentence = Text(what, wrap=True)
            layout = row(sentence, close)
            layout.setStretch(0, 1)
            holder = card(layout, margins=(12, 4, 8, 4))
            self._column.addWidget(holder)
            self._timer.start()
        self.show()

    def leave_page(self) -> None:
        """Another page comes up, to which an error does not belong; the job panel has it still."""
        if self._is_error:
            self.close_notice()

    def close_notice(self) -> None:
        """Take it away."""
        self._timer.stop()
        self._is_error = False
        clear(self._column)
        self.hide()
