"""Where the window's layout is kept: which panels are open, how wide they are, which page was shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

VERSION = 1
"""Of the layout; one of another version is left alone."""
FILE_NAME = "window.ini"


class LayoutStore:
    """The layout in the user's home, by QSettings, which writes whole files."""

    def __init__(self, home: Path) -> None:
        self._settings = QSettings(str(home / FILE_NAME), QSettings.Format.IniFormat)

    def save(self, geometry: QByteArray, state: QByteArray, panels: Sequence[str]) -> None:
        """Keep the layout; `panels` are those that a person has open, also where a small window folds them."""
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("state", state)
        self._settings.setValue("panels", ",".join(panels))
        self._settings.sync()

    def panels(self) -> tuple[str, ...]:
        """The panels that were open."""
        value = self._settings.value("panels", "")
        return tuple(value.split(",")) if isinstance(value, str) else ()

    def load(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and state as they were kept; empty where they were not."""
        return self._bytes("geometry"), self._bytes("state")

    def forget(self) -> None:
        """Go back to the layout of the first start."""
        self._settings.clear()
        self._settings.sync()

    def _bytes(self, key: str) -> QByteArray:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
