"""Questions of which only the newest answer counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ui.bridge import Answer

if TYPE_CHECKING:
    from workbench.base.events import ErrorText

T = TypeVar("T")


class Asking:
    """Remembers what was asked by name; a newer question of the same name drops the older one."""

    def __init__(self) -> None:
        self._asked: dict[str, Answer[Any]] = {}

    def ask(self, name: str, answer: Answer[T], then: Callable[[T], object]) -> None:
        """Hand an answer on, unless the same is asked again before it comes."""
        self.drop(name)
        self._asked[name] = answer
        answer.then(then)

    def drop(self, name: str) -> None:
        """Nobody wants the answer any more."""
        known = self._asked.pop(name, None)
        if known is not None:
            known.drop()

    def drop_all(self) -> None:
        """Nobody wants any of the answers any more."""
        for name in tuple(self._asked):
            self.drop(name)


def quiet(_error: ErrorText) -> None:
    """What cannot be read is said by another question's error on the same page; one card is enough."""
