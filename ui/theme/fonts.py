"""The bundled fonts: five static files, so that type looks the same on every machine."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtGui import QFontDatabase

FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
)


def load_fonts() -> None:
    """Make the bundled fonts known to Qt; wants a QGuiApplication.

    Raises:
        RuntimeError: a file of this installation is missing or no font.
    """
    folder = files("resources") / "fonts"
    for name in FILES:
        if QFontDatabase.addApplicationFont(str(folder / name)) == -1:
            raise RuntimeError(f"{folder / name} is no font; install Slipway again")
