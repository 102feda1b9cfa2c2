"""Latency of the shown run, or of the one that goes: how often, and when."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from ui.widgets.controls import Segments
from ui.widgets.grounds import card, clear, column, row
from ui.widgets.histogram import Bins, Histogram, Level
from ui.widgets.second_lines import SecondLine, SecondLines
from ui.widgets.text import Elided, title
from workbench.views.verify.values import LatencyView

NOTHING = "Latencies are read …"


class LatencyCards(QWidget):
    """Both plots, below each other."""

    pass_chosen = Signal(str)
    """Somebody wants to see another pass."""

    def __init__(self) -> None:
        super().__init__()
        self._passes = QHBoxLayout()
        self._shown_passes: tuple[tuple[str, str], ...] = ()
        self._segments: Segments | None = None
        self.histogram = Histogram("Latency", "ms")
        self.lines = SecondLines("Latency over the run")
        self._about = Elided(role="hint")
        head = row(title("Over the run"), self._about, self._passes, margins=(12, 8, 12, 0))
        head.setStretch(1, 1)
        self.when = card(head, self.lines, kind="plot", margins=(0, 0, 0, 4), spacing=4)
        self._layout = column(self.histogram, self.when, spacing=8)
        self._layout.setStretch(0, 1)
        self._layout.setStretch(1, 1)
        self.setLayout(self._layout)
        self.show_nothing(NOTHING)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """In a wide and low place the plots stand side by side."""
        super().resizeEvent(event)
        wide = self.width() > 2 * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def show_nothing(self, sentence: str) -> None:
        """Say why there is nothing."""
        self.histogram.set_message(sentence)
        self.histogram.show_bins(None)
        self.lines.show_message(sentence)
        self._about.setText("")
        self._set_passes((), "")

    def show_latency(self, view: LatencyView) -> None:
        """Show a pass."""
        self._set_passes(view.passes, view.passed)
        self._show_histogram(view)
        lines = (SecondLine("p50", 0, view.p50_each_ms.tolist()), SecondLine("p99", 1, view.p99_each_ms.tolist()))
        self.lines.show_lines(view.seconds.tolist(), lines, view.starts_s, view.limit_ms, view.limit_text)
        self._about.setText(f"ms each second; {view.samples_text}")

    def _show_histogram(self, view: LatencyView) -> None:
        bins = Bins(tuple(view.edges_ms.tolist()), tuple(int(count) for count in view.counts))
        interval = f", {view.interval_text}" if view.interval_text and view.judged_name == "p99" else ""
        levels = [Level(view.p50_ms, f"p50 {view.p50_ms:.3g}"), Level(view.p99_ms, f"p99 {view.p99_ms:.3g}{interval}")]
        if view.judged_ms is not None and view.judged_name not in {"p50", "p99"}:
            levels.append(Level(view.judged_ms, f"{view.judged_name} {view.judged_ms:.3g}, {view.interval_text}"))
        if view.limit_ms is not None:
            levels.append(Level(view.limit_ms, view.limit_text, "limit"))
        band = None
        if view.lower_ms is not None or view.upper_ms is not None:
            low = bins.edges[0] if view.lower_ms is None else view.lower_ms
            band = (low, bins.edges[-1] if view.upper_ms is None else view.upper_ms)
        self.histogram.show_bins(bins, levels, band)

    def _set_passes(self, passes: tuple[tuple[str, str], ...], chosen: str) -> None:
        if passes != self._shown_passes:
            clear(self._passes)
            self._shown_passes, self._segments = passes, None
            if len(passes) > 1:
                self._segments = Segments("Pass", passes, chosen)
                self._segments.chosen.connect(self.pass_chosen)
                self._passes.addWidget(self._segments)
        if self._segments is not None:
            self._segments.set_value(chosen)
