"""The plots of a live or finished run on one time axis with one cursor."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from ui.widgets.plot_clock import PlotClock
from ui.widgets.plot_head import Channel
from ui.widgets.plot_marks import Limit
from ui.widgets.time_axis import TimeAxis
from ui.widgets.time_plot import TimePlot
from workbench.telemetry.live_feed import LiveFeed
from workbench.telemetry.plot_source import PlotSource
from workbench.telemetry.recorded_source import RecordedSource


@dataclass(frozen=True)
class Curve:
    """One curve: the column of a table, and how it is called and drawn."""

    column: str
    name: str
    color: int
    digits: int = 1


@dataclass(frozen=True)
class Spec:
    """What one plot shows."""

    key: str
    title: str
    unit: str
    table: str
    curves: tuple[Curve, ...]
    budgets: tuple[str, ...] = ()
    """Keys of the budgets that are its limits."""
    absent: str = ""
    """Why there may be nothing."""
    from_zero: bool = False


SPECS = (
    Spec(
        "latency",
        "End-to-end latency",
        "ms",
        "figures",
        (Curve("latency_p50_ms", "p50", 0), Curve("latency_p99_ms", "p99", 1)),
        ("latency_p99", "latency_p50"),
        "No frame was answered yet",
    ),
    Spec(
        "stages",
        "Stage time",
        "ms",
        "frames",
        (
            Curve("preprocess_ms", "pre", 2),
            Curve("copy_in_ms", "in", 3),
            Curve("execute_ms", "run", 0),
            Curve("copy_out_ms", "out", 1),
            Curve("decode_ms", "post", 4),
        ),
        absent="Stages are known once a run of its own has been recorded",
        from_zero=True,
    ),
    Spec(
        "memory",
        "Engine memory",
        "MB",
        "telemetry",
        (Curve("worker_rss_mb", "now", 0, 0), Curve("worker_hwm_mb", "peak", 2, 0)),
        ("memory",),
        "The engine is not loaded yet",
    ),
    Spec(
        "temperature",
        "Temperature",
        "°C",
        "telemetry",
        (Curve("temperature_c", "hottest", 1),),
        ("temperature",),
        "No temperature was heard of; a board without that sensor reports none",
    ),
    Spec(
        "power",
        "Power",
        "W",
        "telemetry",
        (Curve("power_w", "total", 4),),
        ("power",),
        "No power was heard of; a board without that sensor reports none",
    ),
)
RECORDED = {
    "latency": (("frames.latency_us", Channel("latency", 0)),),
    "stages": (
        ("frames.preprocess_us", Channel("pre", 2)),
        ("frames.copy_in_us", Channel("in", 3)),
        ("frames.execute_us", Channel("run", 0)),
        ("frames.copy_out_us", Channel("out", 1)),
        ("frames.decode_us", Channel("post", 4)),
    ),
    "memory": (
        ("telemetry.worker_rss_bytes", Channel("now", 0, 0)),
        ("telemetry.worker_hwm_bytes", Channel("peak", 2, 0)),
    ),
    "temperature": (("telemetry.temperature_c", Channel("hottest", 1)),),
    "power": (("telemetry.power_w", Channel("total", 4)),),
}
"""The curves of a finished run, by plot: the key of what was recorded, and the look that it has while it is live."""
WATCHED = {"latency": (Curve("latency_p50_ms", "p50", 0), Curve("latency_max_ms", "longest", 1))}
"""What another job tells of its latency: no percentile, as it judges those from all frames at its end."""


class PlotWall:
    """Makes the plots and gives them their source; the page lays them out."""

    def __init__(self, axis: TimeAxis, parent: QWidget) -> None:
        self.axis = axis
        self.plots: Mapping[str, TimePlot] = {
            spec.key: TimePlot(spec.title, spec.unit, _channels(spec.curves), axis, from_zero=spec.from_zero)
            for spec in SPECS
        }
        for spec in SPECS:
            self.plots[spec.key].setMinimumSize(160, 88)
        self.clock = PlotClock(tuple(self.plots.values()), parent)

    def show_feed(self, feed: LiveFeed, *, own: bool) -> None:
        """Draw a run that works; own: it is played from this page, another job tells less."""
        for spec in SPECS:
            curves = spec.curves if own else WATCHED.get(spec.key, spec.curves)
            self._show(spec, curves, feed.series[spec.table])
        self.clock.start()

    def show_recorded(self, groups: Mapping[str, tuple[RecordedSource, Sequence[Channel]]]) -> None:
        """Draw a run that has ended: by the key of a plot the source of its curves, and how they look."""
        self.clock.stop()
        for spec in SPECS:
            if spec.key in groups:
                source, channels = groups[spec.key]
                self.plots[spec.key].set_channels(channels)
                self.plots[spec.key].set_source(source, range(len(channels)), spec.absent)
            else:
                self.plots[spec.key].set_channels(_channels(spec.curves))
                self.plots[spec.key].set_source(None, message=_absent(spec, groups))

    @property
    def columns(self) -> int:
        """How many pixels wide the widest plot is inside its axes."""
        return max(plot.canvas.columns for plot in self.plots.values())

    def refresh(self) -> None:
        """Draw once more, and say the values: the sources have more, or are complete."""
        for plot in self.plots.values():
            plot.refresh()
            plot.show_values()

    def show_nothing(self, sentence: str) -> None:
        """Say why there is nothing."""
        self.clock.stop()
        for spec in SPECS:
            self.plots[spec.key].set_source(None, message=sentence)

    def set_budgets(self, limits: Mapping[str, tuple[float, str]]) -> None:
        """Draw limits: value and words by the key of the budget."""
        for spec in SPECS:
            found: Sequence[str] = [key for key in spec.budgets if key in limits]
            self.plots[spec.key].set_limits([Limit(*limits[key]) for key in found])

    def _show(self, spec: Spec, curves: Sequence[Curve], source: PlotSource | None) -> None:
        plot = self.plots[spec.key]
        plot.set_channels(_channels(curves))
        picks = () if source is None else tuple(source.channels.index(curve.column) for curve in curves)
        plot.set_source(source, picks, spec.absent)


def _absent(spec: Spec, groups: Container[str]) -> str:
    """Why a finished run has no curve for a plot: it has others of the same table, or nothing of the table is there."""
    known = any(other.table == spec.table and other.key in groups for other in SPECS)
    return spec.absent if known else "This run's record has nothing of it that can be read"


def _channels(curves: Sequence[Curve]) -> list[Channel]:
    return [Channel(curve.name, curve.color, curve.digits) for curve in curves]
