"""The entries of one place, a dialog or a form: kept a moment after each key, back in the next window after a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.views.entries import keep_entries, read_entries

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

    from ui.bridge import Bridge
    from ui.widgets.path_field import PathField
    from workbench.views.entries import Entries as Kept

KEEP_MS = 300


class Entries(QObject):
    """Belongs to the UI thread. Never for secrets: what it is told lies in a file."""

    def __init__(self, bridge: Bridge, place: str, project: Path | None, parent: QObject) -> None:
        """Make it.

        Args:
            bridge: the border to what writes and reads.
            place: name of the dialog or form, as a file may be called.
            project: whose entries they are; None for the window's own.
            parent: what it goes with.
        """
        super().__init__(parent)
        self._bridge, self._place, self._project = bridge, place, project
        self._texts: dict[str, str] = {}
        self._kept: Kept = ()
        self._show: Callable[[dict[str, str]], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(self.keep)

    def watch(self, key: str, field: QLineEdit) -> None:
        """Keep what is typed into a line; what was there before stands for nothing."""
        field.textEdited.connect(lambda text: self.note(key, text))

    def watch_path(self, key: str, field: PathField) -> None:
        """Keep the path that is typed, chosen or dropped."""
        self.watch(key, field.field)
        field.changed.connect(lambda path: self.note(key, "" if path is None else str(path)))

    def note(self, key: str, text: str) -> None:
        """This stands in a field now."""
        self._texts[key] = text
        self._timer.start()

    def take(self, key: str) -> None:
        """What stood in a field has been taken: it is kept elsewhere now, or not wanted."""
        if self._texts.pop(key, None) is not None:
            self._timer.start()

    def restore(self, show: Callable[[dict[str, str]], object]) -> None:
        """Ask for what was kept; `show` is told (field → text) where there is something."""
        self._show = show
        self._bridge.ask(read_entries, self._project, self._place).then(self._on_read)

    def keep(self) -> None:
        """Keep what there is, at once."""
        self._timer.stop()
        entries = tuple(self._texts.items())
        if entries != self._kept:
            self._kept = entries
            self._bridge.ask(keep_entries, self._project, self._place, entries)

    def forget(self) -> None:
        """All of it has been taken, or is not wanted."""
        self._texts = {}
        self.keep()

    def _on_read(self, entries: Kept) -> None:
        """Never called once the dialog or form is gone, which this goes with."""
        self._kept = entries
        if entries and self._show is not None:
            self._texts = {**dict(entries), **self._texts}
            self._show(dict(entries))
