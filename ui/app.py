"""Makes the application: environment, style, fonts, theme."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from ui.theme.apply import apply_theme, choose_tokens
from ui.theme.fonts import load_fonts

FOREIGN = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
"""Set by other Qts in the same process or its parents; ours would look for its plugins there."""


def make_app(
    arguments: Sequence[str], mode: str = "system", type_scale: float = 1.0, *, high_contrast: bool = False
) -> QApplication:
    """The application, with the theme of the user's choice in force.

    Args:
        arguments: as the process got them.
        mode: `system`, `dark` or `light`.
        type_scale: by how much type is larger than designed.
        high_contrast: borders that can be made out by everybody.
    """
    for name in FOREIGN:
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QApplication.setDesktopFileName("slipway")
    app = QApplication(list(arguments[:1]))
    app.setApplicationName("Slipway")
    app.setStyle("Fusion")
    load_fonts()
    apply_theme(app, choose_tokens(mode, high_contrast=high_contrast), type_scale)
    return app
