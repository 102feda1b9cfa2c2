"""What the palette finds: the window's actions, and what else the project holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ui.frame.palette import Entry
from ui.widgets.controls import shortcut_text

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from ui.desk import Desk


class PaletteEntries:
    """Finds entries for what was typed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, text: str, show: Callable[[Sequence[Entry]], object]) -> None:
        """Hand the entries that fit to `show`, best first."""
        words = text.lower().split()
        show([entry for entry in self.commands() if all(word in entry.title.lower() for word in words)])

    def commands(self) -> list[Entry]:
        """Every action that can be done now."""
        return [_entry(action) for action in self._desk.actions.all() if action.isEnabled()]


def _entry(action: QAction) -> Entry:
    return Entry(action.text(), "", "Command", "terminal", shortcut_text(action), action.trigger)
