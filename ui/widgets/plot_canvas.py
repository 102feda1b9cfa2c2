"""Axes in the window's style, with a cached grid; what is drawn in them is its user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SMALL_PX
from ui.widgets.plot_items import CACHED, Grid, Mapping2D, Overlay, thin_pen
from ui.widgets.ticks import multiples, nice_step, number_text

LEFT_PX, BOTTOM_PX, TICK_PX = 44, 20, 26
DRAG_PX = 4
Tick = Callable[[float, float], str]
"""What a tick says: from its value and the step."""


class PlotCanvas(QWidget):
    """A pyqtgraph plot without its own mouse, menu and grid. Pixels and wheel turns come as signals."""

    resized = Signal()
    """The inside of the axes has another size."""
    hovered = Signal(object)
    """The plot's coordinates under the pointer (QPointF), or None when it left."""
    pressed = Signal()
    clicked = Signal(QPointF)
    dragged = Signal(QPointF, QPointF)
    """From and to, in the plot's coordinates, while the button is down."""
    panned = Signal(float)
    """Dragged on with Shift, by this part of the width."""
    drag_ended = Signal()
    double_clicked = Signal(QPointF)
    wheeled = Signal(QPointF, int, object)
    """Where, up (1) or down (-1), and the modifiers; only with Ctrl or Shift, else the wheel scrolls the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # a PlotItem would bring a menu and a form of a hundred widgets that nobody sees
        self.view: Any = pg.GraphicsView(parent=self)
        self.box: Any = pg.ViewBox(enableMouse=False, enableMenu=False)
        self._axes: dict[str, Any] = {side: pg.AxisItem(side) for side in ("left", "bottom")}
        self._pressed: QPointF | None = None
        self._dragging = False
        self._overlays: list[Overlay] = []
        self._items: list[QGraphicsItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._left_px: float = LEFT_PX
        self._grid = Grid(self.box, self._axes["bottom"], self._axes["left"])
        self.add_item(self._grid)
        self._set_up()
        self.box.sigRangeChanged.connect(self._on_range)
        self.box.sigResized.connect(self._on_resized)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def columns(self) -> int:
        """How many pixels wide the inside of the axes is, at the screen's resolution."""
        return max(1, round(float(self.box.width()) * self.devicePixelRatioF()))

    @property
    def mapping(self) -> Mapping2D:
        """From coordinates to pixels as they are now."""
        return Mapping2D(QRectF(self.box.viewRect()), QRectF(self.box.rect()))

    @property
    def seen(self) -> QRectF:
        """The coordinates that are seen."""
        return QRectF(self.box.viewRect())

    def add_item(self, item: QGraphicsItem) -> None:
        """Draw an item in the plot's coordinates."""
        self._items.append(item)
        self.box.addItem(item, ignoreBounds=True)

    def add_overlay(self, paint: Callable[[QPainter, Mapping2D], None], *, under: bool = False) -> Overlay:
        """Draw in pixels, over the items or under them."""
        made = Overlay(self.box, paint, -50 if under else 50)
        self._overlays.append(made)
        return made

    def set_x(self, start: float, end: float) -> None:
        """See this range."""
        self.box.setXRange(start, end, padding=0)

    def set_y(self, low: float, high: float) -> None:
        """See this range."""
        self.box.setYRange(low, high, padding=0)

    def set_ticks(
        self,
        side: str,
        places: Callable[[float, float, float], tuple[float, list[float]]] | None = None,
        text: Tick = number_text,
    ) -> None:
        """Say where an axis has ticks and what they say.

        Args:
            side: `bottom` or `left`.
            places: from start, end and length in px to the step and the places; 1, 2, 5, 10 … where it is None.
            text: from the value and the step to words.
        """
        axis = self._axes[side]
        find = places or (lambda start, end, length: number_ticks(start, end, length, side))
        axis.tickValues = lambda start, end, length: [find(start, end, length)]
        axis.tickStrings = lambda values, _scale, step: [text(value, step) for value in values]
        self.relabel(side)

    def relabel(self, side: str) -> None:
        """The ticks say something else."""
        axis = self._axes[side]
        axis.picture = None
        axis.update()
        self._grid.on_range()

    def update_overlays(self) -> None:
        """Paint what is in pixels anew."""
        for overlay in self._overlays:
            overlay.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Take the mouse from pyqtgraph."""
        if watched is not self.view.viewport():
            return super().eventFilter(watched, event)
        kind = event.type()
        if isinstance(event, QWheelEvent):
            return self._on_wheel(event)
        if isinstance(event, QMouseEvent):
            return self._on_mouse(kind, event)
        if kind is QEvent.Type.Leave:
            self.hovered.emit(None)
        return False

    def _set_up(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMinimumSize(40, 40)
        self.view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.view.viewport().installEventFilter(self)
        self.view.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName("Axes")
        inner = pg.GraphicsLayout()
        inner.setContentsMargins(0, 4, 8, 0)
        inner.setSpacing(0)
        self.view.setCentralItem(inner)
        for item, place in ((self._axes["left"], (0, 0)), (self.box, (0, 1)), (self._axes["bottom"], (1, 1))):
            inner.addItem(item, *place)
        self.box.disableAutoRange()
        self.box.setDefaultPadding(0.0)
        for side, axis in self._axes.items():
            axis.linkToView(self.box)
            axis.setCacheMode(CACHED)
            axis.enableAutoSIPrefix(False)
            axis.setZValue(-5)
            self.set_ticks(side)

    def _on_wheel(self, event: QWheelEvent) -> bool:
        kept = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        turn = event.angleDelta().y() or event.angleDelta().x()
        if not kept or not turn:
            event.ignore()
            return True
        self.wheeled.emit(self._value(event.position()), 1 if turn > 0 else -1, event.modifiers())
        event.accept()
        return True

    def _on_mouse(self, kind: QEvent.Type, event: QMouseEvent) -> bool:
        here = self._value(event.position())
        if kind is QEvent.Type.MouseMove:
            self._on_move(here, event)
        elif event.button() is not Qt.MouseButton.LeftButton:
            return False
        elif kind is QEvent.Type.MouseButtonPress:
            self._pressed, self._dragging = event.position(), False
            self.pressed.emit()
        elif kind is QEvent.Type.MouseButtonDblClick:
            self._pressed = None
            self.double_clicked.emit(here)
        elif kind is QEvent.Type.MouseButtonRelease and self._pressed is not None:
            self._pressed = None
            if self._dragging:
                self.drag_ended.emit()
            else:
                self.clicked.emit(here)
        return True

    def _on_move(self, here: QPointF, event: QMouseEvent) -> None:
        if self._pressed is None:
            self.hovered.emit(here)
            return
        moved = event.position() - self._pressed
        if self._dragging or abs(moved.x()) + abs(moved.y()) >= DRAG_PX:
            self._dragging = True
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._pressed = event.position()
                self.panned.emit(moved.x() / max(1.0, float(self.box.width())))
            else:
                self.dragged.emit(self._value(self._pressed), here)

    def _value(self, point: QPointF) -> QPointF:
        return self.mapping.value(QPointF(self.box.mapFromScene(self.view.mapToScene(point.toPoint()))))

    def _on_range(self, *_args: object) -> None:
        self._grid.on_range()
        self.update_overlays()

    def _on_resized(self, *_args: object) -> None:
        for overlay in self._overlays:
            overlay.on_resize()
        self.resized.emit()

    def _on_theme(self) -> None:
        self.view.setBackground(THEME.color("plot"))
        font, scale = THEME.font(SMALL_PX), THEME.type_scale
        for side in ("left", "bottom"):
            axis = self._axes[side]
            axis.setPen(QPen(THEME.color("border"), 1))
            axis.setTextPen(QPen(THEME.color("text2")))
            axis.setStyle(
                tickFont=font, tickLength=0, tickTextOffset=6, autoExpandTextSpace=False, hideOverlappingLabels=True
            )
        self._axes["left"].setWidth(round(self._left_px * scale))
        self._axes["bottom"].setHeight(round(max(BOTTOM_PX, QFontMetricsF(font).height() + 6)))
        self._grid.pen = thin_pen(THEME.color("grid"))
        self._grid.on_range()
        self.update_overlays()


def number_ticks(start: float, end: float, length_px: float, side: str) -> tuple[float, list[float]]:
    """The step and places of ticks of plain numbers on an axis of this length."""
    least = (TICK_PX if side == "left" else 64) * THEME.type_scale
    step = nice_step(end - start, max(3, int(length_px / least)))
    return step, multiples(start, end, step)
