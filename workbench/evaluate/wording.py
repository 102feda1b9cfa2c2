"""Numbers as the reasons of verdicts print them."""

from __future__ import annotations

MB = 1e6
MIB = 2**20


def number(value: float, digits: int = 4) -> str:
    """A figure with this many significant digits and no exponent in the usual range: 12.34, 0.41, 12500."""
    if value and abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text or abs(value) < 1e-4 else f"{value:.0f}"


def percent(share: float, digits: int = 3) -> str:
    """A share as a percentage: 0.0041 is "0.41 %"."""
    return f"{number(100 * share, digits)} %"


def megabytes(value_bytes: float) -> str:
    """An amount of memory in both units: "128.0 MB (122.1 MiB)"."""
    return f"{value_bytes / MB:.1f} MB ({value_bytes / MIB:.1f} MiB)"


def count(amount: int, noun: str) -> str:
    """A count with its noun: "1 start", "10 starts"."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def interval(lower: float | None, upper: float | None, unit: str = "", digits: int = 4) -> str:
    """The interval between two one-sided bounds; an open end is said to be open."""
    ends = [number(end, digits) if end is not None else "open" for end in (lower, upper)]
    return f"{ends[0]} to {ends[1]}" + (f" {unit}" if unit else "")


def amount(value: float, unit: str = "", digits: int = 4) -> str:
    """A figure with its unit."""
    return f"{number(value, digits)} {unit}".rstrip()


def duration(seconds: float) -> str:
    """A duration in the unit that a person would use: "20 s", "90 min", "24 h"."""
    if seconds >= 2 * 3600:
        return f"{number(seconds / 3600, 3)} h"
    return f"{number(seconds / 60, 3)} min" if seconds >= 300 else f"{number(seconds, 3)} s"
