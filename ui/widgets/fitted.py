"""Keeps a dialog as high as what it shows: wrapped words know their height only once their width is known."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QDialog

FITTED_ON = frozenset({QEvent.Type.Show, QEvent.Type.LayoutRequest})


class Fitted(QObject):
    """Belongs to a dialog with a layout; the width stays what it is."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fit)
        dialog.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Fit it once what changed was laid out."""
        if event.type() in FITTED_ON:
            self._soon.start()
        return False

    def _fit(self) -> None:
        layout = self._dialog.layout()
        if layout is not None:
            width = max(self._dialog.width(), layout.totalMinimumSize().width())
            high = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
            self._dialog.resize(width, high)
