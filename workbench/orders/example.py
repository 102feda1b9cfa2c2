"""Orders of the Welcome page: the example project, only made or run to its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class ExampleDone:
    """What an order of the example came to."""

    project: Path
    run: str
    """The id of its run; empty where it was only made."""
    outcome: str
    """As `RunRecord.outcome_text`."""
    report: Path | None


@dataclass(frozen=True)
class RunExample:
    """Make the example where it is not there, and run it from its model to its report."""

    project: Path
    board: str
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return "Run the example"

    def run(self, context: JobContext) -> ExampleDone:
        """Verdicts and the report's path."""
        from workbench.pipeline.run import DemoJob

        done = DemoJob(self.project, self.board, self.telemetry_hz).run(context)
        return ExampleDone(self.project, done.record.id, done.record.outcome_text, done.report)


@dataclass(frozen=True)
class MakeExample:
    """Make the example and leave it to a person what to do with it."""

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return "Make the example project"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ExampleDone:
        """The project's folder."""
        from workbench.pipeline.example import make_example

        context.step("example", "Make the example project")
        make_example(self.project, context)
        context.end_step(str(self.project))
        return ExampleDone(self.project, "", "", None)
