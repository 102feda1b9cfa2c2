"""The project's detector: its model, its head, its class names, and how a frame becomes its input."""

from __future__ import annotations

from dataclasses import dataclass

from projects.project import Project
from targets.agent.heads.base import Head, find_head
from targets.agent.plan import Preprocess
from targets.agent.protocol import CommandError
from workbench.base.errors import UsageError
from workbench.frames.resize import Fitting
from workbench.optimise.model_facts import ModelFacts, inspect_model, require_static
from workbench.verify.side_by_side import Thresholds


@dataclass(frozen=True)
class Detector:
    """What a model and its documents come to."""

    facts: ModelFacts
    head: Head
    class_names: tuple[str, ...]
    named: bool
    """False where neither the documents nor the model name the classes, so that they are numbered."""
    fitting: Fitting
    preprocess: Preprocess
    thresholds: Thresholds


def open_detector(project: Project) -> Detector:
    """Read the project's model and settle what decodes it.

    Raises:
        UsageError: the model cannot be read or taken, or no head knows its outputs.
    """
    facts = inspect_model(project.model_path)
    require_static(facts)
    width, height = input_size(facts)
    frames, used = project.settings.frames, project.effective
    given = frames.classes if frames is not None else None
    names = tuple(given) if given else facts.class_names
    head = decide_head(facts, len(names) if names else 0)
    return Detector(
        facts=facts,
        head=head,
        class_names=names or tuple(f"class {number}" for number in range(head.classes)),
        named=names is not None,
        fitting=Fitting(width, height, "stretch" if used.resize == "stretch" else "letterbox", used.pad),
        preprocess=Preprocess(used.color, used.scale, _three(used.mean), _three(used.std)),
        thresholds=Thresholds(
            used.confidence, used.nms_iou, used.max_detections, used.map_confidence, used.map_nms_iou
        ),
    )


def input_size(facts: ModelFacts) -> tuple[int, int]:
    """(width, height) of a model's one input [1, 3, height, width].

    Raises:
        UsageError: the input has another layout.
    """
    image = facts.inputs[0]
    shape = image.shape
    if image.dtype not in {"float32", "float16"}:
        raise UsageError(f"{facts.path} takes {image}; numbers in float32 are expected", "Export the model in float32.")
    if len(shape) != 4 or shape[0] != 1 or shape[1] != 3 or not all(isinstance(axis, int) for axis in shape):
        raise UsageError(
            f"{facts.path} takes {image}, which is no single RGB image in NCHW order",
            "Export the model with batch 1 and an input of [1, 3, height, width].",
        )
    return int(str(shape[3])), int(str(shape[2]))


def decide_head(facts: ModelFacts, classes: int) -> Head:
    """The head that decodes a model's outputs.

    Raises:
        UsageError: no head knows them, or they have another number of classes than is named.
    """
    shapes = [[axis if isinstance(axis, int) else 0 for axis in output.shape] for output in facts.outputs]
    try:
        return find_head(shapes, classes)
    except CommandError as error:
        raise UsageError(f"{facts.path}: {error.summary}", error.hint) from error


def _three(values: tuple[float, ...]) -> tuple[float, ...]:
    return values * 3 if len(values) == 1 else values
