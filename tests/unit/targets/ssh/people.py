"""A person who answers what a test foresaw, and remembers what was asked and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from targets.person import Person
from workbench.base.errors import BoardError


@dataclass
class Answering:
    """Answers in order; asked more than that, nobody is there."""

    answers: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, text and flag of each question."""
    told: list[str] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """As boards know it."""
        return Person(self._ask, self.told.append)

    def _ask(self, kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        self.asked.append((kind, text, flag))
        if len(self.asked) > len(self.answers):
            raise BoardError(f"nobody is there to answer: {text}", f"Answer it beforehand with {flag}.")
        return self.answers[len(self.asked) - 1]
