"""A model's graph without its large tensors, so that looking at it and changing it copies no weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.layers import LAYER_OPERATORS

if TYPE_CHECKING:
    import onnx
    import onnxruntime

MAX_TENSOR_BYTES = 2**31
"""The largest tensor that a model may compute; a small hostile file can ask for terabytes (`ConstantOfShape`)."""
LARGE_ELEMENTS = 1024
"""Tensors above it are left out; no shape that a graph computes with is so long."""


@dataclass(frozen=True)
class Skeleton:
    """A graph in which large stored tensors are inputs of their type and shape; the tensors themselves are not copied.

    `weights` are the initialisers that were left out, `constants` the `Constant` nodes, by the names of their values.
    """

    model: onnx.ModelProto
    weights: Mapping[str, onnx.TensorProto]
    constants: Mapping[str, onnx.NodeProto]

    def initialisers(self) -> set[str]:
        """Names of the small initialisers, which are there."""
        return {tensor.name for tensor in self.model.graph.initializer}

    def inputs(self) -> list[onnx.ValueInfoProto]:
        """What is really fed."""
        small = self.initialisers()
        left_out = self.weights.keys() | self.constants.keys()
        return [value for value in self.model.graph.input if value.name not in small and value.name not in left_out]

    def whole(self) -> onnx.ModelProto:
        """The graph as it is now with all its tensors, of which those that nothing reads any more are left out."""
        import onnx

        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        read = {name for node in model.graph.node for name in read_by(node)}
        read |= {value.name for value in model.graph.output}
        listed = {name for name in self.weights if name in read and model.ir_version < 4}
        placeholders = (self.weights.keys() | self.constants.keys()) - listed
        kept = [value for value in model.graph.input if value.name not in placeholders]
        graph = type(model.graph)()
        graph.node.extend(self.constants[name] for name in self.constants if name in read)
        graph.node.extend(model.graph.node)
        graph.input.extend(kept)
        for field in ("node", "input"):
            model.graph.ClearField(field)
        model.graph.node.extend(graph.node)
        model.graph.input.extend(graph.input)
        model.graph.initializer.extend(self.weights[name] for name in self.weights if name in read)
        return model


def skeleton_of(model: onnx.ModelProto) -> Skeleton:
    """The skeleton of a model, which stays as it is."""
    import onnx

    light = onnx.ModelProto()
    for field, value in model.ListFields():
        if field.name != "graph":
            _copy(light, field.name, value, repeated=field.is_repeated)
    for field, value in model.graph.ListFields():
        if field.name not in {"initializer", "node"}:
            _copy(light.graph, field.name, value, repeated=field.is_repeated)
    weights = {tensor.name: tensor for tensor in model.graph.initializer if math.prod(tensor.dims) > LARGE_ELEMENTS}
    light.graph.initializer.extend(tensor for tensor in model.graph.initializer if tensor.name not in weights)
    constants = {node.output[0]: node for node in model.graph.node if _is_large(node)}
    light.graph.node.extend(
        node for node in model.graph.node if not (node.output and node.output[0] in constants and _is_large(node))
    )
    tensors = weights | {name: node.attribute[0].t for name, node in constants.items()}
    listed = {value.name for value in light.graph.input}
    light.graph.input.extend(
        onnx.helper.make_tensor_value_info(name, tensor.data_type, tensor.dims)
        for name, tensor in tensors.items()
        if name not in listed
    )
    return Skeleton(light, weights, constants)


def inferred(skeleton: Skeleton) -> onnx.ModelProto:
    """The skeleton, its functions inlined, with the shapes that can be inferred.

    Where ONNX's inference leaves outputs or layers open, ONNX Runtime is asked: it folds constants and knows its own
    operators. Nothing is run, and there are no weights.

    Raises:
        UsageError: it computes a tensor larger than `MAX_TENSOR_BYTES`.
    """
    import onnx
    from onnx import inliner

    model = skeleton.model
    try:
        model = inliner.inline_local_functions(model) if model.functions else model
        shaped = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except (onnx.shape_inference.InferenceError, onnx.checker.ValidationError, RuntimeError, ValueError):
        return model
    _require_bounded(shaped)
    open_names = _open_names(shaped)
    if open_names and not any(_is_open(value) for value in skeleton.inputs()):
        _settle(shaped, _runtime_shapes(model, open_names))
    return shaped


def _require_bounded(model: onnx.ModelProto) -> None:
    for value in (*model.graph.value_info, *model.graph.output):
        axes = value.type.tensor_type.shape.dim
        size_bytes = math.prod(axis.dim_value for axis in axes if axis.HasField("dim_value")) * 4
        if size_bytes > MAX_TENSOR_BYTES:
            raise UsageError(
                f"the model computes a tensor of {size_bytes} bytes ({value.name!r}); at most {MAX_TENSOR_BYTES}",
                "No detector for an edge board needs that: the file is damaged or hostile.",
            )


def _is_open(value: onnx.ValueInfoProto) -> bool:
    kind = value.type.tensor_type
    return not kind.HasField("shape") or any(axis.dim_value <= 0 for axis in kind.shape.dim)


def _open_names(model: onnx.ModelProto) -> list[str]:
    """Values of layers, and outputs, that have no known shape; every name once."""
    values = (*model.graph.value_info, *model.graph.output, *model.graph.input)
    known = {value.name for value in values if not _is_open(value)}
    known |= {tensor.name for tensor in model.graph.initializer}
    wanted = [value.name for value in model.graph.output if value.type.WhichOneof("value") in {"tensor_type", None}]
    for node in model.graph.node:
        if node.op_type in LAYER_OPERATORS:
            wanted += [*node.output[:1], *node.input[:1]]
    return [name for name in dict.fromkeys(wanted) if name and name not in known]


def _runtime_shapes(model: onnx.ModelProto, names: list[str]) -> dict[str, list[int]]:
    """Fixed shapes by name as ONNX Runtime tells them; empty where it does not take the model."""
    import onnx

    from workbench.reference import runtime_errors

    asking = onnx.ModelProto()
    asking.CopyFrom(model)
    del asking.graph.value_info[:]
    listed = {value.name for value in asking.graph.output}
    for value in asking.graph.output:
        value.type.tensor_type.ClearField("shape")
    asking.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in listed)
    try:
        found = {item.name: item.shape for item in _light_session(asking).get_outputs()}
    except runtime_errors():
        return {}
    return {
        name: shape
        for name, shape in found.items()
        if isinstance(shape, list) and all(isinstance(axis, int) and axis > 0 for axis in shape)
    }


def _light_session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    import onnxruntime

    from workbench.reference import session_options

    content = model.SerializeToString()
    return onnxruntime.InferenceSession(
        content, session_options(1), providers=["CPUExecutionProvider"], enable_fallback=0
    )


def objection_to_shapes(model: onnx.ModelProto) -> str | None:
    """What ONNX Runtime says of a model whose shapes do not fit together; None where they do as far as it can see."""
    from workbench.reference import runtime_errors

    try:
        _light_session(skeleton_of(model).model)
    except runtime_errors() as error:
        return str(error) if "ShapeInferenceError" in str(error) else None
    return None


def _settle(model: onnx.ModelProto, shapes: Mapping[str, list[int]]) -> None:
    values = {value.name: value for value in (*model.graph.value_info, *model.graph.output)}
    for name, shape in shapes.items():
        value = values.get(name)
        if value is None:
            value = model.graph.value_info.add(name=name)
        kind = value.type.tensor_type
        kind.ClearField("shape")
        for length in shape:
            kind.shape.dim.add().dim_value = length


def read_by(node: onnx.NodeProto) -> list[str]:
    """Names of the values that a node reads, those of its subgraphs included."""
    names = list(node.input)
    for graph in subgraphs(node):
        names += [name for inner in graph.node for name in read_by(inner)]
        names += [value.name for value in graph.output]
    return names


def subgraphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The graphs that a node holds, such as the branches of an `If`."""
    return [graph for item in node.attribute for graph in (*([item.g] if item.HasField("g") else []), *item.graphs)]


def _copy(target: object, name: str, value: object, *, repeated: bool) -> None:
    if repeated:
        getattr(target, name).extend(value)
    elif hasattr(value, "CopyFrom"):
        getattr(target, name).CopyFrom(value)
    else:
        setattr(target, name, value)


def _is_large(node: onnx.NodeProto) -> bool:
    if node.op_type != "Constant" or len(node.attribute) != 1 or not node.attribute[0].HasField("t"):
        return False
    return math.prod(node.attribute[0].t.dims) > LARGE_ELEMENTS and len(node.output) == 1
