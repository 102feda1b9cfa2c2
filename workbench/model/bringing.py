"""Bringing things into a project that is there: frames with labels, or another model; all of it or nothing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from projects.keys import keys_of
from projects.layout import DEPLOYMENT
from projects.problems import DocumentProblems
from projects.yaml_edit import set_value
from projects.yaml_file import YamlFile
from workbench.base.atomic import cannot_write
from workbench.base.errors import UsageError
from workbench.base.events import RecordWritten
from workbench.base.hashing import sha256_file
from workbench.frames.labels import labels_inside
from workbench.model.edits import new_problems
from workbench.model.opened import OpenedDocument, document_of, open_document, open_file
from workbench.model.page import see
from workbench.model.tried_frames import FRAMES, frames_source
from workbench.optimise.adapt import Changes
from workbench.optimise.objections import require_takeable
from workbench.pipeline.model_check import MODEL
from workbench.pipeline.new_data import DataAsked, open_data, open_sources

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.orders.model import AddFrames, FramesAdded, ModelReplaced, ReplaceModel

_PATHS = {"frames": FRAMES, "labels": "slipway.frames.labels", "detections": "slipway.frames.detections"}
_SOURCE = "model_format.source"
CALIBRATION = "slipway.calibration.images"


def add_frames(order: AddFrames, context: JobContext) -> FramesAdded:
    """Look at what is brought, copy it, and name it in the documents.

    Raises:
        UsageError: it cannot be read, does not fit the model, or lies in the project's way.
    """
    from workbench.orders.model import FramesAdded

    context.step("look", "Look at the frames")
    sight = see(order.project, (), context.home)
    head = sight.understood.head
    if isinstance(head, UsageError):
        raise UsageError("Labels cannot be matched while nothing decodes the model", "Settle the head first.")
    there = None if order.frames is not None else frames_source(sight.document)
    if order.frames is None and there is None:
        raise UsageError("The project has no frames that labels could belong to", "Give the frames too.")
    frames = order.frames if there is None else there.path
    asked = DataAsked(frames, order.labels, None, order.detections)
    sources = open_sources(asked)
    data = open_data(order.project, asked, sources, sight.understood.names, head.head.classes)
    context.end_step(f"{data.count('frames'):,} frames")
    names = {_PATHS[kind]: name for kind, name in data.names.items() if kind in _PATHS}
    if data.classes and not sight.understood.model.facts.class_names:
        names["slipway.frames.classes"] = ", ".join(data.classes)
    _bring(sight.document, data.files, names, context)
    return FramesAdded(order.project, tuple(names), len(data.files))


def add_calibration(project: Path, frames: Path, context: JobContext) -> tuple[str, int]:
    """Copy calibration frames, with labels that lie among them, and name them in the documents.

    Returns how the documents name them, and how many there are.

    Raises:
        UsageError: they cannot be read, or lie in the project's way.
    """
    context.step("look", "Look at the frames")
    document = open_document(project)
    asked = DataAsked(calibration=frames)
    data = open_data(project, asked, open_sources(asked), (), 0)
    name, files = data.names["calibration"], dict(data.files)
    labels = labels_inside(frames)
    if files and labels is not None and labels.is_file():
        files[f"{name}/{labels.name}"] = labels
    count = data.count("calibration")
    context.end_step(f"{count:,} frames")
    _bring(document, files, {CALIBRATION: name}, context)
    return name, count


def replace_model(order: ReplaceModel, context: JobContext) -> ModelReplaced:
    """Look at the model, copy it with the data beside it, and name it in the documents.

    Raises:
        UsageError: it is no model that can be taken, or the project has this one.
    """
    from workbench.orders.model import ModelReplaced

    context.step("look", f"Look at {order.model.name}")
    document = open_document(order.project)
    opened = open_file(order.model, Changes())
    require_takeable(opened.facts)
    name, files = _place_model(document, order.model, opened.brought.external)
    context.end_step(f"{opened.facts.inputs[0]}")
    values = {MODEL: name}
    if document.raw.text(_SOURCE) == document.raw.text(MODEL) and document.raw.text(_SOURCE):
        values[_SOURCE] = name
    _bring(document, files, values, context)
    return ModelReplaced(order.project, name)


def _place_model(document: OpenedDocument, model: Path, beside: tuple[str, ...]) -> tuple[str, dict[str, Path]]:
    """How the documents will name the model, and what is copied; a file of that name with other bytes stays."""
    folder = document.raw.layout.folder.resolve()
    current = document.raw.text(MODEL)
    if model.resolve().is_relative_to(folder):
        name, files = model.resolve().relative_to(folder).as_posix(), {}
    else:
        name = _free_name(document.raw.layout.folder, model)
        files = {name: model, **{f"models/{item}": model.resolve().parent / item for item in beside}}
    if name == current:
        raise UsageError(f"the project's model is {name} already", "Check it again instead.")
    return name, files


def _free_name(folder: Path, model: Path) -> str:
    for number in range(1, 1000):
        name = f"models/{model.stem}{f'-{number}' if number > 1 else ''}.onnx"
        taken = folder / name
        if not taken.exists() or sha256_file(taken) == sha256_file(model):
            return name
    raise UsageError(f"{folder}/models holds a thousand files of that name", "Remove some of them.")


def _bring(document: OpenedDocument, files: Mapping[str, Path], values: Mapping[str, str], context: JobContext) -> None:
    """Copy the files that are not there yet and save the document; a failure leaves neither."""
    folder, file = document.raw.layout.folder, document.raw.file
    file = _edited(document, file, values)
    context.step("copy", "Copy into the project")
    with contextlib.ExitStack() as undo:
        for done, (name, source) in enumerate(files.items()):
            context.check()
            context.progress(done / len(files), name)
            _copy(folder / name, source, undo)
        file.save()
        undo.pop_all()
    context.publish(RecordWritten(context.job_id, "document", str(document.raw.layout.deployment), DEPLOYMENT))
    context.end_step(f"{len(files):,} files" if files else "nothing had to be copied")


def _edited(document: OpenedDocument, file: YamlFile, values: Mapping[str, str]) -> YamlFile:
    for path, value in values.items():
        listed: object = [part.strip() for part in value.split(",")] if path.endswith(".classes") else value
        file = set_value(file, keys_of(path, document.raw.root), listed)
    wrong = new_problems(document, document_of(file, document.raw.layout))
    if wrong:
        raise DocumentProblems(wrong, f"the document {file.name}")
    return file


def _copy(target: Path, source: Path, undo: contextlib.ExitStack) -> None:
    if target.exists():
        if target.is_file() and sha256_file(target) == sha256_file(source):
            return
        raise UsageError(
            f"{target} is in the project already, with another content", "Rename the file, then try again."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        undo.callback(target.unlink, missing_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise cannot_write(target, error) from error
