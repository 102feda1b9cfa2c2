"""Orders of the Model page: check the model, bring labelled frames, replace the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.model import ModelChecks

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class CheckModel:
    """Run every check on a project's model; each is told as it ends, as a `ResultPart` called `check`."""

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Check the model of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ModelChecks:
        """All of them, problems first.

        Raises:
            UsageError: the project or its model cannot be read.
        """
        from workbench.model.checking import check_model

        return check_model(self.project, context)


@dataclass(frozen=True)
class FramesAdded:
    """What a project has now to confirm its model with."""

    project: Path
    paths: tuple[str, ...]
    """Of the deployment specification, which were set."""
    copied: int
    """Files that were copied into the project."""


@dataclass(frozen=True)
class AddFrames:
    """Copy frames, labels or exported detections into a project and name them in its documents."""

    project: Path
    frames: Path | None = None
    """A folder of images, or a video; None keeps the frames that the project has."""
    labels: Path | None = None
    """A COCO JSON file, or a folder of YOLO text files."""
    detections: Path | None = None
    """What the training framework detected: a COCO results JSON file."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Add frames to {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> FramesAdded:
        """What was set.

        Raises:
            UsageError: they cannot be read, or do not fit the model; nothing is written.
        """
        from workbench.model.bringing import add_frames

        return add_frames(self, context)


@dataclass(frozen=True)
class ModelReplaced:
    """Which model a project has now."""

    project: Path
    model: str
    """As the documents name it."""


@dataclass(frozen=True)
class ReplaceModel:
    """Give a project another ONNX file; whatever was made from the one before is stale then."""

    project: Path
    model: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Replace the model of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ModelReplaced:
        """Which one it is.

        Raises:
            UsageError: the file is no model that can be taken; nothing is written.
        """
        from workbench.model.bringing import replace_model

        return replace_model(self, context)
