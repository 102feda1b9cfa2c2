"""Latencies while a run goes: counted in bins of one per cent, small enough to be told every second, and fine enough
for percentiles; standard library at the top, for the window draws from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATENCY_BINS = "latency_bins"
"""The stream of live values."""
RATIO = 1.01


def bins_of(latency_us: NDArray[Any]) -> NDArray[Any]:
    """The bin of each latency [n], all of them positive."""
    import numpy as np

    found: NDArray[Any] = np.floor(np.log(latency_us.astype(np.float64)) / math.log(RATIO)).astype(np.int64)
    return found


def centre_us(place: int) -> float:
    """The middle of a bin, in microseconds."""
    return float(RATIO ** (place + 0.5))


def key_of(passed: str, start: int, place: int) -> str:
    """The name of a count among live values."""
    return f"{passed} {start} {place}"


def split_key(key: str) -> tuple[str, int, int]:
    """(pass, cold start, bin) of such a name."""
    passed, start, place = key.rsplit(" ", 2)
    return passed, int(start), int(place)


def percentile_us(counts: dict[int, int], share: float) -> float | None:
    """A percentile of counted bins, within one per cent; None where nothing was counted.

    Args:
        counts: by bin.
        share: 0.99 for p99.
    """
    total, seen = sum(counts.values()), 0
    for place in sorted(counts):
        seen += counts[place]
        if seen >= share * total:
            return centre_us(place)
    return None
