"""The status bar: what holds for the whole window at the left, what is going on at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QStatusBar

from ui.theme.icons import icon
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX, STATUS_BAR


class StatusItem(QPushButton):
    """One fact with its icon; a click goes to where it is from."""

    def __init__(self, name: str, icon_name: str, on_click: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._name, self._icon_name, self._color = name, icon_name, "text2"
        self.setProperty("role", "status")
        self.setFlat(True)
        if on_click is not None:
            self.clicked.connect(lambda _checked=False: on_click())
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        self.set("")

    def set(self, text: str, color: str = "text2", tip: str = "", icon_name: str = "") -> None:
        """Say something else, under another icon where one is named; an item that says nothing is not there."""
        self._color, self._icon_name = color, icon_name or self._icon_name
        self.setText(f" {text}" if text else "")  # style sheets have no room between icon and words
        self.setVisible(bool(text))
        self.setAccessibleName(f"{self._name}: {text}")
        self.setToolTip(tip or self._name)
        self._on_theme()

    def _on_theme(self) -> None:
        self.setFont(THEME.font(SMALL_PX, MEDIUM))
        size = THEME.px(13)
        self.setIcon(icon(self._icon_name, self._color, size))
        self.setIconSize(QSize(size, size))


class StatusBar(QStatusBar):
    """The foot of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def add_left(self, item: StatusItem) -> StatusItem:
        """Put an item at the left."""
        self.addWidget(item)
        return item

    def add_right(self, item: StatusItem) -> StatusItem:
        """Put an item at the right."""
        self.addPermanentWidget(item)
        return item

    def _on_theme(self) -> None:
        self.setFixedHeight(THEME.px(STATUS_BAR))
