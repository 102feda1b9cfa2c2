"""A panel at an edge of the window: seen where a person wants it, the page has something for it, and there is room."""

from __future__ import annotations

from PySide6.QtWidgets import QDockWidget, QWidget

from ui.theme.theme import THEME


class Panel(QDockWidget):
    """Whether it is seen follows from three things, each of which somebody else says.

    A person who opens it where it would not be seen insists: that counts until page or room change.
    """

    def __init__(self, name: str, title: str, widget: QWidget, least_px: int, parent: QWidget) -> None:
        """Make a panel.

        Args:
            name: as layouts call it.
            title: what assistive technology calls it.
            widget: what it shows.
            least_px: how large the window is at least where there is room for it, at a type scale of 1.
            parent: the window.
        """
        super().__init__(title, parent)
        self._least_px = least_px
        self._opened, self._wanted, self._roomy, self._insisted = True, True, True, False
        self.setObjectName(name)
        self.setTitleBarWidget(QWidget(self))
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.setWidget(widget)

    @property
    def opened(self) -> bool:
        """Whether a person wants to see it."""
        return self._opened

    def set_opened(self, opened: bool) -> None:
        """A person opens or closes it."""
        self._opened = opened
        self._insisted = opened and not (self._wanted and self._roomy)
        self._show()

    def restore(self, opened: bool) -> None:
        """What a person wanted the last time; insists on nothing."""
        self._opened, self._insisted = opened, False
        self._show()

    def want(self, wanted: bool) -> None:
        """Whether the page has something for it."""
        if wanted is not self._wanted:
            self._wanted, self._insisted = wanted, False
            self._show()

    def fit(self, window_px: int) -> None:
        """The window is so wide now, or so high where that is what counts."""
        roomy = window_px >= self._least_px * THEME.type_scale
        if roomy is not self._roomy:
            self._roomy, self._insisted = roomy, False
            self._show()

    def _show(self) -> None:
        self.setVisible(self._opened and (self._insisted or (self._wanted and self._roomy)))
