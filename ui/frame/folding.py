"""Panels that fold away in small windows, unless a person opened them there."""

from __future__ import annotations

from PySide6.QtWidgets import QDockWidget

from ui.theme.theme import THEME


class Folding:
    """Folds a panel where the window gets smaller than it wants, and opens it again where there is room.

    What a person does to the panel meanwhile counts until the window crosses that size again.
    """

    def __init__(self, dock: QDockWidget, least_px: int) -> None:
        self.dock = dock
        self._least_px = least_px
        self._wide = True
        self._folded_by_us = False

    def fit(self, window_px: int) -> None:
        """The window is so wide now, or so high where that is what counts."""
        wide = window_px >= self._least_px * THEME.type_scale
        if wide is self._wide:
            return
        self._wide = wide
        if not wide:
            self._folded_by_us = not self.dock.isHidden()
            self.dock.hide()
        elif self._folded_by_us:
            self._folded_by_us = False
            self.dock.setVisible(not self.dock.property("taken"))

    @property
    def folded(self) -> bool:
        """Whether the panel would be open if there were room."""
        return self._folded_by_us

    def forget(self) -> None:
        """Forget what was folded: the layout was reset."""
        self._wide, self._folded_by_us = True, False

    def allows(self, dock: QDockWidget) -> bool:
        """Whether there is room for this panel, as far as this folding is about it."""
        return dock is not self.dock or self._wide
