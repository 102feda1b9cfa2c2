"""An icon that says nothing by itself: it stands before words and follows the theme."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME


class IconLabel(QLabel):
    """A Lucide icon in a token's colour."""

    def __init__(self, icon_name: str, color: str = "text2", size: int = 14, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = (icon_name, color, size)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def _on_theme(self) -> None:
        icon_name, color, size = self._look
        self.setFixedSize(THEME.px(size) + 2, THEME.px(size) + 2)
        self.setPixmap(pixmap(icon_name, color, THEME.px(size), 2))
