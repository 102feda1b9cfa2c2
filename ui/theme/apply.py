"""Puts a theme in force: style, palette, style sheet, fonts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from ui.theme.palette import make_palette
from ui.theme.style import make_style
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, DARK, LIGHT, Tokens, with_high_contrast

MODES = ("system", "dark", "light")


def choose_tokens(mode: str, *, high_contrast: bool = False) -> Tokens:
    """The tokens for a choice of the user; `system` asks Qt, which knows it on most desktops, else dark."""
    dark = mode == "dark"
    if mode == "system":
        dark = QApplication.styleHints().colorScheme() is not Qt.ColorScheme.Light
    tokens = DARK if dark else LIGHT
    return with_high_contrast(tokens) if high_contrast else tokens


def apply_theme(app: QApplication, tokens: Tokens, type_scale: float = 1.0) -> None:
    """Put tokens in force for the whole application, at once; every open window follows. Nothing where they are."""
    if app.styleSheet() and (tokens, type_scale) == (THEME.tokens, THEME.type_scale):
        return
    THEME.changing.emit()
    # From one sheet to another Qt polishes each widget once for each of its ancestors: 930 ms for 2,300 widgets, where
    # taking the sheet away and giving the new one takes 180 ms.
    app.setStyleSheet("")
    app.setPalette(make_palette(tokens))
    # A new style sheet gives widgets back the fonts that they had before the last one, so theirs are set after it.
    app.setStyleSheet(make_style(tokens, type_scale))
    THEME.set(tokens, type_scale)
    app.setFont(THEME.font(BODY_PX))
