"""The one error that a person sees: what failed, on what, and what to do next."""

from __future__ import annotations

import enum


class Fault(enum.Enum):
    """Whose fault a failure is; the command turns it into its exit code (`docs/architecture.md`)."""

    USE = 2
    """Wrong use or a wrong document."""
    BOARD = 4
    """The board or the link to it."""
    WORK = 5
    """The work itself failed: a build, an optimisation, a measurement."""
    INTERNAL = 70
    """A defect of Slipway."""
    CANCELLED = 130


class SlipwayError(Exception):
    """A failure in words.

    Args:
        summary: what failed, and on what; one sentence without a full stop at its end.
        hint: what to do next; empty only where nothing can be done.
        detail: evidence: argv, exit code, last lines of stderr, problems one a line.
        fault: whose fault it is.
    """

    def __init__(self, summary: str, hint: str = "", detail: str = "", fault: Fault = Fault.WORK) -> None:
        super().__init__(summary)
        self.summary = summary
        self.hint = hint
        self.detail = detail
        self.fault = fault

    def __reduce__(self) -> tuple[type[SlipwayError], tuple[str, str, str, Fault]]:
        """Errors cross process borders in events, so they must survive pickling."""
        return type(self), (self.summary, self.hint, self.detail, self.fault)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.summary, self.hint, self.detail) if part)


class UsageError(SlipwayError):
    """Wrong use or a wrong document: exit 2."""

    def __init__(self, summary: str, hint: str = "", detail: str = "", fault: Fault = Fault.USE) -> None:
        super().__init__(summary, hint, detail, fault)


class BoardError(SlipwayError):
    """The board refused or could not: exit 4."""

    def __init__(self, summary: str, hint: str = "", detail: str = "", fault: Fault = Fault.BOARD) -> None:
        super().__init__(summary, hint, detail, fault)


class LinkLost(BoardError):
    """The link is gone and the outcome on the board is unknown: never success."""


class Cancelled(SlipwayError):
    """A person stopped the work."""

    def __init__(
        self, summary: str = "cancelled", hint: str = "", detail: str = "", fault: Fault = Fault.CANCELLED
    ) -> None:
        super().__init__(summary, hint, detail, fault)
