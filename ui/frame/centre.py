"""The centre: the pages, each behind its own tabs and tools; a page is built on its first visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QTabBar, QWidget

from ui.page import Page
from ui.stages import stage_named
from ui.theme.icons import icon
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM
from ui.widgets.grounds import column, ground, line, row, scrolling

TAB_BAR_PX = 37


class Centre(QWidget):
    """Shows one page at a time."""

    shown = Signal(object)
    """The Page that came up."""

    def __init__(self, makers: Mapping[str, Callable[[], Page]]) -> None:
        super().__init__()
        ground(self, "app")
        self._makers = dict(makers)
        self._pages: dict[str, Page] = {}
        self._places: dict[str, QScrollArea] = {}
        self.bar = ground(QWidget(), "panel")
        """Tabs and tools of the page that is shown."""
        self.bar.hide()
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setAccessibleName("Tabs of the page")
        self._tabs.tabBarClicked.connect(self._on_tab)
        self._tabs.currentChanged.connect(self._on_tab)
        self._tools: dict[str, QWidget] = {}
        self._bar_row = QHBoxLayout(self.bar)
        self._bar_row.setContentsMargins(4, 0, 12, 0)
        self._bar_row.addWidget(self._tabs, 0, Qt.AlignmentFlag.AlignBottom)
        self._bar_row.addStretch(1)
        self._stack = QStackedWidget()
        self._line = line()
        self.setLayout(column(self.bar, self._line, self._stack, spacing=0))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        place = self._stack.currentWidget()
        page = place.widget() if isinstance(place, QScrollArea) else None
        return page if isinstance(page, Page) else None

    @property
    def name(self) -> str:
        """The name of the stage whose page is shown."""
        return next((name for name, page in self._pages.items() if page is self.page), "")

    @property
    def built(self) -> tuple[Page, ...]:
        """The pages that were visited."""
        return tuple(self._pages.values())

    def go(self, name: str) -> Page:
        """Show the page of a stage, building it the first time, and ask it to read again."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = self._makers[name]()
            page.setAccessibleName(stage_named(name).title)
            page.titles_changed.connect(self._on_titles)
            self._places[name] = _place_for(page)
            self._stack.addWidget(self._places[name])
        self._stack.setCurrentWidget(self._places[name])
        self._show_tools(name, page)
        self._on_titles()
        page.refresh()
        self.shown.emit(page)
        return page

    def owner_of(self, action: QAction) -> str:
        """The stage whose page has an action as its own; empty for one of the whole window."""
        owner = action.parent()
        while owner is not None and not isinstance(owner, Page):
            owner = owner.parent()
        return next((name for name, page in self._pages.items() if page is owner), "")

    def step_tab(self, by: int) -> None:
        """Show the next or the previous tab of the page."""
        if self._tabs.count():
            self._tabs.setCurrentIndex((self._tabs.currentIndex() + by) % self._tabs.count())

    def _show_tools(self, name: str, page: Page) -> None:
        """Show the tools of this page alone; which of them it hid stays its own affair."""
        if page.tools and name not in self._tools:
            self._tools[name] = place = ground(QWidget(), "panel")
            place.setLayout(row(*page.tools, spacing=8))
            self._bar_row.addWidget(place)
        for owner, place in self._tools.items():
            place.setVisible(owner == name)

    def _on_titles(self) -> None:
        page = self.page
        if page is None:
            return
        size = self._tabs.iconSize().width()
        self._tabs.blockSignals(True)
        while self._tabs.count() > len(page.tabs):
            self._tabs.removeTab(self._tabs.count() - 1)
        for at, tab in enumerate(page.tabs):
            if at == self._tabs.count():
                self._tabs.addTab("")
            self._tabs.setTabText(at, tab.title)
            self._tabs.setTabIcon(at, icon(tab.icon, "accent" if tab.name == page.tab else "text3", size))
            if tab.name == page.tab:
                self._tabs.setCurrentIndex(at)
        self._tabs.blockSignals(False)
        wanted = bool(page.tabs or page.tools)
        self.bar.setVisible(wanted)
        self._line.setVisible(wanted)

    def _on_tab(self, at: int) -> None:
        page = self.page
        if page is not None and 0 <= at < len(page.tabs) and page.tabs[at].name != page.tab:
            page.show_tab(page.tabs[at].name)

    def _on_theme(self) -> None:
        self.bar.setFixedHeight(THEME.px(TAB_BAR_PX))
        self._tabs.setFont(THEME.font(BODY_PX, MEDIUM))
        self._tabs.setIconSize(QSize(THEME.px(14), THEME.px(14)))
        self._on_titles()


def _place_for(page: Page) -> QScrollArea:
    """A page fills it; one that is too large for a small window in large type can be scrolled."""
    place = scrolling(page, f"Place of {page.accessibleName()}")
    place.viewport().installEventFilter(_Room(page))
    return place


class _Room(QObject):
    """Tells a page how much room it has: its own size is no measure once it is larger than that."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """The room is another one."""
        if isinstance(event, QResizeEvent):
            self._page.fit(event.size())
        return False
