"""What an ONNX model is: versions, tensors, size, whether it is quantised already, and what Slipway cannot take."""

from __future__ import annotations

import ast
import enum
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.model_file import ModelFile, load_model

if TYPE_CHECKING:
    import onnx

MAX_TENSOR_BYTES = 2**31
"""The largest tensor that a model may compute; a small hostile file can ask for terabytes (`ConstantOfShape`)."""
_MAX_NAMES_CHARS, _MAX_NAMES, _MAX_NAME_CHARS = 2**18, 10_000, 200
_NAME_KEYS = ("names", "classes", "class_names", "labels")


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
    """Facts of one model file.

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
    parameter_count: int
    metadata: tuple[tuple[str, str], ...]
    class_names: tuple[str, ...] | None
    checker: str | None


def inspect_model(path: Path) -> ModelFacts:
    """Read a model and say what it is.

    Raises:
        UsageError: as `load_model`; or the model computes a tensor larger than `MAX_TENSOR_BYTES`.
    """
    return facts_of(load_model(path))


def facts_of(source: ModelFile) -> ModelFacts:
    """The facts of a model that is in memory already."""
    model = source.model
    inferred = _with_shapes(source)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = tuple(_tensor(value) for value in model.graph.input if value.name not in constants)
    metadata = tuple((entry.key, entry.value) for entry in model.metadata_props)
    return ModelFacts(
        path=source.path,
        sha256=source.sha256,
        size_bytes=source.size_bytes,
        opset=opset_of(model),
        other_opsets=tuple((item.domain, item.version) for item in model.opset_import if item.domain not in _ONNX),
        ir_version=model.ir_version,
        producer=" ".join(part for part in (model.producer_name, model.producer_version) if part),
        inputs=inputs,
        outputs=tuple(_tensor(value) for value in inferred.graph.output),
        dynamic_axes=tuple(_dynamic_axes(inputs)),
        quantisation=quantisation_of(model),
        weight_dtype=_weight_dtype(model),
        node_count=len(model.graph.node),
        operators=tuple(sorted(Counter(node.op_type for node in model.graph.node).items())),
        parameter_count=sum(math.prod(tensor.dims) for tensor in model.graph.initializer),
        metadata=metadata,
        class_names=_class_names(dict(metadata)),
        checker=_objection(model),
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
    if facts.dynamic_axes:
        raise UsageError(
            f"{facts.path} has input axes without a fixed length: {', '.join(facts.dynamic_axes)}",
            "Export it with a fixed shape (batch 1), or fix each axis: python -m onnxruntime.tools."
            "make_dynamic_shape_fixed --dim_param NAME --dim_value LENGTH IN.onnx OUT.onnx "
            "(--input_name INPUT --input_shape 1,3,H,W where the axis has no name)",
        )
    if len(facts.inputs) != 1:
        listed = ", ".join(map(str, facts.inputs)) or "none"
        raise UsageError(
            f"{facts.path} has {len(facts.inputs)} inputs ({listed}); a detector with one image input is expected",
            "Export the model so that the image is its only input.",
        )


def _with_shapes(source: ModelFile) -> onnx.ModelProto:
    import onnx

    try:
        inferred = onnx.shape_inference.infer_shapes(source.model, data_prop=True)
    except (onnx.shape_inference.InferenceError, onnx.checker.ValidationError):
        return source.model
    for value in (*inferred.graph.value_info, *inferred.graph.output):
        size_bytes = math.prod(axis for axis in _tensor(value).shape if isinstance(axis, int)) * 4
        if size_bytes > MAX_TENSOR_BYTES:
            raise UsageError(
                f"{source.path} computes a tensor of {size_bytes} bytes ({value.name!r}); at most {MAX_TENSOR_BYTES}",
                "No detector for an edge board needs that: the file is damaged or hostile.",
            )
    return inferred


def _tensor(value: onnx.ValueInfoProto) -> TensorFacts:
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


def _objection(model: onnx.ModelProto) -> str | None:
    import onnx

    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        return str(error).strip().splitlines()[0]
    return None


def _class_names(metadata: dict[str, str]) -> tuple[str, ...] | None:
    """Class names as exporters write them: JSON or a Python literal, a list or a mapping from index to name."""
    for key in _NAME_KEYS:
        value = _literal(metadata.get(key, ""))
        if isinstance(value, dict):
            value = _in_order(value)
        if isinstance(value, list | tuple) and 0 < len(value) <= _MAX_NAMES:
            names = tuple(str(name)[:_MAX_NAME_CHARS] for name in value if isinstance(name, str | int))
            if len(names) == len(value):
                return names
    return None


def _in_order(names: dict[object, object]) -> list[object] | None:
    """The values of `{0: …, 1: …}` by index; None unless the keys are 0 to n-1."""
    by_text = {str(key): name for key, name in names.items()}
    try:
        return [by_text[str(index)] for index in range(len(names))]
    except KeyError:
        return None


def _literal(text: str) -> object:
    """A JSON value or a Python literal; None where it is neither, too long or nested too deep to be safe."""
    if not text or len(text) > _MAX_NAMES_CHARS or _depth(text) > 8:
        return None
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest
