"""What is wrong in a document: each problem with its place, what was got, what was expected and the near miss."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from workbench.base.errors import Fault, UsageError

_MEANT = re.compile(r"did you mean '(.+)'\?")
SHOWN = 100
"""A person corrects no more at once; a hostile document has tens of thousands of problems."""


@dataclass(frozen=True, order=True)
class Problem:
    """One problem of one document; a document with a problem is not loaded at all."""

    file: str
    """Name of the document, relative to the project."""
    line: int | None
    """Line, from 1; None where the file as a whole is meant."""
    path: str
    """Keys from the document's root mapping down, joined by dots; empty for the file as a whole."""
    got: str
    """What stands there, in words: `'50 sm'`, `nothing`, `an unknown key`."""
    expected: str
    """What is allowed there, in words."""
    hint: str = ""
    """What to do about it, or the near miss."""
    column: int | None = field(default=None, compare=False)
    """Column, from 1, where text is no YAML; None where the path tells the place."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        where = f"{place}: {self.path}" if self.path else place
        text = f"{where}: got {self.got}, expected {self.expected}"
        return f"{text}; {self.hint}" if self.hint else text


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a person should look at; the documents load all the same."""

    file: str
    line: int | None
    path: str
    text: str
    """What was found, as one sentence without a full stop."""
    hint: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        where = f"{place}: {self.path}" if self.path else place
        return f"{where}: {self.text}; {self.hint}" if self.hint else f"{where}: {self.text}"


class DocumentProblems(UsageError):
    """All problems of all documents of a project at once; `detail` holds one a line."""

    def __init__(self, problems: Iterable[Problem], what: str = "the documents of the project") -> None:
        self.problems = tuple(sorted(problems, key=_place))
        self.what = what
        verb = "has" if what.startswith("the document ") else "have"
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        left_out = len(self.problems) - SHOWN
        lines = [*map(str, self.problems[:SHOWN]), *([f"… and {left_out} more"] if left_out > 0 else [])]
        super().__init__(
            f"{what} {verb} {count}",
            "Correct each line below, then try again; nothing was loaded.",
            "\n".join(lines),
            Fault.USE,
        )

    def __reduce__(self) -> tuple[type[DocumentProblems], tuple[tuple[Problem, ...], str]]:  # type: ignore[override]
        """Errors cross process borders in events, so they must survive pickling."""
        return type(self), (self.problems, self.what)


def _place(problem: Problem) -> tuple[str, int, str, str]:
    return problem.file, problem.line or 0, problem.path, problem.got


def near_miss(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was most likely meant, or None where none is near.

    A difference of case alone always counts; else at most one slip (a letter more, less, other, or two swapped) in
    four letters, and never all letters of the word; else the beginning of one choice alone.
    """
    folded, choices = word.casefold(), list(choices)
    best: tuple[int, int, int] | None = None
    found = None
    for index, choice in enumerate(choices):
        slips = count_slips(folded, choice.casefold())
        if slips > max(1, max(len(word), len(choice)) // 4) or slips >= max(len(word), len(choice)):
            continue
        rank = (slips, abs(len(choice) - len(word)), index)
        if best is None or rank < best:
            best, found = rank, choice
    if found is None and len(word) > 2:
        longer = [choice for choice in choices if choice.casefold().startswith(folded)]
        found = longer[0] if len(longer) == 1 else None
    return found


def count_slips(left: str, right: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): slips of typing between two words."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        here = [row]
        for column, other in enumerate(right, 1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, above = above, here
    return above[-1]


def suggest(word: str, choices: Iterable[str]) -> str:
    """The near miss as a hint: `did you mean 'x'?`, or nothing."""
    found = near_miss(word, choices)
    return f"did you mean '{found}'?" if found is not None else ""


def meant_by(hint: str) -> str | None:
    """The near miss that a hint names: the inverse of `suggest`; None where it names none, or several."""
    match = _MEANT.fullmatch(hint)
    return match[1] if match is not None else None


def one_of(choices: Iterable[str]) -> str:
    """`one of a, b, c`, in words."""
    names = list(choices)
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def quote(value: object, limit: int = 60) -> str:
    """A value of a document as a person reads it, cut to a bounded length."""
    text = " ".join(str(value).split())
    return f"'{text}'" if len(text) <= limit else f"'{text[: limit - 1]}…'"
