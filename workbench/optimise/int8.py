"""INT8 as explicit QDQ in the ONNX file, in the one shape that TensorRT 8.5 to 11 and OpenVINO all take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.base.errors import SlipwayError, UsageError
from workbench.optimise.calibration import QUANTISED_OPERATORS, Calibration
from workbench.optimise.cleanup import CleanModel, drop_unused, set_metadata, sort_nodes
from workbench.optimise.concat_pairs import before_pair, clip_behind_concat
from workbench.optimise.keep import kept_nodes
from workbench.optimise.model_facts import opset_of
from workbench.optimise.opset import HIGHEST_OPSET, LOWEST_OPSET
from workbench.optimise.qdq_rules import require_rules

if TYPE_CHECKING:
    import onnx


def quantise(clean: CleanModel, calibration: Calibration, keep: Sequence[str] = ()) -> onnx.ModelProto:
    """The cleaned model with a Q/DQ pair before each input of its convolutions and matrix products.

    Symmetric, activations per tensor, weights per channel as float weights with their pair, float bias, no pair behind
    any operator. Nodes that `keep` names (see `keep.kept_nodes`) are not quantised and read their inputs in float.

    Raises:
        UsageError: the source is quantised already or not float32, its opset cannot carry the recipe, an entry of
            `keep` names no node, or the calibration is of another model.
        SlipwayError: the result breaks a rule of `qdq_rules`, or nothing is left to quantise.
    """
    require_quantisable(clean)
    if calibration.model_sha256 != clean.sha256:
        raise UsageError("The calibration was measured on another model", "Calibrate again on this one.")
    model = clean.model()
    kept = kept_nodes(model, keep)
    chosen = [node.name for node in quantisable_nodes(model) if node.name not in kept]
    if not chosen:
        raise UsageError(
            "Nothing is left to quantise: every convolution and matrix product is kept in float",
            "Keep fewer nodes, or use --recipe fp16.",
        )
    quantised = _insert_pairs(model, calibration, chosen)
    _give_float(quantised, kept)
    clip_behind_concat(quantised)
    _drop_unread_pairs(quantised)
    drop_unused(quantised)
    sort_nodes(quantised)
    set_metadata(quantised, clean.facts.metadata)
    source = clean.model()
    quantised.producer_name, quantised.producer_version = source.producer_name, source.producer_version
    require_rules(quantised)
    return quantised


def require_quantisable(clean: CleanModel) -> None:
    """Refuse sources that INT8 cannot honestly be made from.

    Raises:
        UsageError: with the reason.
    """
    facts = clean.facts
    if facts.quantisation is not None:
        raise UsageError(
            f"{facts.path} is quantised already ({facts.quantisation.value}); INT8 from it would round twice",
            "Give the float32 model that it was made from; as it is it can be run with --recipe fp32.",
        )
    if facts.weight_dtype != "float32" or facts.inputs[0].dtype != "float32":
        raise UsageError(
            f"{facts.path} has {facts.weight_dtype} weights and a {facts.inputs[0].dtype} input; "
            "INT8 is made from float32",
            "Export the model in float32.",
        )
    model = clean.model()
    opset = opset_of(model)
    if not LOWEST_OPSET <= opset <= HIGHEST_OPSET:
        raise UsageError(
            f"{facts.path} has opset {opset}; INT8 candidates have {LOWEST_OPSET} to {HIGHEST_OPSET}, "
            "for TensorRT 8.x, and this model could not be lowered",
            f"Export it with opset {HIGHEST_OPSET}.",
        )
    if not quantisable_nodes(model):
        raise UsageError(
            f"{facts.path} has nothing to quantise: no {', '.join(QUANTISED_OPERATORS)}", "Use --recipe fp16 or fp32."
        )


def quantisable_nodes(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The nodes that the recipe quantises, in the graph's order."""
    return [node for node in model.graph.node if node.op_type in QUANTISED_OPERATORS]


def _insert_pairs(model: onnx.ModelProto, calibration: Calibration, chosen: list[str]) -> onnx.ModelProto:
    import numpy as np
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.calibrate import CalibrationMethod, TensorsData
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    ranges = {name: (np.float32(-limit), np.float32(limit)) for name, limit in calibration.limits}
    quantizer = QDQQuantizer(
        model,
        True,  # per channel
        False,  # the full 8 bits
        QuantType.QInt8,
        QuantType.QInt8,
        TensorsData(CalibrationMethod.MinMax, {name: tuple(map(np.array, pair)) for name, pair in ranges.items()}),
        chosen,
        [],
        list(QUANTISED_OPERATORS),
        {
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            "QuantizeBias": False,
            "AddQDQPairToWeight": True,
            "OpTypesToExcludeOutputQuantization": sorted({node.op_type for node in model.graph.node}),
        },
    )
    try:
        quantised: onnx.ModelProto = quantizer.quantize_model()
    except (ValueError, KeyError, TypeError, RuntimeError, AssertionError) as error:
        raise SlipwayError(
            "ONNX Runtime's quantiser failed", "Keep the nodes that it names in float with --keep.", str(error)
        ) from error
    return quantised


def _give_float(model: onnx.ModelProto, kept: frozenset[str]) -> None:
    """Let kept nodes read what the pairs read: the quantiser routes every reader of a tensor through its pair."""
    producers = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.name in kept:
            for index, name in enumerate(node.input):
                node.input[index] = before_pair(producers, name)


def _drop_unread_pairs(model: onnx.ModelProto) -> None:
    for kind in ("DequantizeLinear", "QuantizeLinear"):
        read = {name for node in model.graph.node for name in node.input} | {value.name for value in model.graph.output}
        for node in [node for node in model.graph.node if node.op_type == kind and node.output[0] not in read]:
            model.graph.node.remove(node)
