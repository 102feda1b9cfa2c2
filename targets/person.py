"""Whoever is asked what only a person can answer, and told what a person should hear, while a board is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from workbench.base.errors import BoardError

CONFIRM: Final = "confirm"
SECRET: Final = "secret"  # noqa: S105 - a kind of question
TEXT: Final = "text"


class Ask(Protocol):
    """Asks a person and waits for the answer."""

    def __call__(self, kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        """The answer: `yes` or `no` for `confirm`, else what was typed.

        Args:
            kind: `confirm`, `secret`, `choice` or `text`.
            text: the question as it is shown.
            choices: what may be answered to a `choice`.
            flag: the option of the command that answers it beforehand.

        Raises:
            BoardError: nobody is there to be asked; says what would have been asked, and the flag.
            Cancelled: the work was stopped instead.
        """
        ...


def ask_nobody(kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:  # noqa: ARG001 - an `Ask`
    """The answer where nobody is there."""
    hint = f"Answer it beforehand with {flag}." if flag else "Do this where somebody can answer: in a terminal."
    raise BoardError(f"nobody is there to answer: {text}", hint)


@dataclass(frozen=True)
class Person:
    """A person at the desktop."""

    ask: Ask = ask_nobody
    tell: Callable[[str], None] = lambda _text: None
    """Told a sentence that the person should hear, and that changes nothing."""

    def telling_once(self) -> Person:
        """The same, who hears each sentence only the first time."""
        told: set[str] = set()

        def tell(text: str) -> None:
            if text not in told:
                told.add(text)
                self.tell(text)

        return Person(self.ask, tell)


NOBODY: Final = Person()
