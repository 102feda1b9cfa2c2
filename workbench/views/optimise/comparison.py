"""Two candidates side by side: facts, figures and classes; what differs between their runs is an order's to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.values import CandidateRow, Cell
from workbench.views.optimise.words import mb_text, signed

if TYPE_CHECKING:
    from workbench.results.comparison import Difference
    from workbench.session import Session

THIS_MACHINE = "this-machine"
BETTER, WORSE = "better", "worse"
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class ComparedFact:
    """One fact of both."""

    name: str
    a: str
    b: str
    change: str
    """b less a, with its unit; empty where there is nothing to subtract, or nothing between them."""
    tone: str = ""
    """`better` or `worse` where the intervals of both lie apart; else empty: not shown different."""


@dataclass(frozen=True)
class ComparedClass:
    """Average precision of one class."""

    name: str
    a: str
    b: str
    change: str
    delta: float | None


@dataclass(frozen=True)
class ComparedGroup:
    """Facts under a heading."""

    title: str
    facts: tuple[ComparedFact, ...]


@dataclass(frozen=True)
class CandidateComparison:
    """Two candidates."""

    a: str
    b: str
    groups: tuple[ComparedGroup, ...]
    classes: tuple[ComparedClass, ...]
    classes_text: str
    run_a: str
    """Runs of both on one board that can be compared frame by frame; empty where there are none."""
    run_b: str
    board: str
    why_no_runs: str
    """Why no two runs can be compared, and what would give them."""


@dataclass(frozen=True)
class DifferenceRow:
    """One requirement in both runs, as `slipway compare` has it."""

    title: str
    a: str
    b: str
    difference: str
    interval: str
    result: str
    """`different`, `not shown different`, `the same`, or `cannot be said`."""
    text: str


@dataclass(frozen=True)
class RunDifferences:
    """What differs between the runs of two candidates."""

    run_a: str
    run_b: str
    rows: tuple[DifferenceRow, ...]
    changed: tuple[str, ...]
    note: str


def compare_candidates(session: Session, project: Path, a: str, b: str, board: str) -> CandidateComparison:
    """Two candidates by their keys, with a board on which their runs may be compared.

    Raises:
        DocumentProblems, UsageError: the project cannot be opened, or a key is none.
    """
    from workbench.base.errors import UsageError
    from workbench.views.optimise.page import open_ground
    from workbench.views.optimise.rows import make_rows

    ground = open_ground(session, project)
    rows = {row.key: row for row in make_rows(ground)}
    if a not in rows or b not in rows:
        raise UsageError("a candidate that was to be compared is not there any more", "Choose two of the table.")
    first, second = rows[a], rows[b]
    runs = [next((item.run for item in row.speeds if item.board == board), "") for row in (first, second)]
    whole = all(runs)
    missing = [row.name for row, run in zip((first, second), runs, strict=True) if not run]
    verb, them = ("has", "it") if len(missing) == 1 else ("have", "both")
    why = f"{' and '.join(missing)} {verb} no run on {board}. Verify {them} there to compare frame by frame."
    return CandidateComparison(
        a=first.name,
        b=second.name,
        groups=tuple(_groups(first, second)),
        classes=tuple(_classes(first, second)),
        classes_text=_both_texts(first.classes_text, second.classes_text),
        run_a=runs[0] if whole else "",
        run_b=runs[1] if whole else "",
        board=board,
        why_no_runs="" if whole else why,
    )


def difference_row(item: Difference) -> DifferenceRow:
    """A row of `compare_runs` in words."""
    from workbench.reports.wording import quantity_text, unit_of_difference

    unit = unit_of_difference(item.unit)
    ends = [quantity_text(end, unit) for end in (item.lower, item.upper)]
    if ends[0].partition(" ")[2] == ends[1].partition(" ")[2]:
        ends[0] = ends[0].partition(" ")[0]
    known = item.lower is not None or item.upper is not None
    a, b = (item.judged_a if item.a is None else item.a, item.judged_b if item.b is None else item.b)
    return DifferenceRow(
        item.title,
        DASH if a is None else quantity_text(a, item.unit),
        DASH if b is None else quantity_text(b, item.unit),
        DASH if item.difference is None else quantity_text(item.difference, unit).replace("-", "\N{MINUS SIGN}"),
        " … ".join(ends).replace("-", "\N{MINUS SIGN}") if known else "",
        item.result,
        item.text,
    )


def _both_texts(a: str, b: str) -> str:
    """`300 frames, run 4` and `300 frames, run 2` are `300 frames, runs 4 and 2`."""
    first, _, run_a = a.partition(", run ")
    second, _, run_b = b.partition(", run ")
    if first == second and run_a != run_b and run_a and run_b:
        return f"{first}, runs {run_a} and {run_b}"
    return " and ".join(dict.fromkeys(text for text in (a, b) if text))


def _groups(a: CandidateRow, b: CandidateRow) -> Iterator[ComparedGroup]:
    yield ComparedGroup("Recipe", tuple(_texts(a, b)))
    yield ComparedGroup("Figures", tuple(_figures(a, b)))
    engines = tuple(_engines(a, b))
    if engines:
        yield ComparedGroup("Engine", engines)
    speeds = [
        _fact(_there(one.board), one.p99, two.p99, 2, " ms", lower_is_better=True)
        for one, two in zip(a.speeds, b.speeds, strict=True)
    ]
    yield ComparedGroup("Latency p99", tuple(speeds))


def _there(board: str) -> str:
    return "this machine" if board == THIS_MACHINE else board


def _engines(a: CandidateRow, b: CandidateRow) -> Iterator[ComparedFact]:
    for one, two in zip(a.speeds, b.speeds, strict=True):
        if one.engine_bytes is not None or two.engine_bytes is not None:
            sizes = [DASH if cell.engine_bytes is None else f"{mb_text(cell.engine_bytes)} MB" for cell in (one, two)]
            both = one.engine_bytes is not None and two.engine_bytes is not None
            grown = ((two.engine_bytes or 0) - (one.engine_bytes or 0)) / 1e6
            change = f"{signed(grown, 2)} MB" if both else ""
            yield ComparedFact(_there(one.board), sizes[0], sizes[1], change)


def _texts(a: CandidateRow, b: CandidateRow) -> Iterator[ComparedFact]:
    pairs = {"Precision": (a.precision, b.precision), "Made": (a.made, b.made)}
    for row, place in ((a, 0), (b, 1)):
        for group in row.facts:
            if group.title == "Recipe":
                for fact in group.facts:
                    known = pairs.get(fact.name, ("", ""))
                    pairs[fact.name] = (fact.value, known[1]) if place == 0 else (known[0], fact.value)
    for name, (one, two) in pairs.items():
        if one or two:
            same = one == two and name != "Made"
            yield ComparedFact(name, one or DASH, two or DASH, "the same" if same else "")


def _figures(a: CandidateRow, b: CandidateRow) -> Iterator[ComparedFact]:
    change = (b.size_bytes - a.size_bytes) / 1e6
    yield ComparedFact(
        "Candidate file", f"{a.size_text} MB", f"{b.size_text} MB", f"{signed(change, 2)} MB" if change else "the same"
    )
    yield _fact("Signal to error", a.error, b.error, 1, " dB", lower_is_better=False)
    yield _fact("mAP50", a.map50, b.map50, 3, "", lower_is_better=False)
    yield _fact("IoU with fp32", a.iou, b.iou, 3, "", lower_is_better=False)


def _fact(name: str, one: Cell, two: Cell, digits: int, unit: str, *, lower_is_better: bool) -> ComparedFact:
    texts = [f"{cell.text}{unit if cell.value is not None else ''}" for cell in (one, two)]
    if one.value is None or two.value is None:
        return ComparedFact(name, texts[0], texts[1], "")
    change = two.value - one.value
    tone = ""
    if _apart(one, two):
        tone = BETTER if (change < 0) == lower_is_better else WORSE
    return ComparedFact(name, texts[0], texts[1], f"{signed(change, digits)}{unit}", tone)


def _apart(one: Cell, two: Cell) -> bool:
    """Whether two intervals are known and do not touch; an open end reaches everywhere."""
    below = one.high is not None and two.low is not None and one.high < two.low
    above = two.high is not None and one.low is not None and two.high < one.low
    return below or above


def _classes(a: CandidateRow, b: CandidateRow) -> Iterator[ComparedClass]:
    first = {row.name: row.device for row in a.classes}
    for row in b.classes:
        before = first.get(row.name)
        delta = None if before is None or row.device is None else row.device - before
        yield ComparedClass(
            row.name,
            DASH if before is None else f"{before:.3f}",
            row.device_text,
            DASH if delta is None else signed(delta, 3),
            delta,
        )
