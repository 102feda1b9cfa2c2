"""Values as cells of tables for other programs: nothing that a spreadsheet takes for a formula, or refuses."""

from __future__ import annotations

import re

MOST_LETTERS = 32_767
"""That a cell of a spreadsheet holds."""
_FORMULA = frozenset({"=", "+", "-", "@", "\t", "\r"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")

Cell = str | float | int | bool | None


def guard_cell(value: object) -> Cell:
    """A value as a cell; names come from documents and boards, and none of them may become a formula.

    Raises:
        TypeError: it is neither text nor number nor nothing.
    """
    if isinstance(value, str):
        plain = _CONTROL.sub("�", value)
        kept = f"'{plain}" if plain[:1] in _FORMULA else plain
        if len(kept) <= MOST_LETTERS:
            return kept
        told = f" … (cut: {len(value)} letters)"
        return kept[: MOST_LETTERS - len(told)] + told
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - not a number is not measured
        return None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(f"a cell cannot be {type(value).__name__}")
