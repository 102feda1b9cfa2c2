"""Every action of the window, once: text, shortcut, icon; menus, tooltips and the palette take them from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ui.theme.icons import icon
from ui.theme.theme import THEME


class Actions(QObject):
    """The register of actions. Belongs to the UI thread."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._icons: dict[QAction, str] = {}
        THEME.changed.connect(self._on_theme)

    def add(
        self,
        name: str,
        text: str,
        slot: Callable[[], object],
        shortcut: str = "",
        icon_name: str = "",
        owner: QWidget | None = None,
    ) -> QAction:
        """Make an action.

        Args:
            name: stable and unique, for tests and recent commands: `verify.run`.
            text: what a person reads; a verb first, sentence case.
            slot: what it does.
            shortcut: as Qt writes it (`Ctrl+K`); several are separated by `; `.
            icon_name: Lucide's name.
            owner: where the shortcut counts: within this page; the whole window where it is None.
        """
        action = QAction(text, owner or self._window)
        action.setObjectName(name)
        keys = [QKeySequence(part) for part in shortcut.split("; ") if part]
        action.setShortcuts(keys)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut if owner else Qt.ShortcutContext.WindowShortcut
        action.setShortcutContext(within)
        tip = f"{text} ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else text
        action.setToolTip(tip)
        if icon_name:
            action.setIcon(icon(icon_name))
            self._icons[action] = icon_name
        action.triggered.connect(lambda _checked=False: slot())
        (owner or self._window).addAction(action)
        action.destroyed.connect(lambda: self._icons.pop(action, None))
        return action

    def all(self) -> Iterator[QAction]:
        """Every action that is there now, those of the window first."""
        for action in self._window.findChildren(QAction):
            if action.objectName() and action.text():
                yield action

    def named(self, name: str) -> QAction | None:
        """The action of this name."""
        return next((action for action in self.all() if action.objectName() == name), None)

    def _on_theme(self) -> None:
        for action, name in self._icons.items():
            action.setIcon(icon(name))
