"""A row that is pressed as a whole: by mouse, Space or Enter; arrows walk to its neighbours."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLayout, QPushButton, QSizePolicy, QWidget

ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class PressRow(QPushButton):
    """Holds a layout. It keeps Enter from the page's own action while it has the focus."""

    def __init__(
        self,
        name: str,
        layout: QLayout,
        on_press: Callable[[], object],
        *,
        keys: dict[Qt.Key, Callable[[], object]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make a row.

        Args:
            name: all that it says, for assistive technology.
            layout: what it shows.
            on_press: what it does.
            keys: what other keys do on it.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self.setProperty("role", "row")
        self.setAccessibleName(name)
        self.setLayout(layout)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._keys = keys or {}
        self.clicked.connect(lambda _checked=False: on_press())

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As its layout wants."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As little as its layout takes."""
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()

    def event(self, event: QEvent) -> bool:
        """Take Enter and the row's own keys before a shortcut of the page does."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in ENTER or key in self._keys:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Press, walk, or do what the row's own keys do."""
        key = Qt.Key(event.key())
        if key in ENTER:
            self.click()
        elif key in self._keys:
            self._keys[key]()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._walk(1 if key is Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _walk(self, by: int) -> None:
        parent = self.parentWidget()
        rows = [] if parent is None else [row for row in parent.findChildren(PressRow) if row.isVisible()]
        rows.sort(key=lambda row: row.mapTo(row.window(), row.rect().topLeft()).y())
        at = rows.index(self) + by if self in rows else -1
        if 0 <= at < len(rows):
            rows[at].setFocus(Qt.FocusReason.TabFocusReason)
