"""The project's detector: its model, its head, its class names, and how a frame becomes its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from projects.project import Project
from targets.agent.frames import find_misfits
from targets.agent.heads.base import Head
from targets.agent.plan import HeadChoice, Preprocess
from workbench.base.errors import UsageError
from workbench.frames.resize import Fitting
from workbench.intake.heads import choose_head
from workbench.intake.own_head import OwnHead, read_own_head, settle_trust
from workbench.optimise.adapt import adapt_model, changes_of
from workbench.optimise.model_facts import ModelFacts, facts_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.optimise.objections import require_takeable
from workbench.settings import home_folder
from workbench.verify.side_by_side import Thresholds

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


AS_THEY_ARE = "Set `slipway: preprocessing: scale: 1`, and leave `mean` and `std` out."
"""For a model that takes bytes; what is not set is 1/255, 0 and 1."""


@dataclass(frozen=True)
class Detector:
    """What a model and its documents come to."""

    model: ModelFile
    """As it is worked with: what is changed in memory before anything is made from it is changed."""
    facts: ModelFacts
    head: Head
    choice: HeadChoice
    """How a board is told of the head."""
    plugin: bytes
    """The source of the project's own head; empty for Slipway's own."""
    class_names: tuple[str, ...]
    named: bool
    """False where neither the documents nor the model name the classes, so that they are numbered."""
    fitting: Fitting
    preprocess: Preprocess
    thresholds: Thresholds


def open_detector(project: Project, context: JobContext | None = None) -> Detector:
    """Read the project's model and settle what decodes it.

    A head of the project's own is code: it is only run where a person has trusted it, who is asked through `context`.

    Raises:
        UsageError: the model cannot be read or taken, no head knows its outputs, its own head is not trusted, or its
            input in uint8 does not take the preprocessing.
    """
    model = open_model(project)
    facts = facts_of(model)
    width, height, layout = input_size(facts)
    frames, used = project.settings.frames, project.effective
    preprocess = preprocess_of(project, layout)
    _require_fitting(facts, preprocess)
    given = frames.classes if frames is not None else None
    names = tuple(given) if given else facts.class_names
    options = project.settings.head_options.model_dump(exclude_none=True)
    count = len(names) if names else 0
    chosen = choose_head(
        facts, (width, height), count, used.head, options, model=model.model, own=_own_head(project, context)
    )
    return Detector(
        model=model,
        facts=facts,
        head=chosen.head,
        choice=chosen.choice,
        plugin=chosen.plugin,
        class_names=names or tuple(f"class {number}" for number in range(chosen.head.classes)),
        named=names is not None,
        fitting=Fitting(
            width,
            height,
            "stretch" if used.resize == "stretch" else "letterbox",
            used.pad,
            "top_left" if used.anchor == "top_left" else "center",
        ),
        preprocess=preprocess,
        thresholds=Thresholds(
            used.confidence, used.nms_iou, used.max_detections, used.map_confidence, used.map_nms_iou
        ),
    )


def misfits_of(facts: ModelFacts, preprocess: Preprocess) -> dict[str, str]:
    """What of the preprocessing the model's input cannot take: the values in words, by their keys."""
    return {
        f"slipway.preprocessing.{name}": f"{name} {getattr(preprocess, name)}"
        for name in find_misfits(preprocess, facts.inputs[0].dtype)
    }


def _require_fitting(facts: ModelFacts, preprocess: Preprocess) -> None:
    for key, got in misfits_of(facts, preprocess).items():
        raise UsageError(
            f"{facts.path} takes pixels as they are, in {facts.inputs[0].dtype}; {got} would change them ({key})",
            AS_THEY_ARE,
        )


def _own_head(project: Project, context: JobContext | None) -> OwnHead | None:
    """The file that the documents name as head, trusted where there is somebody to ask; None for Slipway's heads."""
    name = project.settings.head or ""
    if not name.lower().endswith(".py"):
        return None
    own = read_own_head(project.folder / name, home_folder() if context is None else context.home)
    if context is not None:
        settle_trust(own, context)
    return own


def open_model(project: Project) -> ModelFile:
    """The project's model as it is worked with (`adapt.py`).

    Raises:
        UsageError: it cannot be read, or not be changed as needed.
    """
    return adapt_model(load_model(project.model_path), changes_of(project.settings.model.model_dump()))


def input_size(facts: ModelFacts) -> tuple[int, int, Literal["NCHW", "NHWC"]]:
    """(width, height, layout) of a model's one input, [1, 3, height, width] or [1, height, width, 3].

    Raises:
        UsageError: nothing in Slipway can take the model (`objections.py`).
    """
    require_takeable(facts)
    shape = [axis if isinstance(axis, int) else 0 for axis in facts.inputs[0].shape]
    return (shape[3], shape[2], "NCHW") if shape[1] == 3 else (shape[2], shape[1], "NHWC")


def preprocess_of(project: Project, layout: str) -> Preprocess:
    """How the documents have a pixel become a number of the input."""
    used = project.effective
    return Preprocess(used.color, used.scale, _three(used.mean), _three(used.std), layout)


def _three(values: tuple[float, ...]) -> tuple[float, ...]:
    return values * 3 if len(values) == 1 else values
