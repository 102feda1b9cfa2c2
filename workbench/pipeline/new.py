"""A new project from a model: inspected, copied, and both documents proposed; all of it or nothing."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from projects.create import Proposal, create_project
from projects.deployment_settings import Calibration
from projects.layout import DEPLOYMENT, Layout
from projects.problems import Finding
from workbench.base.atomic import cannot_write
from workbench.base.errors import UsageError
from workbench.evaluate.wording import count
from workbench.frames.selection import select_frames
from workbench.intake.health import Ailment, calibration_ailments
from workbench.intake.outside import Outside
from workbench.pipeline.check import CheckResult, check_project
from workbench.pipeline.inspection import Asked, Inspected, inspect, open_model
from workbench.pipeline.model_check import MODEL
from workbench.pipeline.new_data import DataAsked, NewData, open_data, open_sources
from workbench.pipeline.new_proposal import Wanted, model_files, propose
from workbench.pipeline.new_trial import Trialled, try_model, usual_way

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


@dataclass(frozen=True)
class NewJob:
    """Make a project from an ONNX model, and from frames and labels where there are any; they are copied into it."""

    project: Path
    """Its folder: new, empty, or one that holds model and data already and no documents."""
    model: Path
    frames: Path | None = None
    """The test set: a folder of images, or a video."""
    labels: Path | None = None
    """Of these frames: a COCO JSON file, or a folder of YOLO text files."""
    calibration: Path | None = None
    """Frames for INT8: a folder of images, or a video."""
    target: str = "this machine"
    """The board, as the documents call it."""
    precision: str = "FP32"
    input_size: str | None = None
    """Of an image input without a size of its own: width x height, such as `640x384`."""
    head: str | None = None
    """What decodes the outputs, where names and shapes do not tell."""
    classes: str | None = None
    """A file of class names, or the names with commas."""
    detections: Path | None = None
    """What the training framework detected on these frames: a COCO results JSON file."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Make the project {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> CheckResult:
        """What a check of the new project says, with the limits that wait for a person.

        Raises:
            UsageError: model, frames or labels cannot be taken, or there is a project already; nothing is written.
            SlipwayError: the project cannot be written; what was written is removed.
        """
        _refuse_occupied(self.project)
        proposal, files, ailments = self._prepare(context)
        context.step("create", f"Write {self.project}")
        try:
            _write(self.project, files, proposal, context)
        except OSError as error:
            raise cannot_write(Path(str(error.filename or self.project)), error) from error
        result = check_project(self.project)
        context.end_step(f"{len(result.unconfirmed)} proposed values wait for a person")
        return replace(result, findings=(*result.findings, *map(_as_finding, ailments)))

    def _prepare(self, context: JobContext) -> tuple[Proposal, dict[str, Path], tuple[Ailment, ...]]:
        """What will be written, and what is to be looked at; the model's weights are let go with it."""
        context.step("inspect", f"Inspect {self.model.name}")
        asked = Asked(self.model, self.input_size, self.head, self.classes)
        data_asked = DataAsked(self.frames, self.labels, self.calibration, self.detections)
        own = Path(self.head) if self.head is not None and self.head.lower().endswith(".py") else None
        wanted = Wanted(self.project, self.model, self.target, self.precision, own)
        opened = open_model(asked, context)
        wanted.require_precision(opened.facts)
        sources = open_sources(data_asked)
        detector = inspect(opened, asked, sources.get("frames"), context)
        data = open_data(self.project, data_asked, sources, detector.class_names, detector.chosen.head.classes)
        context.end_step(_in_short(detector))
        trialled = self._try(detector, data, context)
        proposal = propose(wanted, detector, data, trialled)
        doubts = (Ailment(doubt, "is it another head? See `slipway: head:`") for doubt in detector.chosen.doubts)
        return (
            proposal,
            {**model_files(wanted, detector), **data.files},
            (*doubts, *trialled.ailments, *_of_calibration(data, context)),
        )

    def _try(self, detector: Inspected, data: NewData, context: JobContext) -> Trialled:
        if "frames" not in data.sources:
            return usual_way(detector)
        context.step("examine", f"Run {self.model.name} on a few frames")
        outside = Outside(labels=self.labels, detections=self.detections)
        names = detector.class_names or data.classes
        trialled = try_model(detector, data.sources["frames"], names, outside, context)
        many = count(len(trialled.ailments), "thing") if trialled.ailments else ""
        context.end_step(trialled.confirmed or (f"{many} to look at" if many else "nothing is wrong with it"))
        return trialled


def _of_calibration(data: NewData, context: JobContext) -> tuple[Ailment, ...]:
    source = data.sources.get("calibration")
    if source is None:
        return ()
    most = Calibration.model_fields["count"].default
    return calibration_ailments(select_frames(source, data.names["calibration"], most, 0, context.check))


def _in_short(detector: Inspected) -> str:
    head, changed = detector.chosen.head, len(detector.source.changes)
    text = f"{detector.facts.inputs[0]} → {head.name} with {head.classes} classes"
    return text + (f", {changed} changes to the graph" if changed > 1 else ", 1 change to the graph" if changed else "")


def _as_finding(ailment: Ailment) -> Finding:
    return Finding(DEPLOYMENT, None, MODEL, ailment.text, ailment.hint)


def _refuse_occupied(folder: Path) -> None:
    layout = Layout(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, so no project can be made in it", "Give the name of a new folder.")
    there = [path.name for path in (layout.deployment, layout.deployment_tests) if path.exists()]
    if there:
        hint = "Open it as it is, or give the name of a new folder."
        raise UsageError(f"{folder} is a project already: it has {' and '.join(there)}", hint)


def _write(folder: Path, files: Mapping[str, Path], proposal: Proposal, context: JobContext) -> None:
    """Copy beside the project first, so that it appears as a whole; a folder that is there gets what it lacks."""
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        hint = "Name the files in the project instead, or remove these."
        raise UsageError(f"{folder} holds {', '.join(taken[:6])} already", hint)
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.resolve().name}.", dir=parent) as part:
        stage = Path(part) / "project"
        stage.mkdir()
        _copy(stage, files, context)
        if folder.exists() and any(folder.iterdir()):
            _fill(folder, stage, tuple(files), proposal)
            return
        create_project(stage, proposal)
        if folder.exists():
            folder.rmdir()
        stage.rename(folder)


def _copy(stage: Path, files: Mapping[str, Path], context: JobContext) -> None:
    for done, (name, file) in enumerate(files.items()):
        context.check()
        context.progress(done / len(files), f"copying {name}")
        try:
            file.open("rb").close()
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror or error}", "Check that it may be read.") from error
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, stage / name)
        except OSError as error:
            raise cannot_write(stage / name, error) from error


def _fill(folder: Path, stage: Path, names: Sequence[str], proposal: Proposal) -> None:
    """Move the copies into a folder that holds something, and write the documents; undone where that fails."""
    layout = Layout(folder)
    with contextlib.ExitStack() as undo:
        for path in (layout.deployment, layout.deployment_tests):
            if not path.exists():
                undo.callback(path.unlink, missing_ok=True)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).rename(folder / name)
            undo.callback((folder / name).unlink, missing_ok=True)
        create_project(folder, proposal)
        undo.pop_all()
