"""A key figure as a tile: name, value with unit, limit, and how much of the budget is used."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, KPI_PX, MEDIUM, SEMIBOLD, SMALL_PX, SPACE_3
from ui.widgets.states import look_of

WIDTH, HEIGHT = 112, 64
BAR_PX = 3
NARROW_PX = 15
"""A value that has no room at the size of key figures."""
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_COLORS = {"warn": "warn", "stale": "warn", "err": "err", "fail": "err"}


@dataclass(frozen=True)
class Kpi:
    """What a tile shows; all texts come ready."""

    value: str | None
    """The number; None is not measured."""
    unit: str = ""
    limit: str = ""
    """With its relation: `≤ 12.0`."""
    used: float | None = None
    """Part of the budget that is used, 0 to 1 and beyond; None where there is no limit."""
    state: str = "ok"
    """`ok`, `warn` (near the limit), `err` (beyond it)."""
    nothing: str = "not measured"
    """What stands in place of the number where there is none."""


class KpiTile(QWidget):
    """One key figure; what it shows changes with `show_kpi`, at most four times a second."""

    def __init__(self, name: str, kpi: Kpi | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._kpi = kpi or Kpi(None)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tell()
        THEME.changed.connect(self._on_theme)

    @property
    def kpi(self) -> Kpi:
        """What is shown."""
        return self._kpi

    def show_kpi(self, kpi: Kpi) -> None:
        """Show another value; nothing is painted where it is the same."""
        if kpi != self._kpi:
            self._kpi = kpi
            self._tell()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Room for name and value."""
        scale = THEME.type_scale
        name = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM)).horizontalAdvance(self._name)
        return QSize(round(max(WIDTH * scale, name + 3 * SPACE_3 + 8)), round(HEIGHT * scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """The same; a tile is never clipped."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = THEME.type_scale
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(THEME.color("border"), 1))
        painter.setBrush(THEME.color("surface"))
        painter.drawRoundedRect(frame, 6, 6)
        inner = frame.adjusted(SPACE_3 - 0.5, 0, -SPACE_3 + 0.5, 0)
        self._paint_name(painter, QRectF(inner.x(), 6 * scale, inner.width(), 16 * scale))
        self._paint_value(painter, QRectF(inner.x(), 22 * scale, inner.width(), 28 * scale))
        if self._kpi.used is not None:
            self._paint_bar(painter, QRectF(inner.x(), frame.bottom() - 8 * scale, inner.width(), BAR_PX * scale))

    def _paint_name(self, painter: QPainter, rect: QRectF) -> None:
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        name = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, round(rect.width() - 18))
        painter.drawText(rect, _LEFT, name)
        if self._kpi.state in _COLORS:
            look = look_of(self._kpi.state)
            painter.drawPixmap(QPointF(rect.right() - 12, rect.y() + 2), pixmap(look.icon, look.color, 13, 2.2))

    def _paint_value(self, painter: QPainter, rect: QRectF) -> None:
        kpi, right = self._kpi, rect.right()
        limit = self._limit_in(rect.width())
        if limit:
            painter.setFont(THEME.font(SMALL_PX))
            painter.setPen(THEME.color("text3"))
            painter.drawText(rect.adjusted(0, 4, 0, 0), _RIGHT, limit)
            right -= QFontMetricsF(painter.font()).horizontalAdvance(limit) + 6
        if kpi.value is None:
            painter.setFont(THEME.font(BODY_PX))
            painter.setPen(THEME.color("text3"))
            room = round(right - rect.x())
            words = painter.fontMetrics().elidedText(kpi.nothing, Qt.TextElideMode.ElideRight, room)
            painter.drawText(rect, _LEFT, words)
            return
        font = THEME.font(KPI_PX, SEMIBOLD)
        advance = QFontMetricsF(font).horizontalAdvance(kpi.value)
        if advance > right - rect.x():
            font = THEME.font(NARROW_PX, SEMIBOLD)
            advance = QFontMetricsF(font).horizontalAdvance(kpi.value)
        painter.setFont(font)
        painter.setPen(THEME.color(_COLORS.get(kpi.state, "text")))
        painter.drawText(rect, _LEFT, kpi.value)
        painter.setFont(THEME.font(BODY_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        unit = QRectF(rect.x() + advance + 4, rect.y() + 3, max(0.0, right - rect.x() - advance - 4), rect.height())
        if QFontMetricsF(painter.font()).horizontalAdvance(kpi.unit) <= unit.width():
            painter.drawText(unit, _LEFT, kpi.unit)

    def _limit_in(self, width: float) -> str:
        """The limit, without what stands behind its comma where the value and its unit have no room beside it."""
        kpi = self._kpi
        number = QFontMetricsF(THEME.font(NARROW_PX, SEMIBOLD)).horizontalAdvance(kpi.value or "")
        unit = QFontMetricsF(THEME.font(BODY_PX, MEDIUM)).horizontalAdvance(kpi.unit)
        room = width - number - unit - 10
        if QFontMetricsF(THEME.font(SMALL_PX)).horizontalAdvance(kpi.limit) <= room:
            return kpi.limit
        return kpi.limit.partition(", ")[0]

    def _paint_bar(self, painter: QPainter, rect: QRectF) -> None:
        radius = rect.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("border"))
        painter.drawRoundedRect(rect, radius, radius)
        used = min(1.0, max(0.0, self._kpi.used or 0.0))
        if self._kpi.value is not None and used:
            painter.setBrush(THEME.color(_COLORS.get(self._kpi.state, "ok")))
            painter.drawRoundedRect(
                QRectF(rect.x(), rect.y(), max(rect.height(), rect.width() * used), rect.height()), radius, radius
            )

    def _tell(self) -> None:
        kpi = self._kpi
        value = kpi.nothing if kpi.value is None else f"{kpi.value} {kpi.unit}".strip()
        limit = f", limit {kpi.limit}" if kpi.limit else ""
        state = f", {look_of(kpi.state).word}" if kpi.state in _COLORS else ""
        self.setAccessibleName(f"{self._name}: {value}{limit}{state}")
        self.setToolTip(f"{self._name}: {value}{limit}{state}")

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()
