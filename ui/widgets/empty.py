"""What a place shows that has nothing to show: one sentence and the one next action."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.widgets.grounds import row
from ui.widgets.text import dim

READING = "Reading …"
"""What a place says until the first answer came: only that says whether it is empty."""


class Empty(QWidget):
    """An empty state in the middle of its place."""

    def __init__(self, icon_name: str, sentence: str, *actions: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = dim(sentence, wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = row(None, self.sentence, None)  # an alignment of its own would give it too little height
        middle.setStretch(1, 100)
        column.addLayout(middle)
        self._column = column
        for widget in actions:
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def offer(self, action: QWidget) -> None:
        """Put another action below those that are there."""
        self._column.insertWidget(self._column.count() - 1, action, 0, Qt.AlignmentFlag.AlignHCenter)

    def _on_theme(self) -> None:
        self.sentence.setMaximumWidth(THEME.px(520))
        self._picture.setPixmap(pixmap(self._icon_name, "text3", THEME.px(28), 1.5))
