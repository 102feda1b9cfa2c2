"""A field for a host: typed, or chosen among those of the user's SSH configuration."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QWidget

from ui.widgets.controls import Field, IconButton
from ui.widgets.grounds import row


class HostField(QWidget):
    """A name, an address or an alias."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = Field("Host", placeholder="name, address, or a host of ~/.ssh/config", icon_name="server")
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(self._completer)
        self.button = IconButton("chevron-down", "Choose among the hosts of your SSH configuration", self._on_open)
        self.button.setEnabled(False)
        self.button.setToolTip("Your SSH configuration names no hosts")
        layout = row(self.field, self.button, spacing=4)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(lambda _text: self.changed.emit(self.text()))

    def text(self) -> str:
        """What stands there."""
        return self.field.text().strip()

    def offer(self, hosts: Sequence[str]) -> None:
        """Offer these hosts."""
        self._model.setStringList(list(hosts))
        self.button.setEnabled(bool(hosts))
        if hosts:
            self.button.setToolTip("Choose among the hosts of your SSH configuration")

    def _on_open(self) -> None:
        self._completer.setCompletionPrefix("")
        self.field.setFocus()
        self._completer.complete()
