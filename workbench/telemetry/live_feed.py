"""What a job tells while it works, as series for plots: a live run's batches, and the values of any other job."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.base.events import LiveValues
from workbench.base.live import LIVE_COLUMNS, LiveBatch
from workbench.telemetry.plot_source import LiveSeries

MOMENT = "t_s"
COLUMNS = {table: columns[1:] for table, columns in LIVE_COLUMNS.items()}
COLUMNS["figures"] = (*COLUMNS["figures"], "latency_max_ms")
"""What a live run tells, without its moments, and what only other jobs tell."""
RAW_S = 600.0
RATES_HZ = {"frames": 200.0, "figures": 50.0, "telemetry": 50.0}
"""How many rows a second are kept raw for the last ten minutes, by table."""
TOLD = {
    "latency_p50_us": ("figures", "latency_p50_ms", 1e-3),
    "latency_max_us": ("figures", "latency_max_ms", 1e-3),
    "worker_rss_bytes": ("telemetry", "worker_rss_mb", 1e-6),
    "worker_hwm_bytes": ("telemetry", "worker_hwm_mb", 1e-6),
    "memory_available_bytes": ("telemetry", "memory_available_mb", 1e-6),
    "cpu_percent": ("telemetry", "cpu_percent", 1.0),
    "own_cpu_percent": ("telemetry", "own_cpu_percent", 1.0),
    "worker_cpu_percent": ("telemetry", "worker_cpu_percent", 1.0),
    "frequency_mhz": ("telemetry", "frequency_mhz", 1.0),
    "temperature_c": ("telemetry", "temperature_c", 1.0),
    "load_1m": ("telemetry", "load_1m", 1.0),
    "power_w": ("telemetry", "power_w", 1.0),
}
"""Where a value of a job that is no live run belongs: table, column, factor."""

TILED = {
    "latency_p50": ("figures", "latency_p50_ms"),
    "memory": ("telemetry", "worker_rss_mb"),
    "temperature": ("telemetry", "temperature_c"),
    "power": ("telemetry", "power_w"),
}
"""What a job that is no live run tells of the tiles."""


@dataclass(frozen=True)
class SeenTable:
    """Raw values of one table as they were seen live."""

    name: str
    channels: tuple[str, ...]
    """Each with its unit at its end."""
    t_s: NDArray[np.float64]
    values: NDArray[np.float64]
    """[channels, rows]; NaN is not measured."""


class LiveFeed:
    """The series of one run: one for each table of `COLUMNS`. Not thread-safe.

    Args:
        gap_s: a longer silence is a gap; of a run that is stepped by hand it is infinite for its frames.
    """

    def __init__(self, gap_s: float = 1.5) -> None:
        self.series: Mapping[str, LiveSeries] = {
            table: LiveSeries(columns, rate_hz=RATES_HZ[table], raw_s=RAW_S, gap_s=gap_s)
            for table, columns in COLUMNS.items()
        }
        self.t_s = 0.0
        self._zero_s: float | None = None

    def expect_pauses(self, *, of_frames: bool) -> None:
        """Say whether a silence of the frames means nothing, because a person makes each step."""
        self.series["frames"].gap_s = math.inf if of_frames else self.series["telemetry"].gap_s
        self.series["figures"].gap_s = self.series["frames"].gap_s

    def take_batch(self, batch: LiveBatch) -> None:
        """Add what a live run told."""
        for name, table in batch.tables.items():
            series = self.series.get(name)
            moments = table.get(MOMENT, ())
            if series is None or not moments:
                continue
            missing = (math.nan,) * len(moments)
            rows = np.array([table.get(column, missing) for column in series.channels], np.float64)
            series.extend(np.array(moments, np.float64), rows)
        self.t_s = max(self.t_s, batch.t_s)

    def take_values(self, told: LiveValues, first_s: float = 0.0) -> None:
        """Add what another job told.

        Args:
            told: by the board's clock.
            first_s: which moment of the series the very first of them is.
        """
        if self._zero_s is None:
            self._zero_s = told.mono_s - first_s
        t_s = told.mono_s - self._zero_s
        by_table: dict[str, dict[str, float]] = {}
        for name, value in told.values.items():
            if name in TOLD and value is not None:
                table, column, factor = TOLD[name]
                by_table.setdefault(table, {})[column] = value * factor
        for table, columns in by_table.items():
            series = self.series[table]
            if series.extent is not None and t_s < series.extent[1]:
                continue
            row = [[columns.get(column, math.nan)] for column in series.channels]
            series.extend([t_s], row)
        self.t_s = max(self.t_s, t_s)

    def figures(self) -> dict[str, float | None]:
        """The last values of what stands in tiles, by `Tile.key`; None where the job does not tell it."""
        return {key: self.series[table].latest()[self.column(table, name)] for key, (table, name) in TILED.items()}

    def column(self, table: str, name: str) -> int:
        """The place of a column among the channels of its series."""
        return self.series[table].channels.index(name)

    def between(self, start_s: float, end_s: float) -> tuple[SeenTable, ...]:
        """Copies of the raw values of a range, of what is kept of them."""
        found = []
        for name, series in self.series.items():
            t, y = series.history.between(start_s, end_s)
            inside = (t >= start_s) & (t <= end_s)
            if inside.any():
                found.append(SeenTable(name, series.channels, t[inside], y[:, inside]))
        return tuple(found)

    def has(self, table: str, name: str) -> bool:
        """Whether a column ever had a value."""
        return self.series[table].latest()[self.column(table, name)] is not None
