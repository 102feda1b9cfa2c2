"""Puts the settings in force in the frame, at the start and whenever they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.views.settings import SettingsView, read_settings, save_setting

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from workbench.settings import Settings


class SettingsWatch(QObject):
    """Belongs to the window; the theme itself is in force before there is one."""

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        window.appearance.remember(settings.theme, high_contrast=settings.high_contrast)
        window.desk.choose_board(settings.board)
        window.desk.settings_changed.connect(self._on_settings)
        window.appearance.switched.connect(self._on_switched)
        window.bridge.ask(read_settings).then(self._on_view)

    @property
    def settings(self) -> Settings:
        """What is in force."""
        return self._settings

    def _on_view(self, view: SettingsView) -> None:
        if view.problem is not None:
            self._window.desk.notice(view.problem)

    def _on_settings(self, settings: Settings) -> None:
        before, self._settings = self._settings, settings
        looks = ("theme", "font_percent", "high_contrast")
        if any(getattr(before, name) != getattr(settings, name) for name in looks):
            self._window.appearance.set(settings.theme, settings.font_percent, high_contrast=settings.high_contrast)
        if before.board != settings.board and self._window.desk.project is None:
            self._window.desk.choose_board(settings.board)

    def _on_switched(self, mode: str) -> None:
        """The switch in the head chooses the theme as the page does."""
        self._window.bridge.ask(save_setting, "theme", mode).then(self._window.desk.settings_changed.emit)
