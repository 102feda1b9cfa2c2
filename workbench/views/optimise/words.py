"""Numbers and recipes of candidates as people read them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

MINUTE_S = 60.0


def share_text(value: float | None) -> str:
    """Three decimals, as accuracies are read; a word where it is not known."""
    return "not measured" if value is None else f"{value:.3f}"


def ms_text(value: float | None) -> str:
    """Milliseconds with three digits."""
    from workbench.evaluate.wording import number

    return "not measured" if value is None else number(value, 3)


def mb_text(size_bytes: float) -> str:
    """Millions of bytes, two decimals below ten."""
    size = size_bytes / 1e6
    return f"{size:.2f}" if size < 10 else f"{size:.1f}"


def interval_text(low: float | None, high: float | None, digits: int | None = 3) -> str:
    """Both ends; an open one is said to be open, and nothing where neither is known.

    Args:
        low: lower end.
        high: upper end.
        digits: decimals; None takes three significant digits.
    """
    from workbench.evaluate.wording import number

    if low is None and high is None:
        return ""
    ends = ["open" if end is None else number(end, 3) if digits is None else f"{end:.{digits}f}" for end in (low, high)]
    return f"{ends[0]} … {ends[1]}"


def signed(value: float, digits: int) -> str:
    """With its sign, a true minus among them; what rounds to nothing has none."""
    text = f"{value:+.{digits}f}" if round(value, digits) else f"{0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def recipe_words(recipe: str, keep: Sequence[str], method: str, frames: int | None) -> str:
    """How a candidate was made: `int8, percentile, 96 frames; 2 entries kept in float`."""
    kept = f"{len(keep)} kept in float" if keep else "all layers"
    if recipe == "int8":
        measured = f", {method}" if method else ""
        return f"{kept}{measured}{f', {frames} frames' if frames else ''}"
    if recipe == "fp16":
        return "all layers in half precision" if not keep else f"half precision, {kept}"
    return "cleaned copy of the model"


def command_of(project: Path, recipe: str, keep: Sequence[str], method: str) -> str:
    """The command line that makes the same candidate."""
    parts = ["slipway", "optimise", str(project), "--recipe", recipe]
    if keep:
        parts += ["--keep", ",".join(keep)]
    if method and recipe == "int8":
        parts += ["--method", method]
    return shlex.join(parts)


def seconds_text(seconds: float) -> str:
    """About how long: `about 20 s`, `about 4 min`."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {max(2, round(seconds / MINUTE_S))} min"
