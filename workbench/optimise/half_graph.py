"""Rewriting a float32 graph in float16, some of its nodes left in float32 with casts between the two.

Not `onnxconverter_common.float16` (1.16.0): between neighbouring nodes that are left in float32 it rounds to float16
and back, so that values beyond float16 become infinite there, and it fails where such a node makes a graph's output.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

_HALF = "tensor(float16)"


def rewrite_in_half(model: onnx.ModelProto, in_float: frozenset[str]) -> onnx.ModelProto:
    """The same graph with float16 weights and arithmetic; inputs and outputs keep their types.

    Nodes named in `in_float` stay in float32, as do those whose operator knows no float16 and those with subgraphs.
    """
    import onnx

    rewrite = _Rewrite(model, in_float)
    half = onnx.ModelProto()
    half.CopyFrom(model)
    for kind in ("node", "initializer", "value_info"):
        half.graph.ClearField(kind)
    for node in model.graph.node:
        half.graph.node.extend(rewrite.nodes(node))
    half.graph.node.extend(rewrite.outputs())
    half.graph.initializer.extend(rewrite.constants.values())
    return onnx.shape_inference.infer_shapes(half)


def takes_half(node: onnx.NodeProto, opset: int) -> bool:
    """Whether a node can compute in float16: its operator may give that type and no attribute fixes another."""
    import onnx

    fixed = any(
        item.HasField("t") or item.HasField("g") or len(item.graphs) or item.name in {"to", "dtype"}
        for item in node.attribute
    )
    if fixed or node.domain not in {"", "ai.onnx"}:
        return False
    schema = onnx.defs.get_schema(node.op_type, opset, "")
    allowed = {item.type_param_str: item.allowed_type_strs for item in schema.type_constraints}
    return _HALF in allowed.get(schema.outputs[0].type_str, [])


class _Rewrite:
    """Where each tensor lives (float16 or float32), and what was made to move between the two."""

    def __init__(self, model: onnx.ModelProto, in_float: frozenset[str]) -> None:
        import onnx

        from workbench.optimise.model_facts import opset_of

        self._opset = opset_of(model)
        self._in_float = in_float
        values = (*model.graph.value_info, *model.graph.input, *model.graph.output)
        self._float = {value.name for value in values if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT}
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self._float |= {name for name, tensor in self._stored.items() if tensor.data_type == onnx.TensorProto.FLOAT}
        self._outputs = [value.name for value in model.graph.output]
        self._half_name: dict[str, str] = {}  # tensors that live in float16, and their names there
        self._moved: set[str] = set()
        self.constants: dict[str, onnx.TensorProto] = {}

    def nodes(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """The casts that a node needs in front of it, and the node."""
        import onnx

        half = node.name not in self._in_float and takes_half(node, self._opset)
        changed = onnx.NodeProto()
        changed.CopyFrom(node)
        for index, name in enumerate(node.input):
            if name in self._float:
                wants_half = half and self._input_takes_half(node, index)
                changed.input[index] = yield from self._as(name, half=wants_half)
            elif name in self._stored:
                self.constants[name] = self._stored[name]
        for index, name in enumerate(node.output):
            if half and name in self._float:
                self._half_name[name] = f"{name}_float16" if name in self._outputs else name
                changed.output[index] = self._half_name[name]
        yield changed

    def outputs(self) -> Iterator[onnx.NodeProto]:
        """The casts that give the graph's outputs their own type again."""
        for name in self._outputs:
            if name in self._half_name and name not in self._moved:
                yield self._cast(self._half_name[name], name, half=False)

    def _as(self, name: str, *, half: bool) -> Generator[onnx.NodeProto, None, str]:
        """Yields a cast where one is needed and was not made yet; returns the tensor's name in the wanted type."""
        if name in self._stored:
            return self._constant(name, half=half)
        lives_half = name in self._half_name
        if lives_half == half:
            return self._half_name.get(name, name)
        target = name if lives_half and name in self._outputs else f"{name}_{'float16' if half else 'float32'}"
        if target not in self._moved:
            self._moved.add(target)
            yield self._cast(self._half_name.get(name, name), target, half=half)
        return target

    def _constant(self, name: str, *, half: bool) -> str:
        import numpy as np
        import onnx

        target = f"{name}_float16" if half else name
        if target not in self.constants:
            values = onnx.numpy_helper.to_array(self._stored[name])
            stored = onnx.numpy_helper.from_array(values.astype(np.float16), target) if half else self._stored[name]
            self.constants[target] = stored
        return target

    def _input_takes_half(self, node: onnx.NodeProto, index: int) -> bool:
        import onnx

        schema = onnx.defs.get_schema(node.op_type, self._opset, "")
        allowed = {item.type_param_str: item.allowed_type_strs for item in schema.type_constraints}
        formal = schema.inputs[min(index, len(schema.inputs) - 1)]
        return _HALF in allowed.get(formal.type_str, [formal.type_str])

    def _cast(self, source: str, target: str, *, half: bool) -> onnx.NodeProto:
        import onnx

        kind = onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
        return onnx.helper.make_node("Cast", [source], [target], name=f"Cast_{target}", to=kind)
