"""Candidates by latency and accuracy on one board; each point is a row of the table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, SEMIBOLD, SMALL_PX
from ui.widgets.chart import Chart
from ui.widgets.ticks import multiples, nice_step, number_text

if TYPE_CHECKING:
    from workbench.views.optimise.ranking_values import Choice
    from workbench.views.optimise.values import Limit, Plot, Point

DOT_PX, NEAR_PX, CAP_PX = 5.0, 14.0, 3.0
ROOM = 0.12


class ParetoChart(Chart):
    """Points with intervals, both limits, and the steps of those that no other dominates."""

    chosen = Signal(str)
    """Key of the candidate whose point was clicked, or that the arrows came to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Candidates by latency and accuracy", parent)
        self._plot: Plot | None = None
        self._selected = ""
        self._choice: Choice | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def plot(self) -> Plot | None:
        """What is shown."""
        return self._plot

    def set_plot(self, plot: Plot) -> None:
        """Show the candidates of one board."""
        self._plot = plot
        self.message = plot.empty
        self._fit()
        names = ", ".join(f"{point.name} {point.x:.1f} ms {point.y:.3f}" for point in plot.points)
        self.setAccessibleDescription(names or plot.empty)
        self.update()

    def select(self, key: str) -> None:
        """Mark the candidate that is selected in the table."""
        if key != self._selected:
            self._selected = key
            self.update()

    def set_choice(self, choice: Choice | None) -> None:
        """Show where a choice that is not made yet would lie; only among overlaps, which alone are predicted."""
        self._choice = choice
        self._fit()
        self.update()

    def paint_inside(self, painter: QPainter, inside: QRectF) -> None:
        """Paint limits, steps, points and names."""
        plot = self._plot
        if plot is None:
            return
        self._paint_limits(painter, inside, plot)
        self._paint_front(painter, inside, plot)
        for point in plot.points:
            self._paint_point(painter, point)
        self._paint_choice(painter, plot)
        taken = [area for point in plot.points for area in self._covered(point)]
        for point in sorted(plot.points, key=lambda point: point.key != self._selected):
            taken.append(self._paint_name(painter, inside, point, taken))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the chart, and the focus it has."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(THEME.color("accent")))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Say what is under the pointer."""
        point = self._near(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if point else Qt.CursorShape.ArrowCursor)
        if point is not None:
            QToolTip.showText(event.globalPosition().toPoint(), _words(point), self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Choose the point under the pointer."""
        point = self._near(event.position())
        if point is not None:
            self.chosen.emit(point.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Arrows walk the points from left to right."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}.get(
            Qt.Key(event.key())
        )
        if step is None or self._plot is None or not self._plot.points:
            super().keyPressEvent(event)
            return
        ordered = sorted(self._plot.points, key=lambda point: point.x)
        places = [at for at, point in enumerate(ordered) if point.key == self._selected]
        at = (places[0] + step if places else 0) % len(ordered)
        self.chosen.emit(ordered[at].key)

    def _fit(self) -> None:
        plot = self._plot
        if plot is None or not plot.points:
            return
        xs = [value for point in plot.points for value in (point.x, point.x_low, point.x_high) if value is not None]
        ys = [value for point in plot.points for value in (point.y, point.y_low, point.y_high) if value is not None]
        if (hollow := self._hollow(plot)) is not None:
            xs.append(hollow[0])
            ys.append(hollow[1])
        self.x_range = _padded(xs, plot.x_limit, floor=0.0)
        self.y_range = _padded(ys, plot.y_limit, floor=0.0, ceiling=1.0)
        x_step = nice_step(self.x_range[1] - self.x_range[0], 6)
        y_step = nice_step(self.y_range[1] - self.y_range[0], 5)
        self.x_ticks = [(value, number_text(value, x_step)) for value in multiples(*self.x_range, x_step)]
        self.y_ticks = [(value, number_text(value, y_step)) for value in multiples(*self.y_range, y_step)]

    def _hollow(self, plot: Plot) -> tuple[float, float] | None:
        choice = self._choice
        if choice is None or choice.made or choice.p99_ms is None or plot.y_name != "IoU":
            return None
        return choice.p99_ms, choice.score

    def _at(self, point: Point) -> QPointF:
        return QPointF(self.at_x(point.x), self.at_y(point.y))

    def _covered(self, point: Point) -> tuple[QRectF, ...]:
        """Where names would hide something: the dot and its whiskers."""
        at = self._at(point)
        xs = [self.at_x(value) for value in (point.x_low, point.x, point.x_high) if value is not None]
        ys = [self.at_y(value) for value in (point.y_low, point.y, point.y_high) if value is not None]
        return (
            QRectF(at - QPointF(8, 8), at + QPointF(8, 8)),
            QRectF(QPointF(min(xs), at.y() - 2), QPointF(max(xs), at.y() + 2)),
            QRectF(QPointF(at.x() - 2, min(ys)), QPointF(at.x() + 2, max(ys))),
        )

    def _near(self, position: QPointF) -> Point | None:
        if self._plot is None:
            return None
        near = [(QPointF(position - self._at(point)).manhattanLength(), point) for point in self._plot.points]
        best = min(near, key=lambda pair: pair[0], default=None)
        return best[1] if best is not None and best[0] <= NEAR_PX else None

    def _paint_limits(self, painter: QPainter, inside: QRectF, plot: Plot) -> None:
        bad, line = THEME.color("err", 0.06), QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine)
        if (limit := plot.x_limit) is not None and limit.value < self.x_range[1]:
            x = math.floor(self.at_x(limit.value)) + 0.5
            painter.fillRect(QRectF(x, inside.top(), inside.right() - x, inside.height()), bad)
            painter.setPen(line)
            painter.drawLine(QPointF(x, inside.top()), QPointF(x, inside.bottom()))
            self.paint_words(painter, QPointF(x + 4, self._words_y(inside, plot)), limit.text, THEME.color("err"))
        if (limit := plot.y_limit) is not None and limit.value > self.y_range[0]:
            y = math.floor(self.at_y(limit.value)) + 0.5
            painter.fillRect(QRectF(inside.x(), y, inside.width(), inside.bottom() - y), bad)
            painter.setPen(line)
            painter.drawLine(QPointF(inside.left(), y), QPointF(inside.right(), y))
            words = f"{plot.y_name} {limit.text}"
            self.paint_words(painter, QPointF(inside.right() - 4, y + 2), words, THEME.color("err"), right=True)

    def _words_y(self, inside: QRectF, plot: Plot) -> float:
        """Where the limit of the latency is named: at the bottom, above the other limit where that lies there too."""
        height = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM)).height() + 4
        bottom = inside.bottom() - height
        if plot.y_limit is not None and (line := self.at_y(plot.y_limit.value)) > inside.bottom() - 2 * height:
            bottom = min(bottom, line - height)
        return bottom

    def _paint_front(self, painter: QPainter, inside: QRectF, plot: Plot) -> None:
        if not plot.front:
            return
        corners = [QPointF(self.at_x(x), self.at_y(y)) for x, y in plot.front]
        steps = [QPointF(corners[0].x(), inside.bottom()), *corners, QPointF(inside.right(), corners[-1].y())]
        painter.setPen(QPen(THEME.color("text3"), 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(steps))

    def _paint_point(self, painter: QPainter, point: Point) -> None:
        at, color = self._at(point), self._color(point)
        painter.setPen(QPen(color, 1.2))
        x_ends, y_ends = (point.x_low, point.x_high), (point.y_low, point.y_high)
        for end in x_ends:
            if end is not None:
                x = self.at_x(end)
                painter.drawLine(at, QPointF(x, at.y()))
                painter.drawLine(QPointF(x, at.y() - CAP_PX), QPointF(x, at.y() + CAP_PX))
        for end in y_ends:
            if end is not None:
                y = self.at_y(end)
                painter.drawLine(at, QPointF(at.x(), y))
                painter.drawLine(QPointF(at.x() - CAP_PX, y), QPointF(at.x() + CAP_PX, y))
        if point.key == self._selected:
            painter.setPen(QPen(THEME.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, DOT_PX + 3.5, DOT_PX + 3.5)
        painter.setPen(QPen(THEME.color("plot"), 1.5))
        painter.setBrush(color)
        painter.drawEllipse(at, DOT_PX, DOT_PX)

    def _paint_choice(self, painter: QPainter, plot: Plot) -> None:
        hollow = self._hollow(plot)
        if hollow is None:
            return
        painter.setPen(QPen(THEME.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(THEME.color("plot"))
        painter.drawEllipse(QPointF(self.at_x(hollow[0]), self.at_y(hollow[1])), DOT_PX, DOT_PX)

    def _paint_name(self, painter: QPainter, inside: QRectF, point: Point, taken: list[QRectF]) -> QRectF:
        """The name beside its point, where it covers nothing; where it stands."""
        chosen = point.key == self._selected
        painter.setFont(THEME.font(BODY_PX, SEMIBOLD if chosen else MEDIUM))
        metrics = QFontMetricsF(painter.font())
        width, height, at = metrics.horizontalAdvance(point.name) + 4, metrics.height(), self._at(point)
        places = [
            QRectF(at.x() + (gap if right else -gap - width), at.y() + dy, width, height)
            for gap in (12, 28)
            for dy in (4, -height - 4, 20, -height - 20, 36, -height - 36)
            for right in (True, False)
        ]
        fitting = [area for area in places if inside.adjusted(0, -4, 0, 0).contains(area)]
        free = [area for area in fitting if not any(area.intersects(other) for other in taken)]
        area = (free or fitting or places)[0]
        painter.setPen(THEME.color("text" if chosen else "text2"))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), point.name)
        return area

    def _color(self, point: Point) -> QColor:
        if point.key == self._selected:
            return THEME.color("accent")
        return THEME.color("text3" if point.stale else "text2")


def _padded(
    values: list[float], limit: Limit | None, *, floor: float, ceiling: float = math.inf
) -> tuple[float, float]:
    """The range of some values, and of the limit where that does not take more room than they do."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high) * 0.1 or 1.0
    if limit is not None and low - 2 * span <= limit.value <= high + 2 * span:
        low, high = min(low, limit.value), max(high, limit.value)
        span = high - low or span
    return max(floor, low - ROOM * span), min(ceiling + ROOM * span, high + ROOM * span)


def _words(point: Point) -> str:
    lines = [f"{point.name}: {point.x:.1f} ms, {point.y:.3f}"]
    if point.dominated_by:
        lines.append(f"{point.dominated_by} is both faster and no worse.")
    if point.stale:
        lines.append("Stale")
    return "\n".join(lines)
