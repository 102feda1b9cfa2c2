"""Theme, type size and contrast of the window, switched while it runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from ui.theme.apply import apply_theme, choose_tokens
from ui.theme.theme import THEME


class Appearance(QObject):
    """Belongs to the window."""

    switched = Signal(str)
    """A person chose `dark` or `light` by the switch."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._mode = ""
        self._high_contrast = False
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)

    def remember(self, mode: str, *, high_contrast: bool) -> None:
        """Know what is in force already."""
        self._mode, self._high_contrast = mode, high_contrast

    def set(self, mode: str, percent: float, *, high_contrast: bool) -> None:
        """Put a choice of the settings in force.

        Args:
            mode: `system`, `dark` or `light`.
            percent: of the type's size as designed.
            high_contrast: borders that can be made out by everybody.
        """
        app = QApplication.instance()
        self._mode, self._high_contrast = mode, high_contrast
        if isinstance(app, QApplication):
            apply_theme(app, choose_tokens(mode, high_contrast=high_contrast), percent / 100)

    def switch(self) -> None:
        """From dark to light, or back."""
        mode = "light" if THEME.tokens.name == "dark" else "dark"
        self.set(mode, THEME.type_scale * 100, high_contrast=self._high_contrast)
        self.switched.emit(mode)

    def _on_scheme(self) -> None:
        if self._mode == "system":
            self.set("system", THEME.type_scale * 100, high_contrast=self._high_contrast)
