"""What the palette finds: the window's actions, and what else the project holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.frame.palette import Entry
from ui.pages.asking import Asking
from ui.stages import stage_named
from ui.widgets.controls import shortcut_text
from workbench.fuzzy import note_recent, rank
from workbench.views.palette import PaletteItem, keep_chosen, read_chosen, read_palette

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from ui.desk import Desk
    from ui.frame.centre import Centre

MOST = 200
LATER_MS = 3000
"""So long an action that was chosen waits until its page can do it."""
NEVER = "never read"


@dataclass(frozen=True)
class _Found:
    key: str
    text: str
    entry: Entry


class _Later(QObject):
    """Triggers an action once it is switched on, unless that takes long or its page is left."""

    def __init__(self, action: QAction, may: Callable[[], bool]) -> None:
        super().__init__(action)
        self._action, self._may = action, may
        action.enabledChanged.connect(self._on_enabled)
        QTimer.singleShot(LATER_MS, self, self.deleteLater)

    def _on_enabled(self, enabled: bool) -> None:
        if enabled and self._may():
            self._action.enabledChanged.disconnect(self._on_enabled)
            self.deleteLater()
            self._action.trigger()


class PaletteEntries:
    """Finds entries for what was typed; what a project holds is asked once each time the palette opens."""

    def __init__(self, desk: Desk, centre: Centre) -> None:
        self._desk, self._centre = desk, centre
        self._recent: tuple[str, ...] = ()
        self._recent_of: Path | str | None = NEVER
        self._items: tuple[PaletteItem, ...] = ()
        self._asking = Asking()
        self._last: tuple[str, Callable[[Sequence[Entry]], object]] | None = None

    def begin(self) -> None:
        """The palette opens: ask what there is now; what was there last is found meanwhile."""
        project = self._desk.project
        if project != self._recent_of:
            self._recent, self._recent_of = (), project
            self._asking.ask("chosen", self._desk.bridge.ask(read_chosen, project), self._on_recent)
        self._asking.ask("items", self._desk.bridge.ask(read_palette, project), self._on_items)

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
        """Every action that can be done now, or on a page that is not shown."""
        return [found.entry for found in self._actions()]

    def _all(self) -> list[_Found]:
        return [*self._actions(), *(self._of_item(item) for item in self._items)]

    def _actions(self) -> list[_Found]:
        """Of a page that is not shown nobody knows yet what can be done there: all of its actions lead to it."""
        found: dict[tuple[str, str], _Found] = {}
        for action in self._desk.actions.all():
            stage = self._centre.owner_of(action)
            elsewhere = stage not in {"", self._centre.name}
            reachable = not elsewhere or not stage_named(stage).needs_project or self._desk.project is not None
            if (elsewhere and reachable) or (not elsewhere and action.isEnabled()):
                found.setdefault((action.text(), stage), self._of_action(action, stage))
        return list(found.values())

    def _on_items(self, items: tuple[PaletteItem, ...]) -> None:
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

    def _of_action(self, action: QAction, stage: str) -> _Found:
        key = f"command:{action.objectName()}"
        keys = shortcut_text(action)
        choose = partial(self._choose, key, partial(self._do, action, stage))
        about = stage_named(stage).title if stage else ""
        entry = Entry(action.text(), about, "Command", "terminal", keys, choose)
        return _Found(key, f"{action.text()} {about} command", entry)

    def _do(self, action: QAction, stage: str) -> None:
        """Do it where it can be seen; a page that has to be read first does it once it knows that it can."""
        if stage and stage != self._centre.name:
            self._desk.go(stage)
        if action.isEnabled() or not stage:
            action.trigger()
        else:
            _Later(action, partial(self._is_shown, stage))

    def _is_shown(self, stage: str) -> bool:
        return self._centre.name == stage

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
