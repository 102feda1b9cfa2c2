"""What a person brings for a new project, looked at before anything is written."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.wording import count
from workbench.frames.source import open_source
from workbench.intake.heads import ClassesNeeded, SeveralHeads
from workbench.model.facts import big_number
from workbench.model.form import KINDS
from workbench.model.opened import open_file
from workbench.optimise.adapt import Changes
from workbench.optimise.model_facts import ModelFacts
from workbench.optimise.objections import refuse_precision, require_takeable
from workbench.pipeline.model_check import recognise_head
from workbench.pipeline.new_proposal import PRECISIONS
from workbench.settings import projects_folder
from workbench.views.new_project import BroughtData, BroughtModel

_MOST_NAMES = 6


def brought_model(file: Path, home: Path) -> BroughtModel:
    """Look at an ONNX file; what cannot be taken says why instead of raising.

    Args:
        file: from anywhere.
        home: where the state of the user lies; a project is never proposed in it.
    """
    parent = projects_folder(home)
    folder = free_folder(home.parent if parent == home else parent, file)
    try:
        facts = _facts(file)
        head, classes = _head(file, facts)
    except SlipwayError as error:
        said = error.summary.replace(f"{file}: ", "").replace(str(file), file.name)
        return BroughtModel(file, file.name, "", "", "", "", "", (), folder, said, error.hint, error.detail)
    refused = {name: refuse_precision(facts, name) for name in PRECISIONS}
    return BroughtModel(
        file=file,
        name=file.name,
        about=_about(facts),
        input=", ".join(map(str, facts.inputs)),
        outputs=", ".join(map(str, facts.outputs[:3])) + (", …" if len(facts.outputs) > 3 else ""),
        head=head,
        classes=classes,
        precisions=tuple((name, f"{why[0]}: {why[1]}" if why else "") for name, why in refused.items()),
        folder=folder,
    )


def brought_frames(path: Path) -> BroughtData:
    """Look at frames."""
    try:
        source = open_source(path)
    except SlipwayError as error:
        return BroughtData("", error.summary.replace(str(path), path.name), error.hint)
    return BroughtData(f"{count(len(source.names()), 'frame')}")


def free_folder(parent: Path, model: Path) -> Path:
    """A folder below `parent` with the model's name that is not there yet."""
    stem = re.sub(r"[^\w.-]+", "-", model.stem).strip("-._").lower()[:60] or "project"
    for number in range(1, 1000):
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        if not folder.exists():
            return folder
    raise UsageError(f"{parent} holds a thousand projects of {model.name}", "Choose another folder.")


def _facts(file: Path) -> ModelFacts:
    """The facts of a model whose sides may be open, for which a person is asked later."""
    facts = open_file(file, Changes()).facts
    if not facts.dynamic_axes:
        require_takeable(facts)
    return facts


def _head(file: Path, facts: ModelFacts) -> tuple[str, str]:
    names = facts.class_names or ()
    shown = ", ".join(names[:_MOST_NAMES]) + (
        f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    )
    named = f"{len(names)}: {shown}" if names else "not named in the file"
    found = recognise_head(open_file(file, Changes()).source, facts, len(names))
    if isinstance(found, UsageError):
        if not facts.dynamic_axes and not isinstance(found, SeveralHeads | ClassesNeeded):
            raise found
        return "not told by names and shapes; its values will be looked at", named
    return f"{KINDS.get(found.choice.name, found.choice.name)}, {_classes(found.head.classes)}", named


def _classes(number: int) -> str:
    return "1 class" if number == 1 else f"{number} classes"


def _about(facts: ModelFacts) -> str:
    macs = "" if facts.mac_count is None else f", {big_number(facts.mac_count)} MACs"
    producer = f", by {facts.producer}" if facts.producer else ""
    return f"{facts.size_bytes / 1e6:.1f} MB, {facts.parameter_count:,} parameters{macs}, opset {facts.opset}{producer}"
