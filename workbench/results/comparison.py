"""Two runs compared: per requirement the difference with its interval, and whether it is one, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.evaluate.wording import number
from workbench.reports.wording import unit_of_difference
from workbench.results.change_by_kind import Measured, measure_change
from workbench.results.run_data import RunData
from workbench.results.run_record import RequirementResult, RunRecord

DIFFERENT, NOT_SHOWN, SAME, UNKNOWN = "different", "not shown different", "the same", "cannot be said"

_SAMPLING = frozenset(
    {"test_samples", "seed", "warm_up_iterations", "test_iterations", "starts", "duration_s", "pacing", "expected"}
    | {"growth_per_hour_bytes", "paced_rate_fps", "streams"}
)
"""Parameters that say how a figure was sampled; where another one differs, the figures are of other things."""


@dataclass(frozen=True)
class Difference:
    """One requirement in two runs; `difference` is b - a, in the requirement's unit."""

    path: str
    title: str
    unit: str
    a: float | None
    """What is compared (`basis`), which need not be what was judged; None where nothing can be compared."""
    b: float | None
    outcome_a: str
    outcome_b: str
    difference: float | None
    lower: float | None
    """Bounds of the difference, 95 % between them; None is an open end, or no interval at all."""
    upper: float | None
    result: str
    """`different`, `not shown different`, `the same` (no sampling is involved), or `cannot be said`."""
    text: str
    """The result in words: by how much, or why it cannot be said."""
    basis: str = ""
    """What is compared, in words."""
    judged_a: float | None = None
    """The figures that the verdicts are of."""
    judged_b: float | None = None
    limit_a: str = ""
    limit_b: str = ""


@dataclass(frozen=True)
class Comparison:
    """All requirements of two runs, and what else differs between them."""

    a: str
    b: str
    rows: tuple[Difference, ...]
    changed: tuple[str, ...]
    """What was not the same: model, candidate, engine, board, frames, documents, in words."""
    note: str = ""
    """How to read the results; empty where there is none with an interval."""


def compare_runs(a: RunRecord, b: RunRecord, folder_a: Path | None = None, folder_b: Path | None = None) -> Comparison:
    """Compare two runs requirement by requirement, matched by their place in the documents and what they are about.

    Args:
        a: the record of the first.
        b: of the second.
        folder_a: the first's folder, so that what it measured can be compared; None compares the records alone.
        folder_b: likewise.

    Raises:
        SlipwayError: a file that a record names is not there or is not what it was.
    """
    runs = RunData(a, folder_a), RunData(b, folder_b)
    first, second = ({_place(item): item for item in run.record.requirements} for run in runs)
    rows = tuple(_row(first.get(place), second.get(place), runs) for place in dict.fromkeys([*first, *second]))
    return Comparison(a.id, b.id, rows, tuple(_changes(a, b)), _note(rows))


def _note(rows: tuple[Difference, ...]) -> str:
    judged = [row for row in rows if row.result in {DIFFERENT, NOT_SHOWN}]
    if not judged:
        return ""
    expected = number(0.05 * len(judged), 2)
    return (
        f"Each interval holds with 95 % confidence: of {len(judged)} requirements without any difference about "
        f"{expected} would be called different by chance."
    )


def _place(item: RequirementResult) -> tuple[str, str]:
    """The same in both runs; an entry of a list may have changed its number there, so that its title tells it."""
    return re.sub(r"\[\d+\]", "[]", item.path), item.title


def _row(
    first: RequirementResult | None, second: RequirementResult | None, runs: tuple[RunData, RunData]
) -> Difference:
    known = [item for item in (first, second) if item is not None]
    units = list(dict.fromkeys(item.verdict.unit for item in known if item.verdict.value is not None))
    reason = _why_not(first, second, units)
    found = None
    if first is not None and second is not None and not reason:
        found = measure_change(first, second, runs)
    judged = [None if item is None else item.verdict.value for item in (first, second)]
    unit = units[0] if len(units) == 1 else ""
    result = UNKNOWN if found is None else _result(found)
    text = reason if found is None else _say(found, result, unit_of_difference(unit))
    limits = ["" if item is None else item.limit_text for item in (first, second)]
    if first is not None and second is not None and limits[0] != limits[1]:
        text += f"; the limit is another: {limits[0]} → {limits[1]}"
    return Difference(
        path=known[-1].path,
        title=known[-1].title,
        unit=unit,
        a=judged[0] if found is None else found.a,
        b=judged[1] if found is None else found.b,
        outcome_a="not in this run" if first is None else first.verdict.outcome.value,
        outcome_b="not in this run" if second is None else second.verdict.outcome.value,
        difference=None if found is None else found.change.value,
        lower=None if found is None else found.change.lower,
        upper=None if found is None else found.change.upper,
        result=result,
        text=text,
        basis="" if found is None else found.basis,
        judged_a=judged[0],
        judged_b=judged[1],
        limit_a=limits[0],
        limit_b=limits[1],
    )


def _why_not(first: RequirementResult | None, second: RequirementResult | None, units: list[str]) -> str:
    """Why nothing can be said of the difference; empty where something may."""
    if first is None or second is None:
        return f"only {'B' if first is None else 'A'} has this requirement"
    absent = [(name, item) for name, item in (("A", first), ("B", second)) if item.verdict.value is None]
    if len(absent) == 2:
        return "measured in neither"
    if absent:
        return f"{absent[0][0]} did not measure it: {absent[0][1].verdict.reason}"
    if len(units) > 1:
        return f"not to be compared: measured in {' and in '.join(units)}"
    others = list(_other_figures(first, second))
    return f"not to be compared: {', '.join(others)}" if others else ""


def _other_figures(first: RequirementResult, second: RequirementResult) -> Iterator[str]:
    """Parameters by which the two figures are of other things; records that kept none say nothing."""
    a, b = first.parameters, second.parameters
    paced = any(item.verdict.details.get("judged") == "paced" for item in (first, second))
    skipped = _SAMPLING - ({"paced_rate_fps"} if paced else set())
    for name in sorted(set(a) & set(b) - skipped):
        if a[name] != b[name]:
            yield f"{name.replace('_', ' ')} {_short(a[name])} → {_short(b[name])}"


def _result(found: Measured) -> str:
    _, lower, upper = found.change
    if lower is None and upper is None:
        return SAME if found.change.value == 0 and not found.basis else UNKNOWN
    if lower == upper == 0:
        return SAME
    return DIFFERENT if (lower is not None and lower > 0) or (upper is not None and upper < 0) else NOT_SHOWN


def _say(found: Measured, result: str, unit: str) -> str:
    value, lower, upper = found.change
    if result == SAME:
        return SAME
    if result == DIFFERENT:
        return f"{DIFFERENT}: B is {_by(value, unit)} ({_span(lower, upper, unit)})"
    if result == NOT_SHOWN:
        return f"{NOT_SHOWN}: B may be {_span(lower, upper, unit)}"
    if found.basis:
        return (
            f"B is {_by(value, unit)}; too little was measured for an interval" if value else "too little was measured"
        )
    return f"B is {_by(value, unit)}; no interval, so whether by chance cannot be told"


def _span(lower: float | None, upper: float | None, unit: str) -> str:
    if lower is None:
        return f"up to {_by(upper or 0.0, unit)}; how far below is open"
    if upper is None:
        return f"from {_by(lower, unit)} up; how far is open"
    return f"from {_by(lower, unit)} to {_by(upper, unit)}"


def _by(value: float, unit: str) -> str:
    amount = f"{number(abs(value), 3)} {unit}".rstrip()
    return f"{amount} {'higher' if value >= 0 else 'lower'}"


def _changes(a: RunRecord, b: RunRecord) -> list[str]:
    found = []
    for stage in dict.fromkeys([*a.chain, *b.chain]):
        before, after = (run.chain.get(stage, {}).get("sha256") for run in (a, b))
        if before != after:
            found.append(f"{stage}: {_short(before)} → {_short(after)}")
    tools = [(name, a.tools.get(name), b.tools.get(name)) for name in sorted({*a.tools, *b.tools})]
    for name, before, after in (
        ("board", _board(a), _board(b)),
        ("precision", a.precision, b.precision),
        ("frames", a.frames.get("sha256"), b.frames.get("sha256")),
        ("labels", a.frames.get("labels_sha256"), b.frames.get("labels_sha256")),
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
