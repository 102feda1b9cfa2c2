"""Order of the Verify page: some requirements again, until they are decided if wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class Verified:
    """What a verification came to."""

    run: str
    """Its id."""
    number: int
    outcome: str
    """As `RunRecord.outcome_text`."""


@dataclass(frozen=True)
class VerifyRequirements:
    """Measure some requirements on a board where the release is installed."""

    project: Path
    board: str
    only: tuple[str, ...]
    """Ids, kinds or paths of requirements; empty for all."""
    until_decided: bool = False
    """Start the engine again and again until the latency is decided."""
    at_most_s: float | None = None
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        names = ", ".join(name.rpartition("/")[2] for name in self.only) or self.project.name
        return f"Measure {names} on {self.board}" + (" until decided" if self.until_decided else "")

    def run(self, context: JobContext) -> Verified:
        """The run with its verdicts."""
        from workbench.pipeline.verify import VerifyJob

        record = VerifyJob(
            self.project,
            self.board,
            self.only,
            until_decided=self.until_decided,
            at_most_s=self.at_most_s,
            telemetry_hz=self.telemetry_hz,
        ).run(context)
        return Verified(record.id, record.number, record.outcome_text)
