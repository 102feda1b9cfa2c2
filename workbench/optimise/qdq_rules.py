"""The rules that an INT8 file must keep so that TensorRT 8.5 to 11 and OpenVINO take the same one.

Sources: the importers of onnx-tensorrt 8.5, 8.6 and 10.0 and the parser of TensorRT for RTX 1.7; each rule names what
its breach leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base.errors import SlipwayError
from workbench.optimise.concat_pairs import pairs_behind_concat
from workbench.optimise.model_facts import opset_of
from workbench.optimise.opset import HIGHEST_IR, HIGHEST_OPSET, LOWEST_OPSET

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

_PAIR = ("QuantizeLinear", "DequantizeLinear")
_SHOWN = 8


@dataclass(frozen=True)
class RuleBreak:
    """One breach: the rule's name, where, and what is wrong there."""

    rule: str
    node: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.node}: {self.message}" if self.node else f"{self.rule}: {self.message}"


@dataclass(frozen=True)
class Rule:
    """A rule: its name, why it is one, and the check."""

    name: str
    why: str
    check: Callable[[Graph], Iterable[tuple[str, str]]]


class Graph:
    """A model with its tensors and producers by name."""

    def __init__(self, model: onnx.ModelProto) -> None:
        import onnx

        self.model = model
        self.nodes = list(model.graph.node)
        self.stored = {tensor.name: tensor for tensor in model.graph.initializer}
        for node in self.nodes:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.stored[node.output[0]] = node.attribute[0].t
        self.producers = {name: node for node in self.nodes for name in node.output}
        self._to_array = onnx.numpy_helper.to_array

    def pairs(self) -> Iterator[onnx.NodeProto]:
        """Every Q and DQ node."""
        return (node for node in self.nodes if node.op_type in _PAIR)

    def value(self, node: onnx.NodeProto, index: int) -> NDArray[np.generic] | None:
        """A stored input's value; None where it is absent or computed."""
        name = node.input[index] if len(node.input) > index else ""
        return self._to_array(self.stored[name]) if name in self.stored else None

    def weight_of(self, node: onnx.NodeProto) -> onnx.TensorProto | None:
        """The stored tensor that a Q or DQ works on, directly or through its Q."""
        source = node.input[0]
        if node.op_type == "DequantizeLinear" and source in self.producers:
            before = self.producers[source]
            source = before.input[0] if before.op_type == "QuantizeLinear" else source
        return self.stored.get(source)

    def readers(self, name: str) -> list[tuple[onnx.NodeProto, int]]:
        """Who reads a tensor, and as which input."""
        return [(node, index) for node in self.nodes for index, read in enumerate(node.input) if read == name]


def check_qdq(model: onnx.ModelProto) -> list[RuleBreak]:
    """Every breach of every rule; empty for a file that all runtimes take."""
    graph = Graph(model)
    return [RuleBreak(rule.name, node, message) for rule in RULES for node, message in rule.check(graph)]


def require_rules(model: onnx.ModelProto) -> None:
    """Refuse a candidate that breaks a rule.

    Raises:
        SlipwayError: with each breach by its rule's name, and why it is a rule.
    """
    breaks = check_qdq(model)
    if breaks:
        broken = {item.rule for item in breaks}
        reasons = [f"{rule.name} is a rule because {rule.why}" for rule in RULES if rule.name in broken]
        more = [f"and {len(breaks) - _SHOWN} more"] if len(breaks) > _SHOWN else []
        raise SlipwayError(
            f"The INT8 candidate breaks {', '.join(sorted(broken))}",
            "Keep the nodes named below in float with --keep, or use --recipe fp16.",
            "\n".join([*map(str, breaks[:_SHOWN]), *more, *reasons]),
        )


def _opset(graph: Graph) -> Iterator[tuple[str, str]]:
    opset = opset_of(graph.model)
    if not LOWEST_OPSET <= opset <= HIGHEST_OPSET:
        yield "", f"the opset is {opset}, allowed is {LOWEST_OPSET} to {HIGHEST_OPSET}"


def _ir(graph: Graph) -> Iterator[tuple[str, str]]:
    if graph.model.ir_version > HIGHEST_IR:
        yield "", f"the IR version is {graph.model.ir_version}, allowed is at most {HIGHEST_IR}"


def _operators(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.nodes:
        if node.op_type.startswith("QLinear") or node.op_type in {
            "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear",
        }:  # fmt: skip
            yield node.name, f"{node.op_type} is not explicit QDQ"
        elif node.op_type in _PAIR and node.domain not in {"", "ai.onnx"}:
            yield node.name, f"{node.op_type} is of the domain {node.domain!r}, not of ONNX itself"


def _zero_point(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.pairs():
        zero = graph.value(node, 2)
        if zero is None:
            yield node.name, "the zero point is not given as a stored tensor"
        elif str(zero.dtype) != "int8":
            yield node.name, f"the zero point is {zero.dtype}, expected int8"
        elif zero.any():
            yield node.name, "the zero point is not 0"


def _scale(graph: Graph) -> Iterator[tuple[str, str]]:
    import numpy as np

    for node in graph.pairs():
        scale = graph.value(node, 1)
        if scale is None:
            yield node.name, "the scale is not given as a stored tensor"
        elif str(scale.dtype) != "float32":
            yield node.name, f"the scale is {scale.dtype}, expected float32"
        elif not (np.isfinite(scale).all() and (scale > 0).all()):  # type: ignore[operator]
            yield node.name, "a scale is not above 0 and finite"


def _bias(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.nodes:
        if node.op_type in {"Conv", "ConvTranspose", "Gemm"} and len(node.input) > 2 and node.input[2]:
            before = graph.producers.get(node.input[2])
            if before is not None and before.op_type == "DequantizeLinear":
                yield node.name, "the bias comes through a DQ, expected a float32 bias"


def _weight_pair(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.nodes:
        if node.op_type == "DequantizeLinear" and node.input[0] in graph.stored:
            kind = str(graph.value(node, 0).dtype)  # type: ignore[union-attr]
            yield node.name, f"a DQ stands on a stored {kind} tensor, expected float32 weights with Q and DQ"
        elif node.op_type == "DequantizeLinear" and not _is(graph.producers.get(node.input[0]), "QuantizeLinear"):
            yield node.name, "a DQ without its Q"
        elif node.op_type == "QuantizeLinear" and not all(
            reader.op_type == "DequantizeLinear" for reader, _ in graph.readers(node.output[0])
        ):
            yield node.name, "a Q whose result is read by something other than a DQ"


def _is(node: onnx.NodeProto | None, operator: str) -> bool:
    return node is not None and node.op_type == operator


def _channel_axis(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.pairs():
        scale, weight = graph.value(node, 1), graph.weight_of(node)
        if scale is None or weight is None or scale.size == 1:
            continue
        axis = _attribute(node, "axis", 1) % max(len(weight.dims), 1)
        if scale.ndim != 1 or axis >= len(weight.dims) or scale.size != weight.dims[axis]:
            yield node.name, f"{scale.size} scales on axis {axis} of weights {list(weight.dims)}"
        for reader, index in graph.readers(node.output[0]) if node.op_type == "DequantizeLinear" else ():
            wanted = _output_axis(reader, index, len(weight.dims))
            if wanted is not None and axis != wanted:
                yield node.name, f"scales on axis {axis}, {reader.op_type} {reader.name!r} has its channels on {wanted}"


def _output_axis(reader: onnx.NodeProto, index: int, rank: int) -> int | None:
    """The axis of an operator's weights that holds its output channels."""
    if index != 1:
        return None
    match reader.op_type:
        case "Conv":
            return 0
        case "ConvTranspose":
            return 1
        case "MatMul":
            return rank - 1
        case "Gemm":
            return 0 if _attribute(reader, "transB", 0) else 1
    return None


def _attribute(node: onnx.NodeProto, name: str, default: int) -> int:
    return next((int(item.i) for item in node.attribute if item.name == name), default)


def _activations(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.pairs():
        scale = graph.value(node, 1)
        if scale is not None and scale.size != 1 and graph.weight_of(node) is None:
            yield node.name, f"an activation has {scale.size} scales, expected one"


def _placement(graph: Graph) -> Iterator[tuple[str, str]]:
    for node in graph.nodes:
        if node.op_type == "QuantizeLinear" and _is(graph.producers.get(node.input[0]), "DequantizeLinear"):
            yield node.name, "a tensor is quantised twice in a row"


def _behind_concat(graph: Graph) -> Iterator[tuple[str, str]]:
    for concat, quantise in pairs_behind_concat(graph.model):
        yield quantise.name, f"a Q stands directly behind the Concat {concat.name!r}, expected a Clip between them"


RULES = (
    Rule("opset", "per-channel scales need 13 and TensorRT 8.x takes at most 17", _opset),
    Rule("ir-version", "runtimes of the time of opset 17 read IR 8 at most", _ir),
    Rule("operators", "TensorRT knows no QLinear, ConvInteger or vendor Q/DQ operators", _operators),
    Rule("zero-point", "TensorRT needs the third input, as int8 zeros: it is symmetric only", _zero_point),
    Rule("scale", "TensorRT 8.x reads scales as float32 and refuses 0", _scale),
    Rule("bias", "every TensorRT refuses an int32 bias behind a DQ", _bias),
    Rule("weight-pair", "TensorRT 8.5 and 8.6 need float weights with Q and DQ in front of the operator", _weight_pair),
    Rule("channel-axis", "there must be one scale an output channel, on its axis", _channel_axis),
    Rule("per-tensor-activations", "TensorRT takes one scale for an activation", _activations),
    Rule("behind-concat", "OpenVINO 2026.4 loses the scale of a pair there", _behind_concat),
    Rule("placement", "a second pair in a row only rounds again", _placement),
)
"""INT16 breaks `zero-point`: its zero point is not int8."""
