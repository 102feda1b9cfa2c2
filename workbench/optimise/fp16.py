"""FP16 written into the ONNX file: float16 weights and arithmetic, float32 inputs and outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.calibration import QUANTISED_OPERATORS, observe
from workbench.optimise.cleanup import CleanModel
from workbench.optimise.half_graph import rewrite_in_half
from workbench.optimise.hooks import Check, Progress, never, silent
from workbench.optimise.keep import kept_nodes

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

LARGEST_FLOAT16, SMALLEST_FLOAT16 = 65504.0, 2.0**-24
HEADROOM = 2.0
"""A value may be this much larger on the board's frames than on those that were tried."""


@dataclass(frozen=True)
class HalfModel:
    """The converted graph and the nodes that stay in float32, with why."""

    model: onnx.ModelProto
    in_float: frozenset[str]
    notes: tuple[str, ...]


def to_fp16(
    clean: CleanModel,
    frames: Iterable[NDArray[np.float32]] = (),
    *,
    keep: Sequence[str] = (),
    threads: int = 1,
    progress: Progress = silent,
    check: Check = never,
) -> HalfModel:
    """Convert to float16, inputs and outputs staying float32.

    Left in float32: what `keep` names; the box arithmetic behind the last convolutions, since pixel coordinates above
    512 have steps of 0.5 in float16; and nodes whose stored or observed values come near float16's limits.

    Args:
        clean: the cleaned model.
        frames: a few float32 frames to observe ranges on; none means that only stored values are looked at.
        keep: names or patterns of nodes that stay in float32.
        threads: of one inference.
        progress: see `hooks`.
        check: see `hooks`.

    Raises:
        UsageError: a quantised source, or an entry of `keep` that names no node.
    """
    if clean.facts.quantisation is not None:
        raise UsageError(
            f"{clean.facts.path} is quantised already ({clean.facts.quantisation.value}); FP16 is made from float32",
            "Give the float32 model that it was made from; as it is it can be run with --recipe fp32.",
        )
    model = clean.model()
    if clean.facts.weight_dtype == "float16":
        return HalfModel(model, frozenset(), ("the source is float16 already: it was only cleaned up",))
    tail = tail_nodes(model)
    large = _large_stored(model) | _large_observed(clean, model, frames, threads, progress, check)
    asked = kept_nodes(model, keep)
    in_float = tail | large | asked
    half = rewrite_in_half(model, in_float)
    notes = [f"{len(tail)} nodes behind the last convolutions stay in float32 (box coordinates)"] if tail else []
    notes += [f"{name} stays in float32: its values come near float16's limits" for name in sorted(large)]
    return HalfModel(half, in_float, tuple(notes))


def tail_nodes(model: onnx.ModelProto) -> frozenset[str]:
    """Nodes from which no convolution or matrix product is reached any more: activation of outputs and box decoding.

    Empty where the graph has no such operator at all.
    """
    weighty = {node.name for node in model.graph.node if node.op_type in QUANTISED_OPERATORS}
    before: set[str] = set()
    for node in reversed(model.graph.node):
        if node.name in weighty or before & set(node.output):
            before |= set(node.input)
    tail = {node.name for node in model.graph.node if node.name not in weighty and not before & set(node.output)}
    return frozenset(tail if weighty else ())


def _large_stored(model: onnx.ModelProto) -> frozenset[str]:
    """Nodes with a constant above float16's largest, or a single one (an epsilon) that float16 would make 0."""
    import numpy as np
    import onnx

    odd = set()
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            values = np.abs(onnx.numpy_helper.to_array(tensor))
            vanishes = values.size == 1 and 0.0 < float(values.max()) < SMALLEST_FLOAT16
            if vanishes or values.max(initial=0.0) > LARGEST_FLOAT16:
                odd.add(tensor.name)
    return frozenset(node.name for node in model.graph.node if odd & set(node.input))


def _large_observed(
    clean: CleanModel,
    model: onnx.ModelProto,
    frames: Iterable[NDArray[np.float32]],
    threads: int,
    progress: Progress,
    check: Check,
) -> frozenset[str]:
    """Nodes with an output above float16's largest, less the headroom, on any frame."""
    import numpy as np

    producers = {value.name: node.name for node in model.graph.node for value in _float_outputs(model, node)}
    large: set[str] = set()
    for index, (_, tensors) in enumerate(observe(clean, list(producers), frames, threads=threads)):
        check()
        progress(1.0 - math.exp(-index / 4), f"range of frame {index + 1}")
        for name, tensor in tensors:
            if not np.abs(tensor).max(initial=0.0) <= LARGEST_FLOAT16 / HEADROOM:
                large.add(producers[name])
    return frozenset(large)


def _float_outputs(model: onnx.ModelProto, node: onnx.NodeProto) -> list[onnx.ValueInfoProto]:
    import onnx

    infos = {value.name: value for value in model.graph.value_info}
    found = (infos.get(name) for name in node.output)
    return [
        value for value in found if value is not None and value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    ]
