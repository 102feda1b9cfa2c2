"""What a job is: frozen parameters, a title, and the one method that does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


class Job(Protocol):
    """A frozen dataclass of parameters that can be pickled, because it may work in a process of its own."""

    @property
    def title(self) -> str:
        """What a person reads, e.g. "Verify demo on this machine"."""

    @property
    def board(self) -> str | None:
        """The board that this job changes: jobs on one board follow each other. None changes no board."""

    def run(self, context: JobContext) -> object:
        """Do the work and return a frozen, picklable value.

        Raises:
            Cancelled: a person stopped it, and everything is cleaned up.
            LinkLost: the outcome on the board is unknown.
            SlipwayError: it failed, in words.
        """
