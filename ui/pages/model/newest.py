"""Questions of which only the newest matters: an older answer would show what is no longer asked for."""

from __future__ import annotations

from typing import Any

from ui.bridge import Answer


class Newest:
    """Remembers the question that is open for each thing."""

    def __init__(self) -> None:
        self._open: dict[str, Answer[Any]] = {}

    def ask(self, what: str, answer: Answer[Any]) -> None:
        """This is the question that matters now; the one before is of no interest any more."""
        before = self._open.get(what)
        if before is not None:
            before.drop()
        self._open[what] = answer

    def drop_all(self) -> None:
        """Nothing that was asked matters any more."""
        for answer in self._open.values():
            answer.drop()
        self._open = {}
