"""The report's plots, as SVG for the page and as PNG for paper: the same numbers give the same bytes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Numbers = NDArray[np.floating]

INK = "#1f2933"
MUTED = "#7b8794"
GRID = "#e4e7eb"
SERIES = ("#0b69a3", "#c65d21", "#2b8a3e", "#7048a8")
LIMIT = "#c1121f"
MAX_POINTS = 2000
WIDTH_IN, HEIGHT_IN = 7.6, 2.5
PNG_DPI = 220
"""Fine enough for print, and small: a plot has few colours."""


@dataclass(frozen=True)
class Line:
    """One curve: x in seconds, y in the plot's unit; NaN is a gap."""

    label: str
    x: Numbers
    y: Numbers


@dataclass(frozen=True)
class Chart:
    """A plot that is not drawn yet."""

    draw: Callable[[Axes], None]
    x_label: str

    def svg(self) -> str:
        """As SVG text; letters stay letters."""
        return _svg(self)

    def png(self) -> bytes:
        """As PNG bytes for paper."""
        return _png(self)


def histogram(
    values: Mapping[str, Numbers], x_label: str, *, limit: float | None = None, marks: Mapping[str, float] | None = None
) -> Chart:
    """Distributions over shared bins, with the limit and marked values (p50, p99) as lines."""

    def draw(axes: Axes) -> None:
        together = np.concatenate([part[np.isfinite(part)] for part in values.values()])
        edges = np.histogram_bin_edges(together, bins=_bins(together))
        for (label, part), colour in zip(values.items(), SERIES, strict=False):
            axes.hist(part[np.isfinite(part)], edges.tolist(), label=label, color=colour, alpha=0.65)
        axes.set_ylabel("count")
        for label, value in (marks or {}).items():
            axes.axvline(value, color=INK, linewidth=0.9, linestyle=":", label=label)
        if limit is not None:
            axes.axvline(limit, color=LIMIT, linewidth=1.3, label=f"limit {limit:g}")

    return Chart(draw, x_label)


def timeline(
    lines: Sequence[Line], y_label: str, *, limit: float | None = None, points: bool = False, from_zero: bool = True
) -> Chart:
    """Curves over time; long ones are thinned to the extremes of each pixel so that no peak is lost."""

    def draw(axes: Axes) -> None:
        for line, colour in zip(lines, SERIES, strict=False):
            x, y = thin_extremes(line.x, line.y)
            style: dict[str, Any] = (
                {"linestyle": "none", "marker": ".", "markersize": 2.2} if points else {"linewidth": 1.0}
            )
            axes.plot(x, y, color=colour, label=line.label, **style)
        axes.set_ylabel(y_label)
        if limit is not None:
            axes.axhline(limit, color=LIMIT, linewidth=1.3, label=f"limit {limit:g}")
        if from_zero:
            axes.set_ylim(bottom=0)

    return Chart(draw, "seconds since the run began")


def thin_extremes(x: Numbers, y: Numbers, most: int = MAX_POINTS) -> tuple[Numbers, Numbers]:
    """Keep the smallest and the largest value of each of `most`/2 stretches, in order."""
    if len(y) <= most:
        return x, y
    edges = np.linspace(0, len(y), most // 2 + 1).astype(int)
    kept = []
    for start, end in itertools.pairwise(edges.tolist()):
        part = y[start:end]
        if np.isnan(part).all():
            kept.append(start)
            continue
        kept.extend(sorted({start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}))
    return x[kept], y[kept]


def _bins(values: Numbers) -> int:
    spread = np.ptp(values) if len(values) else 0.0
    return 1 if spread <= 0 else 60


def _svg(chart: Chart) -> str:
    """Without dates or random ids (same bytes)."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with mpl.rc_context(_STYLE):
        figure = _figure(chart)
        FigureCanvasSVG(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _png(chart: Chart) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with mpl.rc_context(_STYLE):
        figure = _figure(chart)
        FigureCanvasAgg(figure)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return stream.getvalue()


def _figure(chart: Chart) -> Figure:
    """Drawn without pyplot, which has global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
    axes = figure.add_subplot()
    chart.draw(axes)
    axes.set_xlabel(chart.x_label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper right", ncols=6, frameon=False)
    return figure


_STYLE: Any = {
    "svg.hashsalt": "slipway",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "path.simplify": False,
}
