"""Changing a model in memory before anything is made from it, so that reference and candidates are of one graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.base.hashing import sha256_bytes
from workbench.optimise.cleanup import sort_nodes
from workbench.optimise.metadata import Size, input_size_of
from workbench.optimise.model_file import ModelFile
from workbench.optimise.second_inputs import fold_second_inputs
from workbench.optimise.skeleton import Skeleton, inferred, read_by, skeleton_of
from workbench.optimise.suppression import cut_suppression

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class Changes:
    """What a person asked for; what can be decided without one is done anyway."""

    batch: int | None = None
    width: int | None = None
    height: int | None = None


def adapt_model(source: ModelFile, asked: Changes) -> ModelFile:
    """The model that Slipway works with: one image input of a fixed shape, outputs that a head can decode.

    Nodes are put in order, a suppression plugin of TensorRT is cut off, the image's axes without a length get one (the
    batch 1, width and height the ones that are asked for, else those of the metadata's `imgsz`), and second inputs that
    a fixed size decides become constants. Names, opset and IR version stay.

    Args:
        source: as it was read; stays as it is.
        asked: lengths of axes that have none.

    Returns:
        `source` itself where nothing has to be changed; else a model whose `changes` say what was done and whose
        `sha256` is of the file's hash and these changes.

    Raises:
        UsageError: the model ends in a plugin that does more than suppress.
    """
    skeleton = skeleton_of(source.model)
    done = [*_sort(skeleton)]
    cut = cut_suppression(skeleton)
    if cut is not None:
        done.append(cut.done)
    done += _fix_axes(skeleton, asked, input_size_of(source.model))
    size = _image_size(skeleton)
    if size is not None:
        done += fold_second_inputs(skeleton, size)
    if not done:
        return source
    _settle_outputs(skeleton)
    identity = json.dumps([source.sha256, done, asdict(asked)], sort_keys=True)
    return replace(
        source,
        model=skeleton.whole(),
        sha256=sha256_bytes(identity.encode()),
        changes=tuple(done),
        head_options=dict(cut.head_options) if cut is not None else {},
    )


def changes_of(settings: Mapping[str, Any]) -> Changes:
    """From `slipway: model:` of a deployment specification."""
    return Changes(**settings)


def _sort(skeleton: Skeleton) -> Iterator[str]:
    """Put every node behind those that it reads from; ONNX demands it and not every exporter does it."""
    made = {name: index for index, node in enumerate(skeleton.model.graph.node) for name in node.output}
    late = (
        index < made.get(name, -1) for index, node in enumerate(skeleton.model.graph.node) for name in read_by(node)
    )
    if any(late):
        sort_nodes(skeleton.model)
        yield "the nodes were put in order: some stood in front of those that they read from"


def _fix_axes(skeleton: Skeleton, asked: Changes, known: Size | None) -> Iterator[str]:
    """Give an image input's axes without a length one; a batch is 1 anyway."""
    size = Size(asked.width or (known and known.width), asked.height or (known and known.height))
    taken = known is not None and not (asked.width or asked.height)
    for value in skeleton.inputs():
        kind = value.type.tensor_type
        if not kind.HasField("shape") and kind.elem_type and size.width and size.height:
            kind.shape.dim.extend(type(kind.shape.dim.add())() for _ in range(3))
        axes = kind.shape.dim
        if len(axes) != 4:
            continue
        last = axes[3].HasField("dim_value") and axes[3].dim_value in {1, 3}
        lengths = [asked.batch or 1, *((size.height, size.width, 3) if last else (3, size.height, size.width))]
        for index, (axis, length) in enumerate(zip(axes, lengths, strict=True)):
            if length is not None and not (axis.HasField("dim_value") and axis.dim_value > 0):
                name = axis.dim_param or "no name"
                axis.Clear()
                axis.dim_value = length
                told = ", as the metadata's imgsz says" if taken and index in ((1, 2) if last else (2, 3)) else ""
                yield f"the axis {index} ({name}) of the input {value.name} was fixed at {length}{told}"


def _image_size(skeleton: Skeleton) -> tuple[int, int] | None:
    """(width, height) of the one input that is an image of a fixed size; None where there is none, or several."""
    images = [value.type.tensor_type.shape.dim for value in skeleton.inputs()]
    sizes = [[axis.dim_value for axis in axes] for axes in images if len(axes) == 4]
    if len(sizes) != 1 or not all(length > 0 for length in sizes[0]):
        return None
    _, first, second, third = sizes[0]
    return (second, first) if third in {1, 3} and first not in {1, 3} else (third, second)


def _settle_outputs(skeleton: Skeleton) -> None:
    """Let outputs have the shapes that follow from the changes; what was written of tensors between is gone."""
    graph = skeleton.model.graph
    graph.ClearField("value_info")
    before = [(value.name, _without_lengths(value)) for value in graph.output]
    found = {value.name: value for value in inferred(skeleton).graph.output}
    for value, (name, rank) in zip(graph.output, before, strict=True):
        new = found.get(name)
        if new is not None and len(new.type.tensor_type.shape.dim) == rank:
            value.CopyFrom(new)


def _without_lengths(value: onnx.ValueInfoProto) -> int:
    """Forget the lengths of an output's axes that may have changed; gives its rank."""
    axes = value.type.tensor_type.shape.dim
    for axis in axes:
        if not axis.dim_value:
            axis.Clear()
    return len(axes)
