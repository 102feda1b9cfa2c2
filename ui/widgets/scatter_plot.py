"""Points in two measures with their intervals; a point can be chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.grounds import ground
from ui.widgets.plot_canvas import PlotCanvas
from ui.widgets.plot_head import PlotHead
from ui.widgets.plot_items import Mapping2D
from ui.widgets.plot_marks import Limit, paint_limits, paint_message
from ui.widgets.text import hint

RADIUS, SELECTED_RADIUS, REACH_PX = 4.5, 6.0, 14.0
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True)
class Point:
    """One thing with two measures."""

    id: str
    x: float
    y: float
    name: str
    x_range: tuple[float, float] | None = None
    """The interval of x, drawn as a whisker."""
    y_range: tuple[float, float] | None = None
    state: str = ""
    """`warn` or `err` tint it (with its reason in `tip`)."""
    hollow: bool = False
    """Predicted, not measured."""
    tip: str = ""


class ScatterPlot(QFrame):
    """Points, one of which click or arrows choose; a table of the same things follows, and leads, by `select`."""

    chosen = Signal(str)
    """The id of the point that was chosen here."""
    opened = Signal(str)
    """Enter or a double click on a point."""

    def __init__(self, title: str, x_name: str, y_name: str, parent: QWidget | None = None) -> None:
        """Make one.

        Args:
            title: what it compares.
            x_name: the measure to the right, with its unit.
            y_name: the measure upwards, with its unit.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "plot")
        self._title, self._x_name, self._y_name = title, x_name, y_name
        self._points: tuple[Point, ...] = ()
        self._front: tuple[str, ...] = ()
        self._x_limits: tuple[Limit, ...] = ()
        self._y_limits: tuple[Limit, ...] = ()
        self._selected = ""
        self._message = "Nothing measured yet"
        self._head = PlotHead(title, y_name, ())
        self.canvas = PlotCanvas()
        self._over = self.canvas.add_overlay(self._paint)
        foot = hint(x_name)
        foot.setAlignment(Qt.AlignmentFlag.AlignRight)
        foot.setContentsMargins(0, 0, 12, 0)
        self._foot = foot
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 4, 1, 4)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(foot)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.pressed.connect(self._on_pressed)
        self.canvas.clicked.connect(self._on_clicked)
        self.canvas.double_clicked.connect(self._on_double_clicked)
        self.canvas.hovered.connect(self._on_hovered)
        self._tell()

    @property
    def selected(self) -> str:
        """The id of the chosen point; empty where there is none."""
        return self._selected

    def show_points(
        self,
        points: Sequence[Point],
        *,
        front: Sequence[str] = (),
        x_limits: Sequence[Limit] = (),
        y_limits: Sequence[Limit] = (),
    ) -> None:
        """Show other points.

        Args:
            points: what is shown.
            front: ids of points that nothing beats, joined by a line in this order.
            x_limits: red dashed lines across.
            y_limits: the same upwards.
        """
        self._points, self._front = tuple(points), tuple(front)
        self._x_limits, self._y_limits = tuple(x_limits), tuple(y_limits)
        if self._selected not in {point.id for point in points}:
            self._selected = ""
        self._fit()
        self._tell()
        self._over.update()

    def set_message(self, sentence: str) -> None:
        """What is said where there is no point."""
        self._message = sentence
        self._tell()
        self._over.update()

    def select(self, id_: str) -> None:
        """Choose a point without telling anybody."""
        if id_ != self._selected:
            self._selected = id_
            self._tell()
            self._over.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Arrows go to the next point to the right or left, Enter opens it."""
        order = [point.id for point in sorted(self._points, key=lambda point: (point.x, point.y))]
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1}
        key = Qt.Key(event.key())
        if key in steps and order:
            at = order.index(self._selected) + steps[key] if self._selected in order else 0
            self._choose(order[max(0, min(len(order) - 1, at))])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected:
            self.opened.emit(self._selected)
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        if not self._points:
            return
        xs = [value for point in self._points for value in (point.x, *(point.x_range or ()))]
        ys = [value for point in self._points for value in (point.y, *(point.y_range or ()))]
        xs += [limit.value for limit in self._x_limits if min(xs) / 3 < limit.value < 3 * max(xs)]
        ys += [limit.value for limit in self._y_limits if min(ys) / 3 < limit.value < 3 * max(ys)]
        for values, see in ((xs, self.canvas.set_x), (ys, self.canvas.set_y)):
            span = (max(values) - min(values)) or abs(values[0]) * 0.2 or 1.0
            see(min(values) - 0.12 * span, max(values) + 0.18 * span)

    def _paint(self, painter: QPainter, to_px: Mapping2D) -> None:
        if not self._points:
            paint_message(painter, to_px, self._message)
            return
        paint_limits(painter, to_px, self._y_limits)
        self._paint_x_limits(painter, to_px)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_front(painter, to_px)
        for point in sorted(self._points, key=lambda point: point.id == self._selected):
            self._paint_point(painter, to_px, point)
        self._paint_names(painter, to_px)

    def _paint_x_limits(self, painter: QPainter, to_px: Mapping2D) -> None:
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        metrics = QFontMetricsF(painter.font())
        for limit in self._x_limits:
            x = to_px.x(limit.value)
            if not to_px.inside.left() <= x <= to_px.inside.right():
                continue
            painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, to_px.inside.top(), x, to_px.inside.bottom()))
            width = metrics.horizontalAdvance(limit.words) + 8
            left = x + 2 if x + width + 2 < to_px.inside.right() else x - width - 2
            painter.drawText(QRectF(left, to_px.inside.top() + 1, width, metrics.height()), _CENTRE, limit.words)

    def _paint_front(self, painter: QPainter, to_px: Mapping2D) -> None:
        known = {point.id: point for point in self._points}
        places = [to_px.point(known[id_].x, known[id_].y) for id_ in self._front if id_ in known]
        if len(places) > 1:
            painter.setPen(QPen(THEME.color("text3"), 1, Qt.PenStyle.DotLine))
            painter.drawPolyline(QPolygonF(places))

    def _paint_point(self, painter: QPainter, to_px: Mapping2D, point: Point) -> None:
        color = THEME.color(point.state) if point.state else THEME.curve(0)
        here = to_px.point(point.x, point.y)
        painter.setPen(QPen(color, 1))
        if point.x_range is not None:
            low, high = (to_px.x(value) for value in point.x_range)
            painter.drawLine(QLineF(low, here.y(), high, here.y()))
            for x in (low, high):
                painter.drawLine(QLineF(x, here.y() - 3, x, here.y() + 3))
        if point.y_range is not None:
            low, high = (to_px.y(value) for value in point.y_range)
            painter.drawLine(QLineF(here.x(), low, here.x(), high))
            for y in (low, high):
                painter.drawLine(QLineF(here.x() - 3, y, here.x() + 3, y))
        chosen = point.id == self._selected
        radius = SELECTED_RADIUS if chosen else RADIUS
        painter.setPen(QPen(THEME.color("text") if chosen else color, 2 if chosen or point.hollow else 1))
        painter.setBrush(THEME.color("plot") if point.hollow else color)
        painter.drawEllipse(here, radius, radius)

    def _paint_names(self, painter: QPainter, to_px: Mapping2D) -> None:
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        metrics = QFontMetricsF(painter.font())
        taken: list[QRectF] = []
        for point in sorted(self._points, key=lambda point: point.id != self._selected):
            here = to_px.point(point.x, point.y)
            width, height = metrics.horizontalAdvance(point.name) + 4, metrics.height()
            spots = (
                QRectF(here.x() + 8, here.y() - height - 2, width, height),
                QRectF(here.x() + 8, here.y() + 2, width, height),
                QRectF(here.x() - 8 - width, here.y() - height - 2, width, height),
                QRectF(here.x() - 8 - width, here.y() + 2, width, height),
            )
            free = (
                spot for spot in spots if to_px.inside.contains(spot) and not any(spot.intersects(t) for t in taken)
            )
            area = next(free, None)
            if area is None:
                continue
            taken.append(area)
            painter.setPen(THEME.color("text" if point.id == self._selected else "text2"))
            painter.drawText(area, _CENTRE, point.name)

    def _nearest(self, point: QPointF) -> Point | None:
        to_px = self.canvas.mapping
        here = to_px.point(point.x(), point.y())

        def distance(candidate: Point) -> float:
            at = to_px.point(candidate.x, candidate.y)
            return math.hypot(at.x() - here.x(), at.y() - here.y())

        found = min(self._points, key=distance, default=None)
        return found if found is not None and distance(found) <= REACH_PX else None

    def _choose(self, id_: str) -> None:
        if id_ != self._selected:
            self.select(id_)
            self.chosen.emit(id_)

    def _on_pressed(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def _on_clicked(self, point: QPointF) -> None:
        if (found := self._nearest(point)) is not None:
            self._choose(found.id)

    def _on_double_clicked(self, point: QPointF) -> None:
        if (found := self._nearest(point)) is not None:
            self.opened.emit(found.id)

    def _on_hovered(self, point: QPointF | None) -> None:
        found = None if point is None else self._nearest(point)
        self.canvas.view.viewport().setToolTip("" if found is None else (found.tip or self._words(found)))

    def _words(self, point: Point) -> str:
        return f"{point.name}: {self._x_name} {point.x:.4g}, {self._y_name} {point.y:.4g}"

    def _tell(self) -> None:
        chosen = next((point for point in self._points if point.id == self._selected), None)
        what = f"{len(self._points)} points" if self._points else self._message
        self.setAccessibleName(f"{self._title}: {what}" + (f"; selected {self._words(chosen)}" if chosen else ""))
