"""Values as people read them in reports, tables and on the terminal."""

from __future__ import annotations

import re

from workbench.evaluate.verdict import Verdict
from workbench.evaluate.wording import number
from workbench.results.run_record import RequirementResult

_SCALES = {"s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")), "us": ((1e6, "s"), (1e3, "ms"), (1.0, "µs"))}
_LARGE = {"B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))}

WITHOUT_LIMIT = frozenset(
    {"invalid_size", "null_input", "detection_format", "confidence_range", "continuous_operation"}
)
"""Kinds that hold or do not hold: no figure of theirs stands against a limit on one scale."""


def quantity_text(value: float | None, unit: str) -> str:
    """A value with its unit, scaled so that it reads well: 0.0123 s is "12.3 ms"; None is an em dash."""
    if value is None:
        return "—"
    for size, name in (*_SCALES.get(unit, ()), *_LARGE.get(unit, ())):
        if abs(value) >= size:
            return f"{number(value / size)} {name}"
    return f"{number(value)} {unit}".rstrip()


def unit_of_difference(unit: str) -> str:
    """The unit of a difference of two values: that of "9 of 9 rejected" has no total."""
    return unit.rpartition(" ")[2] if unit.startswith("of ") else unit


def interval_text(verdict: Verdict) -> str:
    """The interval of a verdict in words; empty where there is none."""
    if verdict.lower is None and verdict.upper is None:
        return ""
    ends = ["open" if end is None else quantity_text(end, verdict.unit) for end in (verdict.lower, verdict.upper)]
    return f"{ends[0]} to {ends[1]}"


def samples_text(verdict: Verdict) -> str:
    """Number of samples and what they are worth; empty where nothing was sampled."""
    if verdict.samples is None:
        return ""
    worth = verdict.effective_samples
    text = f"{verdict.samples} samples"
    if worth is not None and round(worth) < verdict.samples:
        text += f", worth {number(worth)}"
    if verdict.needed is not None:
        text += f"; {verdict.needed} would decide"
    return text


def limit_text(item: RequirementResult) -> str:
    """The limit as the document has it, with its relation, and with the unit where the document has a bare number."""
    if item.kind in WITHOUT_LIMIT:
        return item.limit_text
    sign = {"<=": "≤ ", ">=": "≥ "}.get(item.verdict.relation, "")
    if item.limit_text.startswith(("≤", "≥", "<", ">")):
        sign = ""
    bare = re.fullmatch(r"[-+.\d]+", item.limit_text) is not None
    return f"{sign}{item.limit_text} {item.verdict.unit if bare else ''}".rstrip()
