"""Telling a head from names and shapes of a model's outputs; nothing is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from targets.agent.heads.base import OutputSpec, in_words
from workbench.base.errors import UsageError


@dataclass(frozen=True)
class Recognised:
    """A head that fits."""

    name: str
    classes: int
    why: str
    """What it was told by, in words."""
    options: Mapping[str, Any] = field(default_factory=dict)


def recognise_heads(
    outputs: Sequence[OutputSpec],
    size: tuple[int, int],
    classes: int = 0,
    asked: str | None = None,
) -> Recognised:
    """The head that names and shapes tell.

    Args:
        outputs: of the model.
        size: (width, height) of its input.
        classes: how many are named; 0: unknown.
        asked: only this head, where a person names it.

    Raises:
        UsageError: none fits, with what the outputs look like and what to do.
    """
    if asked not in {None, "yolov8"}:
        raise _unknown(outputs, f"the head {asked!r} was asked for")
    shapes = [output.shape for output in outputs]
    if len(shapes) != 1:
        raise _unknown(outputs, "a YOLOv8 head has one output")
    (shape,) = shapes
    if len(shape) != 3 or shape[0] != 1:
        raise _unknown(outputs, "a YOLOv8 head gives [1, 4 + classes, anchors]")
    if classes and shape[1] == 4 + classes:
        return Recognised("yolov8", classes, f"one output {list(shape)} and {classes} classes are named")
    if shape[2] in {6, 7} and shape[1] <= 1000:
        raise _unknown(outputs, "this looks like detections after suppression inside the graph")
    if shape[1] > shape[2]:
        raise _unknown(outputs, "this looks like [1, anchors, 4 + classes] or [1, anchors, 5 + classes]")
    found = shape[1] - 4
    if found < 1 or classes:
        expected = f"{classes} classes" if classes else "at least one class"
        raise _unknown(outputs, f"{shape[1]} rows are 4 box values and {found} scores; expected {expected}")
    grid = " of strides 8, 16 and 32" if shape[2] == sum(size[0] // s * (size[1] // s) for s in (8, 16, 32)) else ""
    return Recognised("yolov8", found, f"one output {list(shape)}: 4 + {found} values for each anchor{grid}")


def _unknown(outputs: Sequence[OutputSpec], reason: str) -> UsageError:
    return UsageError(
        f"no head decodes outputs of shape {in_words(outputs)}: {reason}",
        "Export the model without suppression, as YOLOv8 does: [1, 4 + classes, anchors].",
    )
