"""What long work is handed to say how far it is and to learn that it shall stop."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """A job's context is one; so is Silent."""

    def progress(self, fraction: float | None, text: str) -> None:
        """Say how far the work is: 0 to 1, None where the end cannot be known."""

    def check(self) -> None:
        """Raise Cancelled if somebody asked to stop."""


class Silent:
    """A reporter that tells nobody and never stops."""

    def progress(self, fraction: float | None, text: str) -> None:
        """Nobody listens."""

    def check(self) -> None:
        """Nobody asks to stop."""
