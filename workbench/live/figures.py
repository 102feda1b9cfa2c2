"""The figures of a live run as they come: percentiles, rate, age, and the tiles with their budgets."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.base.live import Tile

WINDOW_S = 2.0
"""What percentiles are of."""
RATE_S = 1.0
AGE_S = 10.0
WARN_SHARE = 0.9
MANY = 1000
"""From here on a figure has no decimals: they are no news, and a tile has no room for them."""


@dataclass(frozen=True)
class Budget:
    """What a figure may be at most (or at least), as the documents ask for it."""

    key: str
    """As `Tile.key`."""
    limit: float
    """In the tile's unit."""
    text: str
    """Such as `≤ 50 ms`."""
    at_least: bool = False
    requirement: str = ""
    """Its id."""


TILES = (
    ("latency_p50", "Latency p50", "ms", 1),
    ("latency_p99", "Latency p99", "ms", 1),
    ("throughput", "Throughput", "fps", 1),
    ("memory", "Memory", "MB", 0),
    ("temperature", "Temperature", "°C", 0),
    ("power", "Power", "W", 1),
)
"""Key, name, unit and decimals."""


class Figures:
    """Gathers what came; one thread."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float]] = deque()
        self._ages: deque[tuple[float, float]] = deque()
        self._telemetry: dict[str, float] = {}
        self._now_s = 0.0

    def add_frames(self, moments_s: Sequence[float], latencies_ms: Sequence[float]) -> None:
        """Frames by their arrival."""
        self._frames.extend(zip(moments_s, latencies_ms, strict=True))
        if len(moments_s):
            self.go_on(max(moments_s))

    def add_ages(self, now_s: float, ages_ms: Sequence[float]) -> None:
        """How old frames were when they were told."""
        self._ages.extend((now_s, age) for age in ages_ms)

    def add_telemetry(self, values: Mapping[str, float]) -> None:
        """The last sample of the machine."""
        self._telemetry = dict(values)

    def go_on(self, now_s: float) -> None:
        """Forget what is too old."""
        self._now_s = max(self._now_s, now_s)
        while self._frames and self._frames[0][0] < self._now_s - WINDOW_S:
            self._frames.popleft()
        while self._ages and self._ages[0][0] < self._now_s - AGE_S:
            self._ages.popleft()

    def percentile_ms(self, share: float) -> float | None:
        """Of the latencies of the last two seconds."""
        values = [latency for _, latency in self._frames if math.isfinite(latency)]
        return float(np.quantile(values, share, method="inverted_cdf")) if values else None

    def fps(self) -> float | None:
        """Frames that arrived in the last second; None before there was any."""
        if not self._frames:
            return None
        return sum(moment > self._now_s - RATE_S for moment, _ in self._frames) / RATE_S

    def age_p99_ms(self) -> float | None:
        """Of the last ten seconds."""
        return float(np.quantile([age for _, age in self._ages], 0.99)) if self._ages else None

    def values(self) -> dict[str, float | None]:
        """The figures of the tiles."""
        return {
            "latency_p50": self.percentile_ms(0.5),
            "latency_p99": self.percentile_ms(0.99),
            "throughput": self.fps(),
            "memory": self._telemetry.get("worker_rss_mb"),
            "temperature": self._telemetry.get("temperature_c"),
            "power": self._telemetry.get("power_w"),
        }


def make_tiles(values: Mapping[str, float | None], budgets: Sequence[Budget]) -> tuple[Tile, ...]:
    """All tiles, in their order."""
    known = {budget.key: budget for budget in budgets}
    return tuple(
        _tile(key, name, unit, decimals, values.get(key), known.get(key)) for key, name, unit, decimals in TILES
    )


def _tile(key: str, name: str, unit: str, decimals: int, value: float | None, budget: Budget | None) -> Tile:
    measured = None if value is None or not math.isfinite(value) else value
    text = "–" if measured is None else f"{measured:,.{decimals if abs(measured) < MANY else 0}f}"
    limit_text = "" if budget is None else budget.text
    if measured is None or budget is None:
        return Tile(key, name, text, unit, limit_text, None, "none", measured)
    share = budget.limit / measured if budget.at_least and measured else measured / budget.limit
    over = measured < budget.limit if budget.at_least else measured > budget.limit
    state = "err" if over else "warn" if share >= WARN_SHARE and not budget.at_least else "ok"
    return Tile(key, name, text, unit, limit_text, max(0.0, min(share, 2.0)), state, measured)
