"""A bar over the whole run: events, what the plots see, and the moment of the picture; dragging scrubs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.ticks import ago_text, since_text
from ui.widgets.time_axis import TimeAxis

HEIGHT = 32
STEP_S = 1.0
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class Timeline(QWidget):
    """Moves the cursor of the shared time."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (axis.cursor_changed, axis.marks_changed, axis.range_changed):
            signal.connect(self._on_change)
        THEME.changed.connect(self._on_change)
        self._tell()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A line."""
        return QSize(240, round(HEIGHT * THEME.type_scale))

    def refresh(self) -> None:
        """Time went on."""
        self._on_change()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint bar, range, events, knob and the moment in words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar, middle = self._bar(), self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("border"))
        painter.drawRoundedRect(QRectF(bar.x(), middle - 2, bar.width(), 4), 2, 2)
        extent = self._axis.extent
        if extent is None:
            return
        start, end = (self._x(moment) for moment in self._axis.range)
        painter.setBrush(THEME.color("accent", 0.35))
        painter.drawRoundedRect(QRectF(start, middle - 4, max(2.0, end - start), 8), 2, 2)
        knob_s = extent[1] if self._axis.cursor_s is None else self._axis.cursor_s
        painter.setBrush(THEME.color("accent"))
        painter.drawRoundedRect(QRectF(bar.x(), middle - 2, self._x(knob_s) - bar.x(), 4), 2, 2)
        for mark in self._axis.marks:
            painter.setBrush(THEME.color(mark.state))
            painter.drawRoundedRect(QRectF(self._x(mark.at_s) - 1.5, middle - 7, 3, 14), 1, 1)
        painter.setBrush(THEME.color("text"))
        painter.setPen(QPen(THEME.color("accent" if self.hasFocus() else "panel"), 2))
        painter.drawEllipse(QPointF(self._x(knob_s), middle), 6.5, 6.5)
        painter.setFont(THEME.font(SMALL_PX, MEDIUM, mono=True))
        painter.setPen(THEME.color("text2"))
        painter.drawText(QRectF(self.rect()).adjusted(0, 0, -12, 0), _RIGHT, self._words())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Go there."""
        self._go_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Arrows go by a second, with Shift by a tenth of the range; other keys are the shared time's."""
        extent = self._axis.extent
        turns = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if extent is not None and key in turns:
            wide = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            here = extent[1] if self._axis.cursor_s is None else self._axis.cursor_s
            self._move(here + turns[key] * (self._axis.window_s / 10 if wide else STEP_S))
        elif not self._axis.press_key(event.key()):
            super().keyPressEvent(event)

    def _go_to(self, x: float) -> None:
        extent = self._axis.extent
        if extent is not None:
            bar = self._bar()
            part = (x - bar.x()) / max(1.0, bar.width())
            self._move(extent[0] + part * (extent[1] - extent[0]))

    def _move(self, moment_s: float) -> None:
        extent = self._axis.extent
        if extent is not None:
            self._axis.set_cursor(max(extent[0], min(extent[1], moment_s)))

    def _bar(self) -> QRectF:
        room = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM, mono=True)).horizontalAdvance("-00:00:00") + 20
        return QRectF(16, 0, max(20.0, self.width() - 24 - room), self.height())

    def _x(self, moment_s: float) -> float:
        extent, bar = self._axis.extent, self._bar()
        if extent is None or extent[1] <= extent[0]:
            return bar.right()
        part = (moment_s - extent[0]) / (extent[1] - extent[0])
        return bar.x() + max(0.0, min(1.0, part)) * bar.width()

    def _words(self) -> str:
        extent, cursor_s = self._axis.extent, self._axis.cursor_s
        if extent is None:
            return ""
        if self._axis.following:
            return "now" if cursor_s is None else ago_text(cursor_s - extent[1], 1.0)
        return since_text((extent[1] if cursor_s is None else cursor_s) - extent[0])

    def _tell(self) -> None:
        self.setAccessibleName(f"Time line: {self._words() or 'nothing recorded yet'}, {len(self._axis.marks)} events")

    def _on_change(self, *_args: object) -> None:
        self._tell()
        self.update()
