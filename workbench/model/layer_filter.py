"""The filter of the layers: words and conditions with a space between them, all of which must hold.

`op:conv`, `name:/22/*`, `out:64x48`, `macs>40M`, `params>=10k`, `share>2%`, `kept:` (float in a candidate that has
int8), `kept:int8-k6`, `int8:` and `int8:<candidate>`; a word alone is part of the name, and `-` before a condition
turns it.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable

from workbench.views.model import LayerMatch, LayerRow, LayerTable

Test = Callable[[LayerRow], bool]

_COMPARED = re.compile(r"(macs|params|share)(>=|<=|>|<|=)([\d.]+)([kKmMgG%]?)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "%": 0.01}
_WORDS = ("op", "name", "out", "kept", "int8", "fp16")
_NUMBERS = ("macs", "params", "share")
FLOATS = ("float", "fp16")


def match_layers(table: LayerTable, text: str) -> LayerMatch:
    """The rows that a filter leaves, in the table's order."""
    tests, problems = [], []
    for word in text.split():
        found = _test(word, table)
        if isinstance(found, str):
            problems.append(found)
        else:
            tests.append(found)
    left = list(enumerate(table.rows))
    for test in tests:
        left = [(index, row) for index, row in left if test(row)]
    rows, total = tuple(index for index, _ in left), len(table.rows)
    shown = f"{len(rows):,} of {total:,}" if tests else f"{total:,}"
    return LayerMatch(rows, f"{shown} layers", "; ".join(problems))


def _test(word: str, table: LayerTable) -> Test | str:
    """The condition of a word, or what is wrong with it."""
    if word.startswith("-") and len(word) > 1:
        inner = _test(word[1:], table)
        return inner if isinstance(inner, str) else lambda row: not inner(row)
    compared = _COMPARED.fullmatch(word)
    if compared is not None:
        return _comparison(*compared.groups())
    kind, colon, value = word.partition(":")
    if colon and kind.lower() in _WORDS:
        return _condition(kind.lower(), value, table)
    if word.startswith(_NUMBERS) and any(sign in word for sign in "<>="):
        return f"{word}: give a number such as macs>40M, params>=10k or share>2%"
    return _contains(word)


def _comparison(name: str, sign: str, number: str, unit: str) -> Test | str:
    try:
        limit = float(number) * _FACTORS[unit.lower()]
    except ValueError:
        return f"{number} is no number"
    if (unit == "%") != (name == "share") and unit:
        return f"{name} has no unit {unit}"
    compare = _COMPARE[sign]
    field = {"macs": "macs", "params": "parameters", "share": "share"}[name]

    def holds(row: LayerRow) -> bool:
        value = getattr(row, field)
        return value is not None and compare(value, limit)

    return holds


def _condition(kind: str, value: str, table: LayerTable) -> Test | str:
    folded = value.lower()
    if kind == "op":
        return lambda row: row.operator.lower().startswith(folded)
    if kind == "name":
        return _named(folded)
    if kind == "out":
        wanted = folded.replace("x", "×")
        return lambda row: wanted in row.output
    columns = [index for index, name in enumerate(table.candidates) if not folded or name.lower() == folded]
    if not columns:
        known = ", ".join(table.candidates) or "none yet"
        return f"there is no candidate {value}" if value else f"there is no candidate to tell {kind}: {known}"
    if kind != "kept":
        return lambda row: kind in map(row.precisions.__getitem__, columns)
    quantised = [index for index in columns if any(row.precisions[index] == "int8" for row in table.rows)]
    return lambda row: any(row.precisions[index] in FLOATS for index in quantised)


def _named(pattern: str) -> Test:
    if not any(sign in pattern for sign in "*?["):
        return _contains(pattern)
    fits = re.compile(fnmatch.translate(pattern)).match
    return lambda row: fits(row.name.lower()) is not None


def _contains(word: str) -> Test:
    folded = word.lower()
    return lambda row: folded in row.name.lower()
