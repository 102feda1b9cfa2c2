"""What the palette finds: the window's actions, and what else the project holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ui.frame.palette import Entry
from ui.widgets.controls import shortcut_text
from workbench.fuzzy import note_recent, rank
from workbench.views.palette import PaletteItem, keep_chosen, read_chosen, read_palette

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from ui.bridge import Answer
    from ui.desk import Desk

MOST = 200
NEVER = "never read"


@dataclass(frozen=True)
class _Found:
    key: str
    text: str
    entry: Entry


class PaletteEntries:
    """Finds entries for what was typed; what a project holds is asked once each time the palette opens."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._recent: tuple[str, ...] = ()
        self._recent_of: Path | str | None = NEVER
        self._items: tuple[PaletteItem, ...] = ()
        self._asked: Answer[tuple[PaletteItem, ...]] | None = None
        self._last: tuple[str, Callable[[Sequence[Entry]], object]] | None = None

    def begin(self) -> None:
        """The palette opens: ask what there is now; what was there last is found meanwhile."""
        if self._asked is not None:
            self._asked.drop()
        project = self._desk.project
        if project != self._recent_of:
            self._recent, self._recent_of = (), project
            self._desk.bridge.ask(read_chosen, project).then(self._on_recent)
        self._asked = self._desk.bridge.ask(read_palette, project).then(self._on_items)

    def end(self) -> None:
        """The palette has closed: nobody looks any more."""
        self._last = None

    def find(self, text: str, show: Callable[[Sequence[Entry]], object]) -> None:
        """Hand the entries that fit to `show`, best first; again once more is known."""
        self._last = (text, show)
        since = {key: at for at, key in enumerate(self._recent)}
        found = rank(text, self._all(), lambda item: item.text, recent=since, key_of=lambda item: item.key)
        show([item.entry for item in found[:MOST]])

    def commands(self) -> list[Entry]:
        """Every action that can be done now."""
        return [self._of_action(action).entry for action in self._desk.actions.all() if action.isEnabled()]

    def _all(self) -> list[_Found]:
        commands = [self._of_action(action) for action in self._desk.actions.all() if action.isEnabled()]
        return [*commands, *(self._of_item(item) for item in self._items)]

    def _on_items(self, items: tuple[PaletteItem, ...]) -> None:
        self._asked = None
        if items != self._items:
            self._items = items
            if self._last is not None:
                self.find(*self._last)

    def _on_recent(self, keys: tuple[str, ...]) -> None:
        """What was chosen in this project in windows before; what was chosen since comes first."""
        for key in reversed(self._recent):
            keys = note_recent(keys, key)
        self._recent = keys
        if keys and self._last is not None:
            self.find(*self._last)

    def _of_action(self, action: QAction) -> _Found:
        key = f"command:{action.objectName()}"
        keys = shortcut_text(action)
        choose = partial(self._choose, key, action.trigger)
        return _Found(key, f"{action.text()} command", Entry(action.text(), "", "Command", "terminal", keys, choose))

    def _of_item(self, item: PaletteItem) -> _Found:
        choose = partial(self._choose, item.key, partial(self._go, item))
        return _Found(item.key, item.text, Entry(item.title, item.about, item.kind, item.icon, "", choose))

    def _choose(self, key: str, act: Callable[[], object]) -> None:
        self._recent = note_recent(self._recent, key)
        self._desk.bridge.ask(keep_chosen, self._desk.project, self._recent)
        act()

    def _go(self, item: PaletteItem) -> None:
        if not item.stage and isinstance(item.target, Path):
            self._desk.open_project(item.target)
            self._desk.go("project")
        else:
            self._desk.go(item.stage, item.target)
