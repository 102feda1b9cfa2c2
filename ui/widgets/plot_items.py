"""What is drawn inside a plot's axes: the grid, all curves as one item, and what lies over them in pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from workbench.telemetry.plot_source import Lines

CACHED = QGraphicsItem.CacheMode.DeviceCoordinateCache


class Grid(QGraphicsItem):
    """The lines of the axes' ticks, kept as one picture: pyqtgraph's own cost 7 ms an axis and frame."""

    def __init__(self, box: Any, bottom: Any, left: Any) -> None:
        super().__init__()
        self._box, self._bottom, self._left, self.pen = box, bottom, left, QPen()
        self.setZValue(-100)
        self.setCacheMode(CACHED)

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt)
        """What is seen."""
        return QRectF(self._box.viewRect())

    def on_range(self) -> None:
        """Another range is seen."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Paint the lines of both axes."""
        seen = self.boundingRect()
        across = self._bottom.tickValues(seen.left(), seen.right(), self._bottom.width())[:1]
        up = self._left.tickValues(seen.top(), seen.bottom(), self._left.height())[:1]
        painter.setPen(self.pen)
        painter.drawLines(
            [QLineF(x, seen.top(), x, seen.bottom()) for _, places in across for x in places]
            + [QLineF(seen.left(), y, seen.right(), y) for _, places in up for y in places]
        )


class Traces(QGraphicsItem):
    """All curves of a plot as one item; their polygons are filled in place."""

    def __init__(self) -> None:
        super().__init__()
        self.pens: Sequence[QPen] = ()
        self._rect = QRectF()
        self._pool: list[tuple[QPolygonF, Any]] = []
        self._drawn: list[tuple[int, int]] = []

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt)
        """What is seen, as it was told."""
        return self._rect

    def set_rect(self, rect: QRectF) -> None:
        """Say what is seen."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect

    def set_lines(self, lines: Lines, base_s: float) -> None:
        """Draw other lines; their moments are drawn from `base_s` on."""
        self._drawn = []
        for curve, runs in enumerate(lines):
            for x, y in runs:
                place = len(self._drawn)
                if place == len(self._pool):
                    self._pool.append((QPolygonF(), None))
                polygon, memory = self._pool[place]
                if memory is None or len(memory) != len(x):
                    polygon = pg.functions.create_qpolygonf(len(x))
                    memory = pg.functions.ndarray_from_qpolygonf(polygon)
                    self._pool[place] = (polygon, memory)
                memory[:, 0] = x
                memory[:, 0] -= base_s
                memory[:, 1] = y
                self._drawn.append((curve, place))
        del self._pool[len(self._drawn) + 8 :]
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Paint all lines, one pixel wide: wider ones cost ten times as much."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for curve, place in self._drawn:
            polygon = self._pool[place][0]
            painter.setPen(self.pens[curve])
            if polygon.size() == 1:
                painter.drawPoint(polygon.at(0))
            else:
                painter.drawPolyline(polygon)


class Overlay(QGraphicsItem):
    """What lies over (or under) a plot in pixels: limits with their words, events, cursors; painted by a function."""

    def __init__(self, view_box: Any, paint: Callable[[QPainter, Mapping2D], None], z: float) -> None:
        super().__init__(view_box)
        self._box, self._paint = view_box, paint
        self.setZValue(z)

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt)
        """The inside of the axes."""
        return QRectF(self._box.rect())

    def on_resize(self) -> None:
        """The axes have another size."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Paint it."""
        self._paint(painter, Mapping2D(QRectF(self._box.viewRect()), QRectF(self._box.rect())))


class Mapping2D:
    """From a plot's coordinates to the pixels inside its axes."""

    def __init__(self, seen: QRectF, inside: QRectF) -> None:
        self.seen, self.inside = seen, inside
        self._x = inside.width() / (seen.width() or 1.0)
        self._y = inside.height() / (seen.height() or 1.0)

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return self.inside.left() + (value - self.seen.left()) * self._x

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.inside.bottom() - (value - self.seen.top()) * self._y

    def point(self, x: float, y: float) -> QPointF:
        """Both."""
        return QPointF(self.x(x), self.y(y))

    def value(self, point: QPointF) -> QPointF:
        """The other way round: the coordinates of a pixel."""
        return QPointF(
            self.seen.left() + (point.x() - self.inside.left()) / (self._x or 1.0),
            self.seen.top() + (self.inside.bottom() - point.y()) / (self._y or 1.0),
        )


def thin_pen(color: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen of one pixel, whatever the scale of the plot."""
    pen = QPen(color, 1, style)
    pen.setCosmetic(True)
    return pen
