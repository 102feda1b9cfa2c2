"""Two runs compared: per requirement the difference and its interval."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from workbench.evaluate.verdict import Verdict
from workbench.results.run_record import RequirementResult, RunRecord


@dataclass(frozen=True)
class Difference:
    """One requirement in two runs; `b - a`, in the requirement's unit."""

    path: str
    title: str
    unit: str
    a: float | None
    b: float | None
    outcome_a: str
    outcome_b: str
    difference: float | None
    lower: float | None
    """Bounds of the difference; None is an open end."""
    upper: float | None
    text: str
    """What can be said of it, in words."""


@dataclass(frozen=True)
class Comparison:
    """All requirements of two runs, and what else differs between them."""

    a: str
    b: str
    rows: tuple[Difference, ...]
    changed: tuple[str, ...]
    """What was not the same: model, candidate, engine, board, frames, documents, in words."""


def compare_runs(a: RunRecord, b: RunRecord) -> Comparison:
    """Compare two runs requirement by requirement, matched by their place in the documents and what they are about."""
    first, second = ({_place(item): item for item in run.requirements} for run in (a, b))
    rows = tuple(_row(first.get(place), second.get(place)) for place in dict.fromkeys([*first, *second]))
    return Comparison(a.id, b.id, rows, tuple(_changes(a, b)))


def _place(item: RequirementResult) -> tuple[str, str]:
    """The same in both runs; an entry of a list may have changed its number there, so that its title tells it."""
    return re.sub(r"\[\d+\]", "[]", item.path), item.title


def difference_interval(a: Verdict, b: Verdict) -> tuple[float | None, float | None]:
    """Bounds of b - a from the bounds of each: MOVER (Zou and Donner 2008, doi 10.1002/sim.3095).

    The runs are taken as independent. Where a percentile's own interval is open, both runs' averages over their cold
    starts (Student's t) take its place; an end that is open even so stays open.
    """
    if a.value is None or b.value is None:
        return None, None
    first, second = _Figure(a.value, a.lower, a.upper), _Figure(b.value, b.lower, b.upper)
    over_starts = _over_starts(a), _over_starts(b)
    if None in (first.lower, first.upper, second.lower, second.upper) and over_starts[0] and over_starts[1]:
        first, second = over_starts[0], over_starts[1]
    difference = second.value - first.value
    lower = upper = None
    if first.upper is not None and second.lower is not None:
        lower = difference - math.hypot(first.upper - first.value, second.value - second.lower)
    if first.lower is not None and second.upper is not None:
        upper = difference + math.hypot(first.value - first.lower, second.upper - second.value)
    return lower, upper


class _Figure(NamedTuple):
    value: float
    lower: float | None
    upper: float | None


def _over_starts(verdict: Verdict) -> _Figure | None:
    """The average over cold starts with its bounds, where a verdict has them."""
    lower, upper = verdict.details.get("starts_lower"), verdict.details.get("starts_upper")
    if not isinstance(lower, (int, float)) or not isinstance(upper, (int, float)):
        return None
    return _Figure((lower + upper) / 2, float(lower), float(upper))


def _row(first: RequirementResult | None, second: RequirementResult | None) -> Difference:
    known = [item for item in (first, second) if item is not None]
    a, b = (None if item is None else item.verdict for item in (first, second))
    value_a, value_b = (None if verdict is None else verdict.value for verdict in (a, b))
    units = list(dict.fromkeys(item.verdict.unit for item in known if item.verdict.value is not None))
    alike = len(units) < 2
    lower, upper = difference_interval(a, b) if a is not None and b is not None and alike else (None, None)
    difference = value_b - value_a if value_a is not None and value_b is not None and alike else None
    return Difference(
        path=known[-1].path,
        title=known[-1].title,
        unit=units[0] if len(units) == 1 else "",
        a=value_a,
        b=value_b,
        outcome_a="not in this run" if a is None else a.outcome.value,
        outcome_b="not in this run" if b is None else b.outcome.value,
        difference=difference,
        lower=lower,
        upper=upper,
        text=_say(difference, lower, upper) if alike else f"not to be compared: measured in {' and in '.join(units)}",
    )


def _say(difference: float | None, lower: float | None, upper: float | None) -> str:
    if difference is None:
        return "not measured in both"
    if lower is None and upper is None:
        return "the same" if difference == 0 else "differs; no interval, so whether by chance cannot be told"
    different = (lower is not None and lower > 0) or (upper is not None and upper < 0)
    end = "; one end of the interval is open" if lower is None or upper is None else ""
    return f"{'different' if different else 'not shown different'}{end}"


def _changes(a: RunRecord, b: RunRecord) -> list[str]:
    found = []
    for stage in dict.fromkeys([*a.chain, *b.chain]):
        before, after = (run.chain.get(stage, {}).get("sha256") for run in (a, b))
        if before != after:
            found.append(f"{stage}: {_short(before)} → {_short(after)}")
    tools = [(name, a.tools.get(name), b.tools.get(name)) for name in sorted({*a.tools, *b.tools})]
    for name, before, after in (
        ("board", _board(a), _board(b)),
        ("precision", a.project.get("precision"), b.project.get("precision")),
        ("frames", a.frames.get("sha256"), b.frames.get("sha256")),
        ("deployment.yaml", a.project.get("deployment_sha256"), b.project.get("deployment_sha256")),
        ("deployment_tests.yaml", a.project.get("tests_sha256"), b.project.get("tests_sha256")),
        ("quick", a.quick, b.quick),
        ("asked for", ", ".join(a.only) or "all", ", ".join(b.only) or "all"),
        *tools,
    ):
        if before != after:
            found.append(f"{name}: {_short(before)} → {_short(after)}")
    return found


def _board(run: RunRecord) -> str:
    """Its name and what it is known by: two boards may be called alike."""
    return " ".join(str(part) for part in (run.board.get("name"), run.board.get("id")) if part)


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text[:12] if len(text) == 64 else text
