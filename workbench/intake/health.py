"""Whether a model is alive: what its outputs on a few real frames say of it, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.heads.base import Head
from workbench.frames.selection import Selection, repeated_frames
from workbench.intake.preprocessing_rank import VALUES
from workbench.intake.trial import Feeding, Outputs, Trial, Tried
from workbench.optimise.model_file import ModelFile

if TYPE_CHECKING:
    import onnx

CONFIDENCE = 0.25
CROWD = 50
"""Detections a frame above which it is asked whether the pixels are scaled wrongly."""
LEAST_CALIBRATION = 32
"""Frames; below it the ranges of activations depend on which frames were taken."""
_SATURATED, _CROWDED = 0.99, 0.5
_COARSE = 0.02
"""A score in steps of this size or coarser cannot be compared with a threshold."""
_FAR_MORE = 5
"""So many times the detections make another scaling of the pixels the likelier one."""
_PASSING = {"Reshape", "Transpose", "Identity", "Cast", "Squeeze", "Unsqueeze", "Flatten"}
"""Operators that only pass values on."""


@dataclass(frozen=True)
class Ailment:
    """Something that is wrong, and what to do about it."""

    text: str
    hint: str
    dead: bool = False
    """Whether nothing can be made of the model as it is, however it is fed."""


def find_ailments(
    trial: Trial, head: Head, model: ModelFile, feeding: Feeding, check: Callable[[], None] = lambda: None
) -> tuple[Ailment, ...]:
    """Run the model on the trial's frames and look at what it gives.

    Args:
        trial: the model and a few frames that differ.
        head: decodes it.
        model: for the scales of its outputs.
        feeding: how it is fed.
        check: raises where the work is to stop.

    Raises:
        SlipwayError: ONNX Runtime failed.
    """
    tried = []
    for one in trial.run(feeding, CONFIDENCE):
        check()
        tried.append(one)
    found = [*_of_outputs([one.outputs for one in tried]), *_of_scores(tried, head, model)]
    count = sum(len(one.found) for one in tried)
    if not found and not len(tried) <= count <= CROWD * len(tried):
        found += _of_values(trial, feeding, count, check)
    return tuple(found)


def calibration_ailments(calibration: Selection) -> tuple[Ailment, ...]:
    """What is wrong with the frames that INT8 ranges are measured on."""
    found = []
    names, repeats = calibration.names, repeated_frames(calibration)
    if len(names) - len(repeats) < LEAST_CALIBRATION:
        text = (
            f"there are {len(names) - len(repeats)} different calibration frames; INT8 ranges need {LEAST_CALIBRATION}"
        )
        found.append(Ailment(text, "add frames of the kind that the board sees, in all light and weather"))
    if repeats:
        many = f"{len(repeats)} calibration frames repeat others ({', '.join(repeats[:3])})"
        found.append(Ailment(many, "they add nothing to the ranges: replace them"))
    return tuple(found)


def _of_outputs(frames: Sequence[Outputs]) -> Iterator[Ailment]:
    """Outputs that hold no numbers, or the same ones whatever comes in."""
    for place, arrays in enumerate(zip(*frames, strict=True)):
        name = "the output" if len(frames[0]) == 1 else f"output {place + 1} of {len(frames[0])}"
        values = [np.asarray(array, np.float64) for array in arrays]
        bad = sum(int(array.size - np.isfinite(array).sum()) for array in values)
        if bad:
            yield Ailment(
                f"{name} holds {bad} values that are no finite numbers",
                "look at the scaling of the pixels first; with float16, keep the layers with large values in float32",
            )
        elif all(array.size and array.min() == array.max() for array in values) and values[0].size > 1:
            yield Ailment(f"{name} is dead: every value is {values[0].flat[0]:g}", "export the model again", True)
    same = [_is_same(arrays) for arrays in zip(*frames, strict=True)]
    if len(frames) > 1 and all(same) and any(np.size(array) and np.ptp(array) for array in frames[0]):
        name = "the output is" if len(frames[0]) == 1 else "every output is"
        yield Ailment(
            f"{name} the same for {len(frames)} different frames",
            "the model does not see its input: look at the pixels' scale, else export it again",
        )


def _is_same(arrays: Sequence[NDArray[Any]]) -> bool:
    return all(np.array_equal(arrays[0], array) for array in arrays[1:])


def _of_scores(tried: Sequence[Tried], head: Head, model: ModelFile) -> Iterator[Ailment]:
    scores = [np.asarray(head.decode_anchors(one.outputs)[1], np.float64) for one in tried]
    scores = [array for array in scores if array.size and np.isfinite(array).all()]
    if not scores:
        return
    best = [array.max(axis=1) for array in scores]
    low, high = min(float(array.min()) for array in scores), max(float(array.max()) for array in scores)
    scale = shared_scale(model)
    if low == high == 0.0 and scale is not None:
        yield Ailment(
            f"every score is 0: boxes and scores were quantised with one scale of {scale:.3g}, so that a score below "
            f"{scale / 2:.3g} becomes 0",
            "quantise again and keep the last layers in float, or give the float32 model: Slipway makes INT8 from it",
            dead=True,
        )
    elif low == high == 0.0:
        yield Ailment(
            "every score is 0 on every frame", "the head or the export is broken: export the model again", True
        )
    elif scale is not None and scale >= _COARSE:
        yield Ailment(
            f"boxes and scores were quantised with one scale of {scale:.3g}: scores come in steps of that",
            "quantise again and keep the last layers in float",
        )
    if low < 0 or high > 1:
        text = f"scores lie between {low:.3g} and {high:.3g}, which no probabilities do"
        yield Ailment(text, "are they still logits, or does another head decode them? See `slipway: head:`")
    elif not head.ranked and np.mean(np.concatenate(best) >= _SATURATED) > _CROWDED:
        yield Ailment(
            f"more than half of all anchors have a score of {_SATURATED} or more",
            "the outputs are saturated: look at the scaling of the pixels and at the head",
        )


def _of_values(trial: Trial, feeding: Feeding, count: int, check: Callable[[], None]) -> Iterator[Ailment]:
    """Hardly anything is found, or a crowd: does another scaling of the pixels find far more, or far less?"""
    counts = {}
    for name, (scale, mean, std) in VALUES.items():
        other = replace(feeding, scale=scale, mean=mean, std=std)
        if not trial.takes(other):
            continue
        check()
        counts[name] = count if other == feeding else sum(len(tried.found) for tried in trial.run(other, CONFIDENCE))
    most, least = (choose(counts, key=lambda name: counts[name]) for choose in (max, min))
    if counts[most] >= max(_FAR_MORE * count, 1):
        few = f"there are but {count} detections" if count else "nothing is found on any frame"
        yield Ailment(
            f"{few}; with pixels scaled to {most} there are {counts[most]}",
            "look at `slipway: preprocessing:` (scale, mean, std)",
        )
    elif counts[least] and count >= _FAR_MORE * counts[least]:
        yield Ailment(
            f"there are {count} detections; with pixels scaled to {least} there are but {counts[least]}",
            "look at `slipway: preprocessing:` (scale, mean, std): a model that is fed wrongly sees things everywhere",
        )
    elif not count:
        yield Ailment(
            "nothing is found on any frame, and hardly anything however pixels are scaled",
            "give frames that show what the model knows; if they do, look at head, classes and channel order",
        )


def shared_scale(model: ModelFile) -> float | None:
    """The one scale with which an only output of boxes and scores together is quantised; None where it is not."""
    graph = model.model.graph
    if len(graph.output) != 1:
        return None
    makers = {name: node for node in graph.node for name in node.output}
    node = makers.get(graph.output[0].name)
    while node is not None and node.op_type in _PASSING and node.input:
        node = makers.get(node.input[0])
    if node is None or node.op_type != "DequantizeLinear" or len(node.input) < 2:
        return None
    return _scalar(graph, node.input[1])


def _scalar(graph: onnx.GraphProto, name: str) -> float | None:
    from onnx import numpy_helper

    stored = next((tensor for tensor in graph.initializer if tensor.name == name), None)
    if stored is None:
        made = next((node for node in graph.node if node.op_type == "Constant" and name in node.output), None)
        stored = next((item.t for item in made.attribute if item.name == "value"), None) if made is not None else None
    values = numpy_helper.to_array(stored) if stored is not None else np.empty(0)
    return float(values.reshape(-1)[0]) if values.size == 1 else None
