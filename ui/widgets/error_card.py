"""An error where it happened: what failed, on what, what to do next; the evidence folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD, SMALL_PX
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, row
from ui.widgets.text import Text, dim

if TYPE_CHECKING:
    from workbench.base.events import ErrorText

DETAIL_HEIGHT = 160


class ErrorCard(QFrame):
    """One error, with the actions that mend it."""

    def __init__(self, error: ErrorText, *actions: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self.setProperty("edge", "err")
        self.setAccessibleName(error.summary)
        summary = Text(error.summary[:1].upper() + error.summary[1:], weight=SEMIBOLD, wrap=True)
        head = row(StateIcon("err", "Error"), summary)
        head.setStretch(1, 1)
        self._detail = QPlainTextEdit(error.detail)
        self._detail.setReadOnly(True)
        self._detail.setAccessibleName("Details")
        self._detail.setFont(THEME.font(SMALL_PX, mono=True))
        self._detail.setFixedHeight(DETAIL_HEIGHT)
        self._detail.hide()
        self._fold = Button("Details", self._on_fold, icon_name="chevron-down", role="link")
        if not error.detail:
            self._fold.hide()
        below = row(*actions, self._fold, None)
        self.setLayout(
            column(
                head,
                *([dim(error.hint, wrap=True)] if error.hint else []),
                below,
                self._detail,
                margins=(12, 12, 12, 12),
            )
        )

    def _on_fold(self) -> None:
        self._detail.setVisible(self._detail.isHidden())
        self._fold.set_icon("chevron-down" if self._detail.isHidden() else "chevron-up")


class ErrorPlace(QWidget):
    """Where a page shows what it could not read, until it can; takes no room else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = column()
        self.setLayout(self._column)
        self.hide()

    def show_error(self, error: ErrorText, *actions: QWidget) -> None:
        """Show an error, in place of the one before."""
        clear(self._column)
        self._column.addWidget(ErrorCard(error, *actions))
        self.show()

    def clear_error(self) -> None:
        """It was read."""
        clear(self._column)
        self.hide()
