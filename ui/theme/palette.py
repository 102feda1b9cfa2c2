"""Qt's palette from the tokens; the style sheet does the rest."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from ui.theme.tokens import Tokens

_Role = QPalette.ColorRole


def make_palette(tokens: Tokens) -> QPalette:
    """The palette of one theme."""
    roles = {
        _Role.Window: tokens.panel,
        _Role.Base: tokens.surface,
        _Role.AlternateBase: tokens.raised,
        _Role.Button: tokens.surface,
        _Role.WindowText: tokens.text,
        _Role.Text: tokens.text,
        _Role.ButtonText: tokens.text,
        _Role.BrightText: tokens.err,
        _Role.ToolTipBase: tokens.raised,
        _Role.ToolTipText: tokens.text,
        _Role.Highlight: tokens.accent_bg,
        _Role.HighlightedText: tokens.text,
        _Role.PlaceholderText: tokens.text3,
        _Role.Link: tokens.accent,
        _Role.LinkVisited: tokens.accent,
        _Role.Accent: tokens.accent,
        _Role.Mid: tokens.border,
        _Role.Dark: tokens.border,
        _Role.Shadow: tokens.app,
        _Role.Light: tokens.strong,
        _Role.Midlight: tokens.hover,
    }
    palette = QPalette()
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    for role in (_Role.Text, _Role.WindowText, _Role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.text3))
    return palette
