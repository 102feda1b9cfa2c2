"""Which class of the model a label's class is: by what the documents say, by the same name, or by a name alike."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ALIKE = "a name alike"
"""How a name is matched that only looks alike."""
NOTHING = "-"
"""What the documents map a label's class to that is to be left out."""


@dataclass(frozen=True)
class MappedName:
    """A label's class and the model's class that it is."""

    label: str
    model: str | None
    """None where the model has no such class."""
    how: str
    """In words."""


def map_names(
    labels: Iterable[str], classes: Sequence[str], asked: Mapping[str, str] | None = None
) -> tuple[MappedName, ...]:
    """The model's class of each label's class.

    A name is alike where only case, blanks, hyphens and underscores differ, and only one class of the model is.

    Args:
        labels: names that labels use.
        classes: the model's.
        asked: from label name to model name, as the documents say; `-` leaves it out.
    """
    given = asked or {}
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(_folded(name), []).append(name)
    return tuple(_map(name, classes, alike, given) for name in dict.fromkeys(labels))


def _map(name: str, classes: Sequence[str], alike: Mapping[str, list[str]], asked: Mapping[str, str]) -> MappedName:
    if name in asked:
        wanted = asked[name]
        if wanted == NOTHING:
            return MappedName(name, None, "left out, as the documents say")
        if wanted in classes:
            return MappedName(name, wanted, "as the documents say")
        return MappedName(name, None, f"the documents map it to {wanted}, and the model has no such class")
    if name in classes:
        return MappedName(name, name, "the same name")
    same = alike.get(_folded(name), [])
    if len(same) == 1:
        return MappedName(name, same[0], ALIKE)
    near = difflib.get_close_matches(name, classes, 1, 0.75)
    return MappedName(name, None, f"the model has no such class; is it {near[0]}?" if near else "no such class")


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
