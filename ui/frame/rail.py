"""The rail: the stages of a deployment from top to bottom, each with the worst state of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ui.stages import Stage
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, RAIL, SEMIBOLD, SMALL_PX
from ui.widgets.grounds import ground

STAGE_PX, LEAST_STAGE_PX = 62, 48
BESIDE_PX = 16
"""Beside a stage's name, both sides together."""
GROWTH_PX = 24
"""What a stage gains at least where the type is twice as large; seven of them fit a window of 768 px then."""
STATES = {
    "ok": "done",
    "warn": "needs a look",
    "err": "fails",
    "run": "works",
    "todo": "not done yet",
}
"""The states of a badge, as assistive technology and the tooltip say them."""


class RailButton(QToolButton):
    """One stage."""

    def __init__(self, stage: Stage, action: QAction) -> None:
        super().__init__()
        self.stage = stage
        self._action = action
        self._state = "todo"
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.clicked.connect(lambda _checked=False: action.trigger())
        action.changed.connect(self._on_action)
        THEME.changed.connect(self.updateGeometry)
        self.set_state("todo")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As wide as its name, and as high as icon and name with room around them."""
        words = QFontMetrics(THEME.font(SMALL_PX, SEMIBOLD)).horizontalAdvance(self.stage.title)
        return QSize(words + BESIDE_PX, self.minimumSizeHint().height() + STAGE_PX - LEAST_STAGE_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Icon and name; in large type they stand closer."""
        return QSize(0, LEAST_STAGE_PX + round(GROWTH_PX * (THEME.type_scale - 1)))

    def set_state(self, state: str) -> None:
        """Show the worst state of the page: one of `STATES`."""
        self._state = state
        self._on_action()
        self.update()

    @property
    def state(self) -> str:
        """The state that the badge shows."""
        return self._state

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint ground, icon, name and badge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        centre, current, scale = self.width() / 2, self.isChecked(), THEME.type_scale
        quiet = "text3" if not self.isEnabled() or self._state == "todo" else "text2"
        color = "accent" if current else quiet
        top, size = max(2.0, self.height() / 2 - 22 * scale), THEME.px(20)
        painter.drawPixmap(QPointF(centre - size / 2, top), pixmap(self.stage.icon, color, size, 1.6))
        painter.setFont(THEME.font(SMALL_PX, SEMIBOLD if current else MEDIUM))
        painter.setPen(THEME.color("text" if current else color))
        below = QRectF(0, min(top + 23 * scale, self.height() - 17 * scale), self.width(), 20 * scale)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.stage.title)
        painter.translate(centre + 13 * scale, top + scale)
        painter.scale(scale, scale)
        self._paint_badge(painter, QPointF(0, 0))

    def _paint_ground(self, painter: QPainter) -> None:
        inner = QRectF(6, 2, self.width() - 12, self.height() - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(THEME.color("accent_bg"))
            painter.drawRoundedRect(inner, 6, 6)
            painter.setBrush(THEME.color("accent"))
            painter.drawRoundedRect(QRectF(0, 14, 3, self.height() - 28), 1.5, 1.5)
        elif self.underMouse() and self.isEnabled():
            painter.setBrush(THEME.color("hover"))
            painter.drawRoundedRect(inner, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(THEME.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _paint_badge(self, painter: QPainter, at: QPointF) -> None:
        ground_color = THEME.color("accent_bg" if self.isChecked() else "panel")
        if self._state == "todo":
            painter.setPen(QPen(THEME.color("strong"), 1.4))
            painter.setBrush(ground_color)
            painter.drawEllipse(at, 4.0, 4.0)
            return
        color = {"ok": "ok", "warn": "warn", "err": "err", "run": "accent"}[self._state]
        painter.setPen(QPen(ground_color, 2))
        painter.setBrush(THEME.color(color))
        painter.drawEllipse(at, 6.0, 6.0)
        painter.setPen(
            QPen(ground_color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        _paint_mark(painter, at, self._state)

    def _on_action(self) -> None:
        self.setEnabled(self._action.isEnabled())
        says = STATES[self._state] if self._action.isEnabled() else "open a project first"
        self.setAccessibleName(f"{self.stage.title}: {says}")
        self.setToolTip(f"{self._action.toolTip()}: {says}")


class Rail(QWidget):
    """All stages, and at the foot the pages that are no stage."""

    def __init__(self, stages: Sequence[tuple[Stage, QAction]], foot: Sequence[QWidget]) -> None:
        super().__init__()
        ground(self, "panel")
        self.setAccessibleName("Stages")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 8)
        column.setSpacing(0)
        self.buttons = {stage.name: RailButton(stage, action) for stage, action in stages}
        for button in self.buttons.values():
            column.addWidget(button)
        column.addStretch(1)
        for widget in foot:
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_current(self, name: str) -> None:
        """Mark the stage whose page is shown; none where it is no stage."""
        for button in self.buttons.values():
            button.setChecked(button.stage.name == name)

    def set_states(self, states: Mapping[str, str]) -> None:
        """Show each stage's worst state; a stage that is not named is not done yet."""
        for name, button in self.buttons.items():
            button.set_state(states.get(name, "todo"))

    def _on_theme(self) -> None:
        """As wide as the longest name needs, whatever the type's size."""
        self.setFixedWidth(max(RAIL, *(button.sizeHint().width() for button in self.buttons.values())))


def _paint_mark(painter: QPainter, at: QPointF, state: str) -> None:
    if state == "ok":
        painter.drawPolyline(QPolygonF([at + QPointF(-2.6, 0.2), at + QPointF(-0.7, 2.1), at + QPointF(2.7, -2.0)]))
    elif state == "warn":
        painter.drawLine(at + QPointF(0, -2.6), at + QPointF(0, 0.5))
        painter.drawPoint(at + QPointF(0, 2.6))
    elif state == "err":
        painter.drawLine(at + QPointF(-2, -2), at + QPointF(2, 2))
        painter.drawLine(at + QPointF(2, -2), at + QPointF(-2, 2))
    else:
        painter.setBrush(painter.pen().color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([at + QPointF(-1.6, -2.6), at + QPointF(-1.6, 2.6), at + QPointF(2.7, 0)]))
