"""What a person may choose for all projects: in force at once, kept in one file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ui.entries import Entries
from ui.page import Page
from ui.pages.settings.option_row import OptionRow
from ui.theme.theme import THEME
from ui.widgets.controls import Button, Field
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import card, clear, column, line, row, scrolling
from ui.widgets.text import Elided, dim, page_title, title
from workbench.views.settings import (
    SettingsView,
    Value,
    load_window_settings,
    read_settings,
    save_setting,
    set_settings_aside,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.base.events import ErrorText
    from workbench.settings import Settings

ONE_PX, WIDTH_PX, TWO_FROM_PX = 760, 1400, 1160
"""The width of one column of groups, of two at most, and the page's from which there are two."""


class SettingsPage(Page):
    """Needs no project. `open` takes the name of an option."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asked: Answer[SettingsView] | None = None
        self._view: SettingsView | None = None
        self._wanted = ""
        self._entries = Entries(desk.bridge, "settings", None, self)
        self.rows: dict[str, OptionRow] = {}
        self._show_file = desk.actions.add(
            "settings.file", "Open the file of settings", self._on_file, "Ctrl+E", "file-code", self
        )
        self._path = Elided(middle=True, px=11, mono=True, role="hint")
        self._wrong = column(spacing=12)
        self._columns = (column(spacing=12), column(spacing=12))
        self._sides = row(*self._columns, spacing=24)
        for at in range(len(self._columns)):
            self._sides.setStretch(at, 1)
        about = dim(
            "They hold for all projects and are in force at once. Size and place of panels are kept by themselves."
        )
        about.setWordWrap(True)
        self._open_button = Button("Open the file", icon_name="external-link", role="link", action=self._show_file)
        foot = row(dim("Kept in"), self._path, self._open_button)
        foot.setStretch(1, 1)
        self._inner = QWidget()
        parts = (page_title("Settings"), about, self._wrong, self._sides, foot, None)
        self._inner.setLayout(column(*parts, margins=(24, 16, 24, 24), spacing=12))
        outer = QWidget()
        layout = row(self._inner, None)
        layout.setStretch(0, 1000)
        outer.setLayout(layout)
        self.set_centre(scrolling(outer, "Settings"))
        self._fit()
        THEME.changed.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """One column of groups, or two where there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        two = self.width() >= THEME.px(TWO_FROM_PX)
        self._inner.setMaximumWidth(THEME.px(WIDTH_PX if two else ONE_PX))
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if two else QBoxLayout.Direction.TopToBottom)
        self._sides.setSpacing(24 if two else 12)

    def refresh(self) -> None:
        """Read the file again: somebody may have edited it."""
        if self._asked is not None:
            self._asked.drop()
        self._asked = self.desk.bridge.ask(read_settings).then(self._on_view)

    def open(self, target: object) -> None:
        """Go to an option."""
        if isinstance(target, str):
            self._wanted = target
            self._go()

    def _on_view(self, view: SettingsView) -> None:
        self._asked = None
        if view == self._view:
            return
        self._view = view
        self._path.setText(view.path_text)
        self._open_button.set_off("" if view.exists else "There is no file yet: everything is as it comes")
        if view.problem is not None:
            self._show_problem(view.problem)
        elif set(self.rows) == {option.name for group in view.groups for option in group.options}:
            for group in view.groups:
                for option in group.options:
                    self.rows[option.name].show_option(option)
        else:
            self._build(view)
        self._go()

    def _build(self, view: SettingsView) -> None:
        self._clear()
        self._entries.restore(self._on_kept)
        half = sum(len(group.options) for group in view.groups) / 2
        for group in view.groups:
            side = self._columns[int(len(self.rows) >= half)]
            rows = [
                OptionRow(option, partial(self._on_changed, option.name), view.person_taken) for option in group.options
            ]
            self.rows |= {option.name: made for option, made in zip(group.options, rows, strict=True)}
            for option, made in zip(group.options, rows, strict=True):
                if isinstance(made.control, Field):
                    self._entries.watch(option.name, made.control)
            between = [item for made in rows for item in (line(), made)][1:]
            frame = card(*between, margins=(1, 1, 1, 1), spacing=0)
            frame.setAccessibleName(group.title)
            side.addLayout(column(title(group.title), frame, spacing=8))
        for side in self._columns:
            side.addStretch(1)

    def _clear(self) -> None:
        self.rows = {}
        for layout in (self._wrong, *self._columns):
            clear(layout)

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed."""
        for name, text in entries.items():
            if name in self.rows:
                self.rows[name].show_typed(text)

    def _show_problem(self, problem: ErrorText) -> None:
        self._clear()
        aside = Button("Set the file aside and use the defaults", self._on_aside, icon_name="rotate-ccw")
        edit = Button("Open the file", icon_name="external-link", action=self._show_file)
        self._wrong.addWidget(ErrorCard(problem, edit, aside))
        self._wrong.addWidget(dim("Until then the defaults are in force."))

    def _on_changed(self, name: str, value: Value) -> None:
        made = self.rows[name]
        made.set_problem("")
        self._entries.take(name)
        self.desk.bridge.ask(save_setting, name, value).then(self._on_saved).or_fail(partial(self._on_refused, name))

    def _on_refused(self, name: str, error: ErrorText) -> None:
        if name in self.rows:
            self.rows[name].set_problem(error.summary)

    def _on_saved(self, settings: Settings) -> None:
        self.desk.settings_changed.emit(settings)
        self.refresh()

    def _on_aside(self) -> None:
        self.desk.bridge.ask(set_settings_aside).then(self._on_set_aside)

    def _on_set_aside(self, path: object) -> None:
        self.desk.notice(f"The old file lies at {path}.")
        self.desk.bridge.ask(load_window_settings).then(self._on_saved)

    def _on_file(self) -> None:
        if self._view is not None and self._view.exists:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._view.path)))

    def _go(self) -> None:
        made = self.rows.get(self._wanted)
        if made is not None:
            self._wanted = ""
            made.take_focus(Qt.FocusReason.ShortcutFocusReason)
