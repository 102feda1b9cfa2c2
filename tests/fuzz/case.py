"""One input of a fuzzer: bytes with a name, so that a failing one is a file that can be kept and tried again."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final, NamedTuple, Protocol

from workbench.base.errors import SlipwayError


class Case(NamedTuple):
    """An input; the ending of its name says what it is where a fuzzer takes several kinds."""

    name: str
    data: bytes


MAX_WORDS: Final = 60_000
"""Characters; an error is read by a person: what the other side sent may not make it endless."""


def require_short(error: SlipwayError) -> None:
    """Fail where an error is longer than anybody reads."""
    text = str(error)
    assert len(text) <= MAX_WORDS, f"an error of {len(text)} characters: {error.summary[:200]!r}"


class Fuzzer(Protocol):
    """What a module of this folder must have to be run by name."""

    PROCESSES: bool
    """Whether the product may start processes here."""

    def prepare(self, home: Path) -> None:
        """Import and build what all cases share; before any limit holds."""

    def make(self, random: Random) -> Case:
        """An input, by nothing but the random numbers."""

    def check(self, case: Case, folder: Path) -> str:
        """Let the product take the input in an empty folder; says in a word what came of it.

        Raises:
            SlipwayError: the product refused it in words. Anything else is a failure.
        """


NAMES = ("replies", "requests", "models", "heads", "documents", "files")
"""The fuzzers, each a module of this folder."""
