"""Comparing two things that are measured by turns on a machine that may do something else too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

LEAST_DISTURBED = 0.25
"""Only so large a share of the pairs counts: those whose sum is the smallest, whichever of the two was better."""

Pair = tuple[float, float]


def in_turn(one: Callable[[], float], two: Callable[[], float], number: int) -> Pair:
    """Measure both, the second one first in every other pair, so that a drift of the machine meets both alike."""
    if number % 2:
        second = two()
        return one(), second
    return one(), two()


def ratio_of(pairs: Sequence[Pair], names: tuple[str, str]) -> float:
    """Print both medians in microseconds, and return the median ratio of the first to the second."""
    quiet = sorted(pairs, key=sum)[: max(1, round(len(pairs) * LEAST_DISTURBED))]
    for name, values in zip(names, zip(*quiet, strict=True), strict=True):
        print(f"{name}: {median(values):.0f} us (median of the {len(quiet)} least disturbed of {len(pairs)} turns)")
    return median(one / two for one, two in quiet)
