"""What an ONNX model is: versions, tensors, size, whether it is quantised already, and what Slipway cannot take."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError
from workbench.optimise.layers import Layer, layers_of
from workbench.optimise.metadata import class_names_in
from workbench.optimise.model_file import ModelFile, load_model
from workbench.optimise.skeleton import Skeleton, inferred, skeleton_of, subgraphs
from workbench.optimise.suppression import PLUGINS

if TYPE_CHECKING:
    import onnx

_METADATA_ENTRIES, _METADATA_CHARS = 200, 2**18


class Quantisation(enum.Enum):
    """How a model is quantised already."""

    QDQ = "QDQ"
    QOPERATOR = "QLinear operators"
    DYNAMIC = "integer operators with dynamic ranges (ConvInteger)"


@dataclass(frozen=True)
class TensorFacts:
    """An input or output; an axis is its length, its symbol, or None where the model says nothing."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.dtype}[{', '.join('?' if axis is None else str(axis) for axis in self.shape)}]"


@dataclass(frozen=True)
class ModelFacts:
    """Facts of one model, as it is worked with.

    `dynamic_axes` names the input axes without a fixed length; `class_names` is None where the metadata has none that
    can be read; `weight_dtype` is the type of most weights; `checker` is what ONNX's checker objects to, if anything.
    """

    path: Path
    sha256: str
    size_bytes: int
    opset: int
    other_opsets: tuple[tuple[str, int], ...]
    ir_version: int
    producer: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    dynamic_axes: tuple[str, ...]
    quantisation: Quantisation | None
    weight_dtype: str | None
    node_count: int
    operators: tuple[tuple[str, int], ...]
    """With those of subgraphs and functions; one of another domain as `domain.Operator`."""
    parameter_count: int
    metadata: tuple[tuple[str, str], ...]
    class_names: tuple[str, ...] | None
    checker: str | None
    external: tuple[tuple[str, int], ...] = ()
    """Data files beside the model and their bytes."""
    suppression: tuple[str, ...] = ()
    """Operators inside that suppress overlapping boxes."""
    foreign: tuple[str, ...] = ()
    """Operators that neither ONNX nor ONNX Runtime defines, as `domain.Operator`."""
    layers: tuple[Layer, ...] = ()
    changes: tuple[str, ...] = ()
    """What was changed in memory after reading, in words."""
    head_options: Mapping[str, Any] = field(default_factory=dict)
    """What a part that was cut off told of boxes and scores, as a head's options."""

    @property
    def mac_count(self) -> int | None:
        """Multiply-accumulates of one inference; None where those of a layer that multiplies are not known."""
        counts = [layer.mac_count for layer in self.layers]
        known = [count for count in counts if count is not None]
        return sum(known) if counts and len(known) == len(counts) else None


def inspect_model(path: Path) -> ModelFacts:
    """Read a model and say what it is.

    Raises:
        UsageError: as `load_model`; or the model computes a tensor larger than `MAX_TENSOR_BYTES`.
    """
    return facts_of(load_model(path))


def facts_of(source: ModelFile) -> ModelFacts:
    """The facts of a model that is in memory already."""
    model = source.model
    skeleton = skeleton_of(model)
    shaped = inferred(skeleton)
    inputs = tuple(_tensor(value) for value in skeleton.inputs())
    metadata = tuple(_bounded((entry.key, entry.value) for entry in model.metadata_props))
    nodes = list(_every_node(model))
    return ModelFacts(
        path=source.path,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        opset=opset_of(model),
        other_opsets=tuple((item.domain, item.version) for item in model.opset_import if item.domain not in _ONNX),
        ir_version=model.ir_version,
        producer=" ".join(part for part in (model.producer_name, model.producer_version) if part),
        inputs=inputs,
        outputs=tuple(_tensor(value) for value in shaped.graph.output),
        dynamic_axes=tuple(_dynamic_axes(inputs)),
        quantisation=quantisation_of(model),
        weight_dtype=_weight_dtype(model),
        node_count=len(model.graph.node),
        operators=tuple(sorted(Counter(_full_name(node) for node in nodes).items())),
        parameter_count=sum(math.prod(tensor.dims) for tensor in model.graph.initializer),
        metadata=metadata,
        class_names=class_names_in(dict(metadata)),
        checker=_objection(skeleton),
        external=tuple(zip(source.external, source.external_bytes, strict=True)),
        suppression=tuple(sorted({node.op_type for node in nodes if _suppresses(node)})),
        foreign=tuple(sorted({_full_name(node) for node in nodes if _is_foreign(node, model)})),
        layers=layers_of(shaped, skeleton.weights.keys() | skeleton.constants.keys()),
        changes=source.changes,
        head_options=source.head_options,
    )


_ONNX = ("", "ai.onnx")


def opset_of(model: onnx.ModelProto) -> int:
    """The version of ONNX's own operator set."""
    return max((item.version for item in model.opset_import if item.domain in _ONNX), default=0)


def quantisation_of(model: onnx.ModelProto) -> Quantisation | None:
    """Whether and how the model is quantised already."""
    operators = {node.op_type for node in model.graph.node}
    if any(name.startswith("QLinear") for name in operators):
        return Quantisation.QOPERATOR
    if operators & {"ConvInteger", "MatMulInteger", "DynamicQuantizeLinear"}:
        return Quantisation.DYNAMIC
    if operators & {"QuantizeLinear", "DequantizeLinear"}:
        return Quantisation.QDQ
    return None


def require_static(facts: ModelFacts) -> None:
    """Refuse a model whose inputs have no fixed shape, or that has other than one input.

    Raises:
        UsageError: with the axes by name and how to fix them.
    """
    if len(facts.inputs) != 1:
        listed = ", ".join(map(str, facts.inputs)) or "none"
        raise UsageError(
            f"{facts.path} has {len(facts.inputs)} inputs ({listed}); a detector with one image input is expected",
            "Export the model so that the image is its only input.",
        )
    if facts.dynamic_axes:
        raise UsageError(
            f"{facts.path} has input axes without a fixed length: {', '.join(facts.dynamic_axes)}",
            "Say the size that it was trained for: `slipway new --input-size 640x640` (width x height), or "
            "`slipway: model: {width: 640, height: 640}` in deployment.yaml.",
        )


def _bounded(entries: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Metadata up to a size that a table and a record can hold; the rest is left out."""
    chars = 0
    for number, (key, value) in enumerate(entries):
        chars += len(key) + len(value)
        if number >= _METADATA_ENTRIES or chars > _METADATA_CHARS:
            return
        yield key, value


def _every_node(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """The graph's nodes, those of its subgraphs and those of the model's functions."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [inner for graph in subgraphs(node) for inner in graph.node]


def _full_name(node: onnx.NodeProto) -> str:
    return node.op_type if node.domain in _ONNX else f"{node.domain}.{node.op_type}"


def _suppresses(node: onnx.NodeProto) -> bool:
    return node.op_type in PLUGINS or node.op_type == "NonMaxSuppression" or "NMS" in node.op_type


_RUNTIMES_OWN = frozenset({"com.microsoft", "com.microsoft.nchwc", "ai.onnx.ml", "com.ms.internal.nhwc"})
"""Domains that ONNX Runtime brings operators of; which of them only it can say."""


def _is_foreign(node: onnx.NodeProto, model: onnx.ModelProto) -> bool:
    import onnx

    own = {(function.domain, function.name) for function in model.functions}
    if node.domain in _RUNTIMES_OWN or (node.domain, node.op_type) in own:
        return False
    return node.domain not in _ONNX or not onnx.defs.has(node.op_type)


def _tensor(value: onnx.ValueInfoProto) -> TensorFacts:
    what = value.type.WhichOneof("value")
    if what not in {"tensor_type", None}:
        return TensorFacts(value.name, what.removesuffix("_type"), ())
    kind = value.type.tensor_type
    axes = (axis.dim_value if axis.HasField("dim_value") else axis.dim_param or None for axis in kind.shape.dim)
    return TensorFacts(value.name, _dtype_name(kind.elem_type), tuple(axes))


def _dynamic_axes(inputs: Iterable[TensorFacts]) -> Iterable[str]:
    for tensor in inputs:
        if not tensor.shape:
            yield f"{tensor.name} (no shape at all)"
        for index, axis in enumerate(tensor.shape):
            if not isinstance(axis, int) or axis < 1:
                yield f"{tensor.name} axis {index}" + (f" ({axis})" if isinstance(axis, str) else "")


def _weight_dtype(model: onnx.ModelProto) -> str | None:
    counts: Counter[int] = Counter()
    for tensor in model.graph.initializer:
        counts[tensor.data_type] += math.prod(tensor.dims)
    return _dtype_name(counts.most_common(1)[0][0]) if counts else None


def _dtype_name(data_type: int) -> str:
    """numpy's name of an ONNX element type."""
    import numpy as np
    import onnx

    try:
        return str(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(data_type)))
    except (KeyError, TypeError):
        return "unknown"


def _objection(skeleton: Skeleton) -> str | None:
    """What ONNX's checker objects to; a model that needs operators of TensorRT or others is objected to elsewhere."""
    import onnx

    try:
        onnx.checker.check_model(skeleton.model)
    except onnx.checker.ValidationError as error:
        return str(error).strip().splitlines()[0]
    return None
