"""What a page is: the centre of the window for one stage, with its tabs, its tools and its inspector."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.desk import Desk
from ui.widgets.grounds import ground


@dataclass(frozen=True)
class Tab:
    """A tab of the centre."""

    name: str
    title: str
    icon: str


class Page(QWidget):
    """The page of one stage; built on the first visit, kept, and asked to read again when it is shown.

    A page makes one widget a tab with `add_tab`. What it shows comes from `desk.bridge.ask`; `refresh` asks again.
    """

    titles_changed = Signal()
    """A tab has another title, or there is another tab."""

    has_primary = False
    """Whether the page shows the one primary button itself; the head's Run is plain then."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        ground(self, "app")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.desk = desk
        self._tabs: list[Tab] = []
        self._inspector: QWidget | None = None
        self._tools: list[QWidget] = []
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        desk.outdated.connect(self._on_outdated)
        desk.project_changed.connect(self._on_outdated)

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The tabs, in order; a page without needs no tab bar."""
        return tuple(self._tabs)

    @property
    def tools(self) -> tuple[QWidget, ...]:
        """What stands at the right of the tab bar."""
        return tuple(self._tools)

    @property
    def inspector(self) -> QWidget | None:
        """What the right panel shows for this page; None folds the panel away."""
        return self._inspector

    @property
    def tab(self) -> str:
        """The name of the tab that is shown; empty where there is none."""
        return self._tabs[self._stack.currentIndex()].name if self._tabs else ""

    def add_tab(self, tab: Tab, widget: QWidget) -> None:
        """Put a widget into the centre, behind a tab."""
        self._tabs.append(tab)
        self._stack.addWidget(widget)
        self.titles_changed.emit()

    def set_centre(self, widget: QWidget) -> None:
        """Put the only widget into the centre: a page without tabs."""
        self._stack.addWidget(widget)

    def rename_tab(self, name: str, title: str) -> None:
        """Give a tab another title."""
        self._tabs = [Tab(tab.name, title, tab.icon) if tab.name == name else tab for tab in self._tabs]
        self.titles_changed.emit()

    def show_tab(self, name: str) -> None:
        """Show the tab of this name."""
        names = [tab.name for tab in self._tabs]
        if name in names:
            self._stack.setCurrentIndex(names.index(name))
            self.titles_changed.emit()

    def set_inspector(self, widget: QWidget) -> None:
        """Give the page its inspector."""
        self._inspector = widget

    def add_tool(self, widget: QWidget) -> None:
        """Put a control at the right of the tab bar."""
        self._tools.append(widget)

    def fit(self, room: QSize) -> None:
        """The window gives the page this room now; where that is little, it may show less. It may itself be larger."""

    def refresh(self) -> None:
        """Ask again for what is shown; called when the page comes up and when something on disk changed."""

    def open(self, target: object) -> None:
        """Show one thing of this page (a run, a requirement, a file and line); each page says what it takes."""

    def may_close(self) -> str:
        """Why the window should ask before it closes: unsaved work, in words; empty where nothing is lost."""
        return ""

    def _on_outdated(self) -> None:
        if self.isVisible():
            self.refresh()
