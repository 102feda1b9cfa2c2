"""Two runs compared: per requirement the difference and its interval."""

from __future__ import annotations

import math
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
    """Compare two runs requirement by requirement, matched by their path in the test specification."""
    first = {item.path: item for item in a.requirements}
    second = {item.path: item for item in b.requirements}
    paths = list(dict.fromkeys([*first, *second]))
    rows = tuple(_row(path, first.get(path), second.get(path)) for path in paths)
    return Comparison(a.id, b.id, rows, tuple(_changes(a, b)))


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


def _row(path: str, first: RequirementResult | None, second: RequirementResult | None) -> Difference:
    known = first or second
    if known is None:
        raise ValueError(path)
    a, b = (None if item is None else item.verdict for item in (first, second))
    value_a, value_b = (None if verdict is None else verdict.value for verdict in (a, b))
    lower, upper = difference_interval(a, b) if a is not None and b is not None else (None, None)
    difference = None if value_a is None or value_b is None else value_b - value_a
    return Difference(
        path=path,
        title=known.title,
        unit=known.verdict.unit,
        a=value_a,
        b=value_b,
        outcome_a="not in this run" if a is None else a.outcome.value,
        outcome_b="not in this run" if b is None else b.outcome.value,
        difference=difference,
        lower=lower,
        upper=upper,
        text=_say(difference, lower, upper),
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
    for name, before, after in (
        ("board", a.board.get("name"), b.board.get("name")),
        ("precision", a.project.get("precision"), b.project.get("precision")),
        ("frames", a.frames.get("sha256"), b.frames.get("sha256")),
        ("deployment.yaml", a.project.get("deployment_sha256"), b.project.get("deployment_sha256")),
        ("deployment_tests.yaml", a.project.get("tests_sha256"), b.project.get("tests_sha256")),
        ("quick", a.quick, b.quick),
        ("asked for", ", ".join(a.only) or "all", ", ".join(b.only) or "all"),
    ):
        if before != after:
            found.append(f"{name}: {_short(before)} → {_short(after)}")
    return found


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text[:12] if len(text) == 64 else text
