"""A histogram: counts by value, on a logarithmic scale where asked, with what the verdict looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.grounds import ground
from ui.widgets.plot_canvas import PlotCanvas
from ui.widgets.plot_head import PlotHead
from ui.widgets.plot_items import Mapping2D
from ui.widgets.plot_marks import paint_message
from ui.widgets.text import hint

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
FLOOR = math.log10(0.7)
"""Where bars of a logarithmic scale stand, so that a count of 1 is seen."""


@dataclass(frozen=True)
class Bins:
    """What is counted; counts belong to the spans between neighbouring edges."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Level:
    """A value that is marked: a percentile, a limit."""

    value: float
    words: str
    """What stands at it: `p99 12.4`, `limit 16.7`."""
    kind: str = "figure"
    """`figure`, or `limit`, which is red and dashed."""


class Histogram(QFrame):
    """Counts by value. What it shows changes with `show_bins`; the pointer reads one bar."""

    def __init__(
        self, title: str, unit: str, counted: str = "frames", *, log: bool = True, parent: QWidget | None = None
    ) -> None:
        """Make one.

        Args:
            title: what it shows.
            unit: of the values.
            counted: what the counts are of.
            log: whether counts are drawn by their logarithm.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "plot")
        self._title, self._unit, self._counted, self._log = title, unit, counted, log
        self._bins: Bins | None = None
        self._levels: tuple[Level, ...] = ()
        self._band: tuple[float, float] | None = None
        self._message = "Nothing measured yet"
        self._under_pointer: int | None = None
        self._head = PlotHead(title, unit, ())
        self.canvas = PlotCanvas()
        self._bars = self.canvas.add_overlay(self._paint_bars)
        self._over = self.canvas.add_overlay(self._paint_over)
        foot = hint(f"{counted}{' (log scale)' if log else ''} by {unit}")
        foot.setAlignment(Qt.AlignmentFlag.AlignRight)
        foot.setContentsMargins(0, 0, 12, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 4, 1, 4)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(foot)
        self.canvas.hovered.connect(self._on_hovered)
        if log:
            self.canvas.set_ticks("left", _decades, lambda value, _step: f"{10**value:,.0f}")
        self._tell()

    def show_bins(
        self, bins: Bins | None, levels: Sequence[Level] = (), band: tuple[float, float] | None = None
    ) -> None:
        """Show other counts.

        Args:
            bins: None shows the message.
            levels: values that are marked.
            band: the interval of what is judged, shaded.
        """
        self._bins, self._levels, self._band = bins, tuple(levels), band
        if bins is not None and bins.counts:
            known = [bins.edges[0], bins.edges[-1], *(level.value for level in levels), *(band or ())]
            span = (max(known) - min(known)) or 1.0
            self.canvas.set_x(min(known) - 0.02 * span, max(known) + 0.04 * span)
            most = max(1, *bins.counts)
            self.canvas.set_y(*((FLOOR, math.log10(most) * 1.15 + 0.2) if self._log else (0.0, 1.15 * most)))
        self._tell()
        self.canvas.update_overlays()

    def set_message(self, sentence: str) -> None:
        """What is said where there is nothing to draw."""
        self._message = sentence
        self._tell()
        self.canvas.update_overlays()

    def _height(self, count: int) -> float:
        return math.log10(count) if self._log else float(count)

    def _paint_bars(self, painter: QPainter, to_px: Mapping2D) -> None:
        if self._band is not None:
            left, right = to_px.x(self._band[0]), to_px.x(self._band[1])
            area = QRectF(left, to_px.inside.top(), max(1.0, right - left), to_px.inside.height())
            painter.fillRect(area, THEME.color("accent", 0.16))
        if self._bins is None:
            return
        edges = self._bins.edges
        color, bright = THEME.curve(0), THEME.color("accent")
        for at, count in enumerate(self._bins.counts):
            if count:
                left, right = to_px.x(edges[at]), to_px.x(edges[at + 1])
                top = to_px.y(self._height(count))
                bar = QRectF(left, top, max(1.0, right - left - 1), to_px.inside.bottom() - top)
                painter.fillRect(bar, bright if at == self._under_pointer else color)

    def _paint_over(self, painter: QPainter, to_px: Mapping2D) -> None:
        if self._bins is None or not self._bins.counts:
            paint_message(painter, to_px, self._message)
            return
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        metrics = QFontMetricsF(painter.font())
        row, taken = 0, -math.inf
        for level in sorted(self._levels, key=lambda level: level.value):
            limit = level.kind == "limit"
            color = THEME.color("err" if limit else "text2")
            x = to_px.x(level.value)
            painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine if limit else Qt.PenStyle.SolidLine))
            painter.drawLine(QLineF(x, to_px.inside.top(), x, to_px.inside.bottom()))
            width = metrics.horizontalAdvance(level.words) + 8
            left = x + 2 if x + 2 + width <= to_px.inside.right() else x - 2 - width
            row = row + 1 if left < taken else 0
            taken = left + width
            area = QRectF(left, to_px.inside.top() + 1 + row * metrics.height(), width, metrics.height())
            painter.fillRect(area, THEME.color("plot", 0.85))
            painter.setPen(color)
            painter.drawText(area, _CENTRE, level.words)

    def _on_hovered(self, point: QPointF | None) -> None:
        before, self._under_pointer = self._under_pointer, None
        if point is not None and self._bins is not None:
            edges = self._bins.edges
            inside = (at for at in range(len(self._bins.counts)) if edges[at] <= point.x() < edges[at + 1])
            self._under_pointer = next(inside, None)
        if self._under_pointer == before:
            return
        words = ""
        if self._under_pointer is not None and self._bins is not None:
            low, high = self._bins.edges[self._under_pointer : self._under_pointer + 2]
            words = f"{low:.4g} to {high:.4g}: {self._bins.counts[self._under_pointer]} {self._counted}"
        self._head.set_values((), words)
        self._bars.update()

    def _tell(self) -> None:
        if self._bins is None:
            self.setAccessibleName(f"{self._title}: {self._message}")
            return
        levels = "".join(f", {level.words}" for level in self._levels)
        self.setAccessibleName(f"{self._title}, {self._unit}: {sum(self._bins.counts)} {self._counted}{levels}")


def _decades(start: float, end: float, _length_px: float) -> tuple[float, list[float]]:
    return 1.0, [float(power) for power in range(max(0, math.ceil(start)), math.floor(end) + 1)]
