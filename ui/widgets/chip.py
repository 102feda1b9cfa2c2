"""A state as a chip or as an icon: icon and word on the tone of its colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.states import look_of

HEIGHT = 20
GROUNDS = {"ok": "ok_bg", "warn": "warn_bg", "err": "err_bg", "review": "review_bg", "accent": "accent_bg"}


class Chip(QWidget):
    """A state in words, no higher than a line."""

    def __init__(self, state: str = "unknown", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._text = state, text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)
        self.set(state, text)

    def set(self, state: str, text: str = "") -> None:
        """Show another state; its own word where no text is given."""
        self._state, self._text = state, text or look_of(state).word
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    @property
    def state(self) -> str:
        """The state that is shown."""
        return self._state

    @property
    def text(self) -> str:
        """The words that are shown."""
        return self._text

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As wide as icon and words."""
        return chip_size(self._text)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self._state, self._text)


class StateIcon(QWidget):
    """A state as an icon alone, for rows that say its word elsewhere; the word is its name and tooltip."""

    def __init__(self, state: str = "unknown", text: str = "", size: int = 14, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self._state = state
        THEME.changed.connect(self._on_theme)
        self._on_theme()
        self.set(state, text)

    def set(self, state: str, text: str = "") -> None:
        """Show another state."""
        self._state = state
        word = text or look_of(state).word
        self.setAccessibleName(word)
        self.setToolTip(word)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        look = look_of(self._state)
        QPainter(self).drawPixmap(QPointF(1, 1), pixmap(look.icon, look.color, THEME.px(self._size), 2.1))

    def _on_theme(self) -> None:
        self.setFixedSize(THEME.px(self._size) + 2, THEME.px(self._size) + 2)
        self.update()


def chip_size(text: str) -> QSize:
    """The room that a chip takes."""
    width = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM)).horizontalAdvance(text)
    return QSize(round(width + 0.5) + THEME.px(28), THEME.px(HEIGHT))


def paint_chip(painter: QPainter, rect: QRectF, state: str, text: str) -> None:
    """Paint a chip into a rectangle, for delegates too."""
    look = look_of(state)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color(GROUNDS.get(look.color, "hover")))
    painter.drawRoundedRect(rect, 4, 4)
    size = THEME.px(12)
    at = QPointF(rect.x() + THEME.px(5), rect.center().y() - size / 2)
    painter.drawPixmap(at, pixmap(look.icon, look.color, size, 2.25))
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    painter.setPen(THEME.color(look.color))
    aligned = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    room = rect.adjusted(THEME.px(22), 0, -2, 0)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(room.width() + 1))
    painter.drawText(room, aligned, shown)
