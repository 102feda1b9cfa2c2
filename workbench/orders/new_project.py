"""The order of the window's New: a project from an ONNX file, asking a person for what the file leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

MOST_QUESTIONS = 4
"""Of one project; what is still open then is an error."""


@dataclass(frozen=True)
class ProjectMade:
    """A new project."""

    project: Path
    proposed: int
    """Values that wait for a person."""
    remarks: tuple[str, ...]
    """What a person should look at."""


@dataclass(frozen=True)
class NewProject:
    """Make a project from an ONNX model, and from frames and labels where there are any."""

    project: Path
    model: Path
    frames: Path | None = None
    labels: Path | None = None
    calibration: Path | None = None
    precision: str = "FP32"
    target: str = "this machine"
    head: str | None = None
    classes: str | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Make the project {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ProjectMade:
        """The project; nothing is written before every question is answered.

        Raises:
            UsageError: model, frames or labels cannot be taken, or there is a project already.
        """
        from workbench.intake.heads import ClassesNeeded, SeveralHeads

        order = self
        for _ in range(MOST_QUESTIONS):
            try:
                return order.make(context)
            except SeveralHeads as error:
                if not error.names or order.head is not None or not context.interactive:
                    raise
                text = f"{_in_short(error.summary, self.model)}. Which is it?"
                order = replace(order, head=context.ask("choice", text, error.names, flag="--head"))
            except ClassesNeeded as error:
                if order.frames is None or not context.interactive:
                    raise
                many = f"{error.count} names" if error.count else "names"
                text = f"{_in_short(error.summary, self.model)}. Give {many} with commas, in the model's order."
                order = replace(order, classes=context.ask("text", text, flag="--classes"))
        return order.make(context)

    def make(self, context: JobContext) -> ProjectMade:
        """Make it from what is known, or raise what is open."""
        from workbench.pipeline.new import NewJob

        job = NewJob(
            project=self.project,
            model=self.model,
            frames=self.frames,
            labels=self.labels,
            calibration=self.calibration,
            target=self.target,
            precision=self.precision,
            head=self.head,
            classes=self.classes,
        )
        result = job.run(context)
        remarks = tuple(item.text for item in result.findings)
        return ProjectMade(self.project, len(result.unconfirmed), remarks)


def _in_short(summary: str, model: Path) -> str:
    return summary.replace(f"{model}: ", "").replace(str(model), model.name)
