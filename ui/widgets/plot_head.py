"""The head of a plot: title, unit, and for each curve its line, name and value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD, SMALL_PX, TITLE_PX

HEIGHT = 24
SWATCH_PX, GAP, ENTRY_GAP, LEAST_GAP, SLACK = 10, 4, 10, 6, 1
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True)
class Channel:
    """How one curve is called and drawn."""

    name: str
    color: int = 0
    """Which of the colours of curves."""
    digits: int = 1
    """Of its value in the head."""
    dash: bool = False
    """Past five curves, and for what is only context."""

    @property
    def style(self) -> Qt.PenStyle:
        """Of its line."""
        return Qt.PenStyle.DashLine if self.dash else Qt.PenStyle.SolidLine

    def text(self, value: float | None) -> str:
        """Its value in words; a dash where nothing is known."""
        return "–" if value is None else f"{value:.{self.digits}f}"


class PlotHead(QWidget):
    """One line, painted as a whole, because its values change four times a second."""

    def __init__(self, title: str, unit: str, channels: Sequence[Channel], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._unit, self._channels = title, unit, tuple(channels)
        self._values: tuple[str, ...] = tuple("" for _ in channels)
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self._on_theme)

    @property
    def values(self) -> tuple[str, ...]:
        """What stands behind the names."""
        return self._values

    def set_channels(self, channels: Sequence[Channel]) -> None:
        """Name other curves."""
        self._channels = tuple(channels)
        self._values = tuple("" for _ in channels)
        self.update()

    def set_values(self, values: Sequence[str], note: str = "") -> None:
        """Show other values; `note` says of which moment they are."""
        if (tuple(values), note) != (self._values, self._note):
            self._values, self._note = tuple(values), note
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A line; what has no room is left out from the left."""
        return QSize(160, round(HEIGHT * THEME.type_scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As high as it is."""
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it: the title, and from the right as many curves as there is room for."""
        painter = QPainter(self)
        room = QRectF(self.rect()).adjusted(12, 0, -8, 0)
        title_font, small = THEME.font(TITLE_PX, SEMIBOLD), THEME.font(SMALL_PX)
        title = QFontMetricsF(title_font).horizontalAdvance(self._title)
        unit = QFontMetricsF(small).horizontalAdvance(self._unit)
        painter.setFont(title_font)
        painter.setPen(THEME.color("text"))
        painter.drawText(room, _LEFT, self._title)
        painter.setFont(small)
        painter.setPen(THEME.color("text3"))
        painter.drawText(room.adjusted(title + 6, 1, 0, 0), _LEFT, self._unit)
        left = room.left() + title + unit + 12
        right, gap = room.right(), self._gap(room.right() - left)
        for channel, value in reversed(tuple(zip(self._channels, self._values, strict=True))):
            name = channel.name if right - self._width(channel.name, value) >= left - SLACK else ""
            width = self._width(name, value)
            if right - width < left - SLACK:
                break
            self._paint_entry(painter, QRectF(right - width, room.y(), width, room.height()), channel, name, value)
            right -= width + gap
        if self._note and left + QFontMetricsF(small).horizontalAdvance(self._note) < right:
            painter.setFont(small)
            painter.setPen(THEME.color("text3"))
            painter.drawText(QRectF(left, room.y() + 1, right - left, room.height()), _LEFT, self._note)

    def _gap(self, room: float) -> float:
        """Between two curves; smaller where all of them have room only so."""
        entries = zip((one.name for one in self._channels), self._values, strict=True)
        needed = sum(self._width(name, value) for name, value in entries)
        between = (room - needed) / max(1, len(self._channels) - 1)
        return max(LEAST_GAP, min(ENTRY_GAP, between))

    def _width(self, name: str, value: str) -> float:
        names, values = (QFontMetricsF(THEME.font(SMALL_PX, weight)) for weight in (400, SEMIBOLD))
        width = SWATCH_PX + GAP + (names.horizontalAdvance(name) + GAP if name else 0)
        return width + (values.horizontalAdvance(value) if value else 0)

    def _paint_entry(self, painter: QPainter, area: QRectF, channel: Channel, name: str, value: str) -> None:
        painter.setPen(QPen(THEME.curve(channel.color), 2, channel.style))
        middle = area.center().y()
        painter.drawLine(QPointF(area.x(), middle), QPointF(area.x() + SWATCH_PX, middle))
        area.setLeft(area.x() + SWATCH_PX + GAP)
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text2"))
        painter.drawText(area, _LEFT, name)
        if name:
            area.setLeft(area.x() + QFontMetricsF(painter.font()).horizontalAdvance(name) + GAP)
        painter.setFont(THEME.font(SMALL_PX, SEMIBOLD))
        painter.setPen(THEME.color("text"))
        painter.drawText(area, _LEFT, value)

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
