"""Bringing a model to an operator set that every runtime takes: ONNX opset 13 to 17, IR at most 8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.model_facts import opset_of

if TYPE_CHECKING:
    import onnx

LOWEST_OPSET, HIGHEST_OPSET, HIGHEST_IR = 13, 17, 8
"""Per-channel scales need opset 13; TensorRT 8.x takes at most 17 (onnx-tensorrt, docs/operators.md)."""

_REDUCTIONS = ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSumExp")
_RETYPED = frozenset({"Cast", "CastLike", "Constant", "ConstantOfShape", "Equal", "Flatten", "Identity", "If", "Loop"})
_RETYPED_TOO = frozenset({"Pad", "Reshape", "Scan", "Shape", "Size", "Squeeze", "Transpose", "Unsqueeze", "Resize"})
_SAME_AT_17 = _RETYPED | _RETYPED_TOO | {"Split", *_REDUCTIONS, "QuantizeLinear", "DequantizeLinear"}
"""Operators whose newer versions only took more types or options in; what they cannot say at 17 the checker refuses."""


def settle_opset(model: onnx.ModelProto) -> tuple[onnx.ModelProto, str | None]:
    """The model within opset 13 to 17 and IR 8 where that is possible, and a note on what was changed or could not be.

    Whether the result computes the same is for the caller to check.

    Raises:
        UsageError: the opset is below 13 and ONNX's converter cannot raise it.
    """
    opset = opset_of(model)
    if opset < LOWEST_OPSET:
        return _raise(model, opset), f"opset raised from {opset} to {HIGHEST_OPSET}"
    if opset <= HIGHEST_OPSET:
        return _cap_ir(model), None
    lowered = _lower(model)
    if lowered is None:
        return model, (
            f"opset {opset} could not be lowered to {HIGHEST_OPSET}: TensorRT 8.x (at most 17) cannot take this model"
        )
    return lowered, f"opset lowered from {opset} to {HIGHEST_OPSET}, for TensorRT 8.x"


def _raise(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    from onnx import version_converter

    try:
        raised = version_converter.convert_version(model, HIGHEST_OPSET)
    except (RuntimeError, ValueError, version_converter.ConvertError) as error:
        raise UsageError(
            f"The model has opset {opset}; at least {LOWEST_OPSET} is needed and ONNX's converter cannot raise it",
            f"Export the model again with opset {HIGHEST_OPSET}.",
            str(error),
        ) from error
    raised.ir_version = HIGHEST_IR
    return raised


def _lower(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The same nodes stamped as opset 17, where every operator meant the same then; None where one did not."""
    import onnx

    lowered = onnx.ModelProto()
    lowered.CopyFrom(model)
    for node in lowered.graph.node:
        if node.domain in {"", "ai.onnx"} and not _lower_node(lowered, node):
            return None
    for item in lowered.opset_import:
        if item.domain in {"", "ai.onnx"}:
            item.version = HIGHEST_OPSET
    lowered.ir_version = min(lowered.ir_version, HIGHEST_IR)
    try:
        onnx.checker.check_model(lowered, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return None
    return lowered


def _lower_node(model: onnx.ModelProto, node: onnx.NodeProto) -> bool:
    import onnx

    try:
        since = onnx.defs.get_schema(node.op_type, opset_of(model), node.domain).since_version
    except onnx.defs.SchemaError:
        return False
    if since <= HIGHEST_OPSET:
        return True
    if node.op_type in _REDUCTIONS:
        return _axes_to_attribute(model, node)
    if node.op_type == "Split" and len(node.input) < 2:
        _drop_attribute(node, "num_outputs")
    return node.op_type in _SAME_AT_17


def _axes_to_attribute(model: onnx.ModelProto, node: onnx.NodeProto) -> bool:
    """Before opset 18 the reductions had their axes as an attribute."""
    import onnx

    values = {tensor.name: tensor for tensor in model.graph.initializer}
    if any(item.name == "noop_with_empty_axes" and item.i for item in node.attribute):
        return False
    _drop_attribute(node, "noop_with_empty_axes")
    if len(node.input) > 1 and node.input[1]:
        if node.input[1] not in values:
            return False
        axes = onnx.numpy_helper.to_array(values[node.input[1]]).tolist()
        node.attribute.append(onnx.helper.make_attribute("axes", axes))
    del node.input[1:]
    return True


def _drop_attribute(node: onnx.NodeProto, name: str) -> None:
    kept = [item for item in node.attribute if item.name != name]
    del node.attribute[:]
    node.attribute.extend(kept)


def _cap_ir(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with IR 8 where its own is newer; IR 8 goes with opset 17."""
    import onnx

    capped = onnx.ModelProto()
    capped.CopyFrom(model)
    capped.ir_version = min(model.ir_version, HIGHEST_IR)
    return capped
