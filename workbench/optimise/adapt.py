"""Changing a model in memory before anything is made from it, so that reference and candidates are of one graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from workbench.base.hashing import sha256_bytes
from workbench.optimise.model_file import ModelFile

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

    Args:
        source: as it was read; stays as it is.
        asked: lengths of axes that have none.

    Returns:
        `source` itself where nothing has to be changed; else a model whose `changes` say what was done and whose
        `sha256` is of the file's hash and these changes.
    """
    model = type(source.model)()
    model.CopyFrom(source.model)
    done = [*_fix_axes(model, asked)]
    if not done:
        return source
    identity = json.dumps([source.sha256, done, asdict(asked)], sort_keys=True)
    return replace(source, model=model, sha256=sha256_bytes(identity.encode()), changes=tuple(done))


def changes_of(settings: Mapping[str, int | None]) -> Changes:
    """From `slipway: model:` of a deployment specification."""
    return Changes(**settings)


def _fix_axes(model: onnx.ModelProto, asked: Changes) -> Iterator[str]:
    """Give an image input's axes without a length the one that is asked for; a batch is 1 anyway."""
    stored = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        axes = value.type.tensor_type.shape.dim
        if value.name in stored or len(axes) != 4:
            continue
        last = axes[3].HasField("dim_value") and axes[3].dim_value == 3
        lengths = [asked.batch or 1, *((asked.height, asked.width, 3) if last else (3, asked.height, asked.width))]
        for index, (axis, length) in enumerate(zip(axes, lengths, strict=True)):
            if length is not None and not (axis.HasField("dim_value") and axis.dim_value > 0):
                name = axis.dim_param or "no name"
                axis.Clear()
                axis.dim_value = length
                yield f"the axis {index} ({name}) of the input {value.name} was fixed at {length}"
