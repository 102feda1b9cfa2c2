"""Other preprocessings that were tried on the same frame, side by side; a click takes one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.grounds import clear
from ui.widgets.text import hint
from workbench.views.model import OtherWay

HEIGHT_PX, PAD = 44, 9
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class WayButton(QAbstractButton):
    """One preprocessing: its name, how many boxes it finds, and their mean score."""

    def __init__(self, way: OtherWay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.way = way
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        score = "no boxes" if way.mean_score is None else f"mean score {way.mean_score:.2f}"
        self.setAccessibleName(f"{way.label}: {way.boxes} boxes, {score}{', set' if way.current else ''}")
        self.setToolTip("This is set" if way.current else "Try this preprocessing in the form")
        self.setCursor(Qt.CursorShape.ArrowCursor if way.current else Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Wide enough for both lines."""
        scale = THEME.type_scale
        name = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM)).horizontalAdvance(self._name())
        return QSize(round(name) + 2 * PAD + 2, round(HEIGHT_PX * scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Room for the figures."""
        return QSize(round(104 * THEME.type_scale), round(HEIGHT_PX * THEME.type_scale))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint name and figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on, near = self.way.current, self.underMouse() or self.hasFocus()
        painter.setPen(THEME.color("accent" if on or self.hasFocus() else "border"))
        painter.setBrush(THEME.color("accent_bg" if on else "hover" if near else "surface"))
        painter.drawRoundedRect(rect, 5, 5)
        inner = rect.adjusted(PAD, 3, -PAD, -3)
        half = inner.height() / 2
        font = THEME.font(SMALL_PX, MEDIUM)
        painter.setFont(font)
        painter.setPen(THEME.color("text" if on else "text2"))
        name = QFontMetricsF(font).elidedText(self._name(), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner.adjusted(0, 0, 0, -half), _LEFT, name)
        self._paint_figures(painter, inner.adjusted(0, half, 0, 0))

    def _name(self) -> str:
        set_ = " (set)" if self.way.current and "set" not in self.way.label else ""
        return f"{self.way.label}{set_}"

    def _paint_figures(self, painter: QPainter, rect: QRectF) -> None:
        x = rect.x()
        score = "" if self.way.mean_score is None else f"{self.way.mean_score:.2f}"
        unit = "box" if self.way.boxes == 1 else "boxes"
        parts = ((str(self.way.boxes), SEMIBOLD, "text"), (unit, REGULAR, "text2"), (score, SEMIBOLD, "text"))
        for words, weight, color in parts:
            font = THEME.font(BODY_PX, weight)
            painter.setFont(font)
            painter.setPen(THEME.color(color))
            width = QFontMetricsF(font).horizontalAdvance(words)
            painter.drawText(QRectF(QPointF(x, rect.y()), rect.bottomRight()), _LEFT, words)
            x += width + (4 if words.isdigit() else 8)


class WaysBar(QWidget):
    """The row of them."""

    taken = Signal(object)
    """The OtherWay that a person wants in the form."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ways: tuple[OtherWay, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 12, 8)
        self._row.setSpacing(8)
        self._say("Other preprocessing is tried once a frame is there.")

    def show_ways(self, ways: Sequence[OtherWay]) -> None:
        """Show what was found."""
        if not ways:
            self._ways = ()
            self._say("Nothing decodes the model yet, so no other preprocessing can be compared.")
            return
        if tuple(ways) == self._ways:
            return
        self._ways = tuple(ways)
        clear(self._row)
        about = hint("Other preprocessing:\nboxes, mean score")
        self._row.addWidget(about)
        for way in ways:
            button = WayButton(way)
            button.clicked.connect(lambda _checked=False, way=way: None if way.current else self.taken.emit(way))
            self._row.addWidget(button, 1)

    def _say(self, sentence: str) -> None:
        clear(self._row)
        self._row.addWidget(hint(sentence))
        self._row.addStretch(1)
