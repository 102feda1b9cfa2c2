"""Many names with their values, painted by one widget: an inspector of fifty labels takes too long to build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, SMALL_PX

LINE_PX, GAP_PX = 24, 12
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True)
class FactLine:
    """One of them."""

    name: str
    value: str
    extra: str = ""
    """Small, behind the value."""
    color: str = "text"
    mono: bool = False
    tip: str = ""
    """More than is seen; else the whole value where it is elided."""


class FactLines(QWidget):
    """Names left, values right."""

    def __init__(self, name: str, facts: Sequence[FactLine], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[FactLine, ...] = ()
        self.setAccessibleName(name)
        self.set_facts(facts)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def set_facts(self, facts: Sequence[FactLine]) -> None:
        """Show others."""
        self._facts = tuple(facts)
        said = (f"{fact.name}: {fact.value} {fact.extra}".strip() for fact in facts)
        self.setAccessibleDescription("; ".join(said))
        self.updateGeometry()
        self.update()

    @property
    def facts(self) -> tuple[FactLine, ...]:
        """What is shown."""
        return self._facts

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A line each."""
        return QSize(200, round(LINE_PX * THEME.type_scale) * len(self._facts))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Values are elided where there is no room."""
        return QSize(120, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Say more of the line under the pointer."""
        if isinstance(event, QHelpEvent):
            at = int(event.pos().y() // round(LINE_PX * THEME.type_scale))
            if 0 <= at < len(self._facts):
                fact = self._facts[at]
                QToolTip.showText(
                    event.globalPos(), fact.tip or f"{fact.name}: {fact.value} {fact.extra}".strip(), self
                )
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the lines."""
        painter = QPainter(self)
        height = round(LINE_PX * THEME.type_scale)
        extras = QFontMetricsF(THEME.font(SMALL_PX))
        column = max((extras.horizontalAdvance(fact.extra) for fact in self._facts), default=0.0)
        room = self.width() - (column + GAP_PX if column else 0.0)
        for at, fact in enumerate(self._facts):
            self._paint_line(painter, QRectF(0, at * height, self.width(), height), fact, room)

    def _paint_line(self, painter: QPainter, area: QRectF, fact: FactLine, room: float) -> None:
        painter.setFont(THEME.font(BODY_PX))
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(fact.name, Qt.TextElideMode.ElideRight, room * 0.6)
        painter.setPen(THEME.color("text2"))
        painter.drawText(area, _LEFT, name)
        left = metrics.horizontalAdvance(name) + GAP_PX
        painter.setFont(THEME.font(SMALL_PX if fact.mono else BODY_PX, MEDIUM, mono=fact.mono))
        value = QFontMetricsF(painter.font()).elidedText(fact.value, Qt.TextElideMode.ElideRight, max(0.0, room - left))
        painter.setPen(THEME.color(fact.color))
        painter.drawText(QRectF(left, area.y(), room - left, area.height()), _RIGHT, value)
        if fact.extra:
            painter.setFont(THEME.font(SMALL_PX))
            painter.setPen(THEME.color("text3"))
            painter.drawText(area, _RIGHT, fact.extra)
