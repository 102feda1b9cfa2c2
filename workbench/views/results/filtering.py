"""The language of the filter over all runs; standard library only, for the window filters while a person types.

Words must all be there: `int8 fail latency`. `-quick` must not. `board:this` looks in one column, `p99<10` compares a
figure. Facets are what was chosen from a list.
"""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from workbench.views.results.values import Figure, Filter, Filtered, ResultsPage, RunLine
from workbench.views.verify.words import grouped

_COMPARE = re.compile(r"(?P<name>[a-z0-9]+)(?P<sign><=|>=|<|>|=)(?P<value>.+)")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
FIGURES: dict[str, Callable[[RunLine], Figure]] = {
    "p50": lambda line: line.p50_ms,
    "p99": lambda line: line.p99_ms,
    "fps": lambda line: line.throughput_fps,
    "memory": lambda line: line.memory_mb,
    "iou": lambda line: line.iou,
    "map": lambda line: line.map50,
    "run": lambda line: Figure(float(line.number), ""),
}
"""What can be compared, by its name in the filter."""
COLUMNS = ("candidate", "board", "mode", "kind", "model", "precision", "word")
_COLUMN_NAMES = {"validity": "word", **{name: name for name in COLUMNS}}
HELP = (
    "Words that must be there: int8 fail latency. Without: -quick. In a column: board:this, validity:stale. "
    f"A figure: p99<10, map>0.9 ({', '.join(FIGURES)})."
)


@dataclass(frozen=True)
class _Term:
    """One part of the text."""

    said: str
    test: Callable[[RunLine], bool]


class _Wrong(ValueError):
    """A part of the text that cannot be understood."""


def apply_filter(page: ResultsPage, wanted: Filter) -> Filtered:
    """The runs that a filter leaves; where it leaves none, which part to drop."""
    try:
        terms = [_term(part) for part in _split(wanted.text)]
    except _Wrong as error:
        return Filtered(page.lines, _count(page.lines, page.lines), problem=str(error))
    terms += [_facet(name, value) for name, value in wanted.chosen]
    left = _left(page.lines, terms)
    found = Filtered(left, _count(left, page.lines))
    if left or not page.lines:
        return found
    said, without = _drop(page, wanted, terms)
    return replace(found, drop=said, drop_to=without)


def _left(lines: Iterable[RunLine], terms: list[_Term]) -> tuple[RunLine, ...]:
    for term in terms:
        test = term.test
        lines = [line for line in lines if test(line)]
    return tuple(lines)


def _count(left: tuple[RunLine, ...], lines: tuple[RunLine, ...]) -> str:
    whole = f"{grouped(len(lines))} run{'' if len(lines) == 1 else 's'}"
    return whole if len(left) == len(lines) else f"{grouped(len(left))} of {whole}"


def _drop(page: ResultsPage, wanted: Filter, terms: list[_Term]) -> tuple[str, Filter | None]:
    """The part without which most is left; no one part where only dropping all helps."""
    parts = _split(wanted.text)
    chances = []
    for place, term in enumerate(terms):
        left = len(_left(page.lines, [*terms[:place], *terms[place + 1 :]]))
        if left:
            chances.append((left, place, term.said))
    if not chances:
        return "all filters", Filter()
    _, place, said = max(chances)
    if place < len(parts):
        return said, replace(wanted, text=" ".join(_quoted([*parts[:place], *parts[place + 1 :]])))
    chosen = place - len(parts)
    return said, replace(wanted, chosen=wanted.chosen[:chosen] + wanted.chosen[chosen + 1 :])


def _quoted(parts: Iterable[str]) -> list[str]:
    return [f'"{part}"' if " " in part else part for part in parts]


def _split(text: str) -> list[str]:
    """The parts of a text; what stands in quotes is one of them."""
    try:
        return shlex.split(text.replace("'", "\\'"))
    except ValueError:
        return text.split()


def _facet(name: str, value: str) -> _Term:
    column = _COLUMN_NAMES.get(name, name)
    return _Term(value, lambda line: str(getattr(line, column, "")) == value)


def _term(part: str) -> _Term:
    lower = part.lower()
    if lower.startswith("-") and len(lower) > 1:
        inner = _term(part[1:])
        return _Term(part, lambda line: not inner.test(line))
    compared = _COMPARE.fullmatch(lower)
    if compared is not None:
        return _comparison(part, compared)
    name, colon, value = lower.partition(":")
    if colon and name in _COLUMN_NAMES:
        column = _COLUMN_NAMES[name]
        return _Term(part, lambda line: value in str(getattr(line, column)).lower())
    return _Term(part, lambda line: lower in line.text)


def _comparison(part: str, found: re.Match[str]) -> _Term:
    figure = FIGURES.get(found["name"])
    if figure is None:
        raise _Wrong(f"{part}: {found['name']} is no figure. Figures are {', '.join(FIGURES)}.")
    try:
        limit = float(found["value"])
    except ValueError:
        raise _Wrong(f"{part}: {found['value']} is no number.") from None
    compare = _SIGNS[found["sign"]]

    def test(line: RunLine) -> bool:
        value = figure(line).value
        return value is not None and compare(value, limit)

    return _Term(part, test)
