"""What a board told of a run, as values; it may have told anything."""

from __future__ import annotations

import math
from collections.abc import Mapping

MOST_STARTS = 10**6
"""No run starts its engine so often; a larger number of a start is none."""


def number_of(value: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e18 < value < 1e18:
        return None
    return float(value) if math.isfinite(value) else None


def count_of(data: Mapping[str, object], name: str) -> int | None:
    """A whole number from 0 up; None for anything else."""
    value = data.get(name)
    return value if type(value) is int and 0 <= value < 2**63 else None


def start_of(data: Mapping[str, object]) -> int | None:
    """The number of the cold start that an event is of; None where it names none."""
    number = count_of(data, "start")
    return number if number is not None and number < MOST_STARTS else None


def texts_of(value: object, most: int) -> list[str]:
    """The last `most` lines of a list of texts; none where it is no list."""
    return [str(line)[:1000] for line in value[-most:]] if isinstance(value, list) else []
