"""Finds what somebody means from a few letters: word beginnings before runs of letters before scattered ones.

Ours, because rapidfuzz measures how alike two strings are and knows neither letters in order nor beginnings of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
BOUNDARIES = " -_./:@#,()"
START, RUN, ANY, GAP = 10.0, 6.0, 1.0, 0.15
RECENT = 40.0
LEAST = 3.0
"""A letter must be worth this much on average, else nobody would see why the entry is there."""


def rank(
    query: str,
    entries: Iterable[T],
    text_of: Callable[[T], str],
    *,
    recent: Mapping[str, int] | None = None,
    key_of: Callable[[T], str] | None = None,
) -> list[T]:
    """The entries that have all the query's letters in order, word by word, the best first.

    Args:
        query: as it was typed; its words may come in any order.
        entries: what there is, in the order that holds among equals.
        text_of: what an entry is looked for by.
        recent: keys of entries that were chosen lately, to how many have been chosen since; they come first.
        key_of: an entry's key.
    """
    words = query.lower().split()
    found: list[tuple[float, int, T]] = []
    for at, entry in enumerate(entries):
        text = text_of(entry).lower()
        scores = [score(word, text) for word in words]
        if any(item is None for item in scores):
            continue
        total = sum(item for item in scores if item is not None)
        if recent and key_of is not None and (since := recent.get(key_of(entry))) is not None:
            total += RECENT / (1 + since)
        found.append((-total, at, entry))
    found.sort(key=lambda item: item[:2])
    return [entry for _, _, entry in found]


def score(word: str, text: str) -> float | None:
    """How well a word fits a text, both in small letters; None where its letters are not there in order."""
    whole = text.find(word)
    if whole >= 0:
        begins = whole == 0 or text[whole - 1] in BOUNDARIES
        return RUN * len(word) + (START if begins else 0.0) + START / (1 + whole / 8) - GAP * len(text) / 8
    return _scattered(word, text)


def _scattered(word: str, text: str) -> float | None:
    total, at, before = 0.0, 0, -2
    for letter in word:
        found = _next(letter, text, at)
        if found < 0:
            return None
        begins = found == 0 or text[found - 1] in BOUNDARIES
        total += ANY + (START / 2 if begins else 0.0) + (RUN / 2 if found == before + 1 else 0.0)
        total -= GAP * (found - at)
        before, at = found, found + 1
    return total if total >= LEAST * len(word) else None


def _next(letter: str, text: str, start: int) -> int:
    """Where a letter comes next: at the beginning of a word, if it does soon, else anywhere."""
    first = text.find(letter, start)
    at = first
    while 0 <= at < first + 16:
        if at == 0 or text[at - 1] in BOUNDARIES:
            return at
        at = text.find(letter, at + 1)
    return first


def note_recent(recent: Sequence[str], key: str, most: int = 50) -> tuple[str, ...]:
    """The keys with one chosen now, the newest first."""
    return (key, *(item for item in recent if item != key))[:most]
