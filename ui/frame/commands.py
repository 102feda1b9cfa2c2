"""The window's own actions: where to go, what to show, how it looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from ui.frame.palette import Entry, Palette
from ui.frame.palette_entries import PaletteEntries
from ui.pages.register import MAKERS
from ui.stages import ADD_BOARD, NEW_PROJECT, OPEN_PROJECT, OUTSIDE, STAGES

if TYPE_CHECKING:
    from ui.frame.panel import Panel
    from ui.main_window import MainWindow

FOOT = ("doctor", "settings")
KEYS_OUTSIDE = {"welcome": "Ctrl+0", "settings": "Ctrl+,", "doctor": "Ctrl+Alt+H"}


class Commands:
    """Makes the actions and holds those that the frame shows."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        add = window.actions_.add
        self.search = add("window.search", "Search, jump to or run a command", self._on_search, "Ctrl+K; Ctrl+Shift+P")
        self._entries = PaletteEntries(window.desk, window.centre)
        self.palette: Palette | None = None
        """The palette that was opened last."""
        self.stages: dict[str, QAction] = {}
        self._add_pages()
        self.switches = self._add_switches()
        self.foot = [
            (stage.icon, self.stages[stage.name]) for stage in OUTSIDE if stage.name in FOOT and stage.name in MAKERS
        ]
        self._add_beginnings()
        add("window.next_tab", "Next tab of the page", lambda: window.centre.step_tab(1), "Ctrl+PgDown")
        add("window.previous_tab", "Previous tab of the page", lambda: window.centre.step_tab(-1), "Ctrl+PgUp")
        add("window.reset_layout", "Reset the layout", window.reset_layout, "Ctrl+Alt+0", "layout-dashboard")
        add("window.close_notice", "Close the notice", window.notice.close_notice, "Ctrl+Shift+W", "x")
        add("window.close", "Close the window", window.close, "Ctrl+Q", "x")
        window.desk.project_changed.connect(self._on_project)
        self._on_project()

    def _add_pages(self) -> None:
        window = self._window
        number = 0
        for stage in (*STAGES, *OUTSIDE):
            if stage.name not in MAKERS:
                continue
            number += stage in STAGES
            keys = f"Ctrl+{number}" if stage in STAGES else KEYS_OUTSIDE.get(stage.name, "")
            go = partial(window.show_page, stage.name)
            name, text = f"go.{stage.name}", f"Go to {stage.title}"
            self.stages[stage.name] = window.actions_.add(name, text, go, keys, stage.icon)

    def _add_beginnings(self) -> None:
        """What begins something new is there on every page; the page that does it shows it."""
        add, show = self._window.actions_.add, self._window.show_page
        add("welcome.new", "New project", partial(show, "welcome", NEW_PROJECT), "Ctrl+N", "file-plus")
        add("welcome.open", "Open project", partial(show, "welcome", OPEN_PROJECT), "Ctrl+O", "folder-open")
        add("window.add_board", "Add a board", partial(show, "boards", ADD_BOARD), "Ctrl+Alt+A", "plus")

    def _add_switches(self) -> Sequence[tuple[str, QAction]]:
        window = self._window
        docks = (
            ("panel-left", "Show the project tree", "Ctrl+B", window.tree_dock),
            ("panel-bottom", "Show the jobs", "Ctrl+J", window.jobs_dock),
            ("panel-right", "Show the inspector", "Ctrl+Alt+B", window.inspector_dock),
        )
        switches = [
            (icon_name, self._add_switch(f"window.{dock.objectName()}", text, keys, icon_name, dock))
            for icon_name, text, keys, dock in docks
        ]
        appearance = window.appearance
        theme = window.actions_.add(
            "window.theme", "Switch between dark and light", appearance.switch, "Ctrl+Alt+T", "sun-moon"
        )
        return [*switches, ("sun-moon", theme)]

    def _add_switch(self, name: str, text: str, keys: str, icon_name: str, dock: Panel) -> QAction:
        action = self._window.actions_.add(name, text, lambda: None, keys, icon_name)
        action.setCheckable(True)
        action.setChecked(not dock.isHidden())
        action.triggered.connect(dock.set_opened)
        dock.visibilityChanged.connect(lambda _visible: action.setChecked(not dock.isHidden()))
        return action

    def _on_project(self) -> None:
        there = self._window.desk.project is not None
        for stage in STAGES:
            if stage.name in self.stages:
                self.stages[stage.name].setEnabled(there or not stage.needs_project)

    def _on_search(self) -> None:
        self._entries.begin()
        self.palette = Palette(self._find, self._window)
        self.palette.finished.connect(self._entries.end)
        self.palette.open()

    def _find(self, text: str, show: Callable[[Sequence[Entry]], object]) -> None:
        self._entries.find(text, show)
