"""The report's plots as SVG text: the same numbers give the same bytes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = NDArray[np.floating]

INK = "#1f2933"
MUTED = "#7b8794"
GRID = "#e4e7eb"
SERIES = ("#0b69a3", "#c65d21", "#2b8a3e", "#7048a8")
LIMIT = "#c1121f"
MAX_POINTS = 2000
WIDTH_IN, HEIGHT_IN = 7.6, 2.5


@dataclass(frozen=True)
class Line:
    """One curve: x in seconds, y in the plot's unit; NaN is a gap."""

    label: str
    x: Numbers
    y: Numbers


def histogram(
    values: Mapping[str, Numbers], x_label: str, *, limit: float | None = None, marks: Mapping[str, float] | None = None
) -> str:
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

    return _figure(draw, x_label)


def timeline(
    lines: Sequence[Line], y_label: str, *, limit: float | None = None, points: bool = False, from_zero: bool = True
) -> str:
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

    return _figure(draw, "seconds since the run began")


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


def _figure(draw: Any, x_label: str) -> str:
    """Draw without pyplot (no global state) and without dates or random ids (same bytes)."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.set_xlabel(x_label)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside upper right", ncols=6, frameon=False)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


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
