"""What TensorRT cannot take of a model, by version: said on the desktop before anything is pushed to a board.

Sources: the importers of onnx-tensorrt 8.5, 8.6 and 10.0, their list of operators, and builds with TensorRT for RTX.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.optimise.model_facts import opset_of
from workbench.optimise.qdq_rules import Graph
from workbench.optimise.skeleton import subgraphs

if TYPE_CHECKING:
    import onnx

_MAX_OPSETS = (((8, 5), 17), ((10, 0), 20), ((10, 9), 22), ((10, 15), 24), ((11, 5), 25))
"""The newest opset of each version from that one on; the parser itself does not look, and fails later or silently."""
_RTX_MAX_OPSET = 24
_ONNX = ("", "ai.onnx")
_NEVER = frozenset({
    "Bernoulli", "Compress", "ConcatFromSequence", "Det", "LabelEncoder", "MaxRoiPool", "MaxUnpool", "MelWeightMatrix",
    "Multinomial", "Optional", "OptionalGetElement", "OptionalHasElement", "RegexFullMatch", "SequenceAt",
    "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap",
    "SplitToSequence", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer", "Unique",
})  # fmt: skip
_INTEGER = ("ConvInteger", "MatMulInteger", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul")
_FLOAT_MODEL = "Give the float32 model that it was made from: INT8 is then made as Q/DQ pairs."
_WHOLE_NUMBERS = "operators on whole numbers (ConvInteger, QLinear…) are not Q/DQ pairs, and TensorRT takes only those"
_SHOWN = 5


@dataclass(frozen=True)
class TrtObjection:
    """Something that TensorRT cannot take: where, why, and what to do."""

    node: str
    """Empty where it is about the whole model."""
    reason: str
    hint: str

    def __str__(self) -> str:
        return f"{self.node}: {self.reason}" if self.node else self.reason


@dataclass(frozen=True)
class TrtTarget:
    """Which TensorRT: its version (empty: not known, so only what none takes counts), its kind, and a DLA or none."""

    version: tuple[int, ...] = ()
    rtx: bool = False
    dla: bool = False

    @classmethod
    def of(cls, runtime: str, version: str | None, dla: bool = False) -> TrtTarget:
        """From a runtime's name and a version's text."""
        numbers = [part for part in (version or "").split(".") if part.isdigit()]
        return cls(tuple(map(int, numbers)), runtime == "tensorrt_rtx", dla)

    def before(self, *version: int) -> bool:
        """Whether it is known to be older."""
        return not self.rtx and bool(self.version) and self.version < version

    @property
    def dla_takes_pairs(self) -> bool:
        """Whether a DLA takes INT8 as Q/DQ pairs: strongly typed, from 11.4.1 on."""
        return self.version >= (11, 4, 1)

    @property
    def max_opset(self) -> int:
        """The newest opset that it takes."""
        if self.rtx:
            return _RTX_MAX_OPSET
        fitting = [opset for since, opset in _MAX_OPSETS if self.version >= since]
        return (fitting or [_MAX_OPSETS[0][1]])[-1] if self.version else _MAX_OPSETS[-1][1]

    def __str__(self) -> str:
        name = "TensorRT for RTX" if self.rtx else "TensorRT"
        return f"{name} {'.'.join(map(str, self.version))}".strip()


def find_trt_objections(model: onnx.ModelProto, target: TrtTarget) -> list[TrtObjection]:
    """What of a model TensorRT cannot take; empty where nothing is known against it. The model is not changed.

    Args:
        model: as it goes to the board.
        target: which TensorRT.
    """
    graph = Graph(model)
    checks: tuple[Callable[[Graph, TrtTarget], Iterable[TrtObjection]], ...] = (
        _opset,
        _operators,
        _types,
        _pairs,
        _dla,
    )
    return [objection for check in checks for objection in check(graph, target)]


def group_objections(objections: Iterable[TrtObjection]) -> list[tuple[str, str]]:
    """One (text, hint) for each reason, with the first nodes that it is about."""
    nodes: dict[tuple[str, str], list[str]] = {}
    for objection in objections:
        nodes.setdefault((objection.reason, objection.hint), []).append(objection.node)
    grouped = []
    for (reason, hint), found in nodes.items():
        named = [node for node in found if node]
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        where = f" ({', '.join(named[:_SHOWN])}{more})" if named else ""
        grouped.append((reason + where, hint))
    return grouped


def require_trt(model: onnx.ModelProto, target: TrtTarget, what: str) -> None:
    """Refuse a model that TensorRT cannot take.

    Raises:
        UsageError: with every reason, the nodes, and what to do about the first.
    """
    grouped = group_objections(find_trt_objections(model, target))
    if grouped:
        text = f"{target} cannot take {what}: {grouped[0][0]}"
        raise UsageError(text, grouped[0][1], "\n".join(f"{reason}. {hint}" for reason, hint in grouped))


def _opset(graph: Graph, target: TrtTarget) -> Iterator[TrtObjection]:
    opset = opset_of(graph.model)
    if opset > target.max_opset:
        reason = f"the model has opset {opset}; {target} knows up to {target.max_opset}"
        yield TrtObjection("", reason, f"Export it with opset {min(target.max_opset, 17)}.")


def _operators(graph: Graph, target: TrtTarget) -> Iterator[TrtObjection]:
    import onnx

    opset = opset_of(graph.model)
    local = {(function.domain, function.name) for function in graph.model.functions}
    for node in _all_nodes(graph.model.graph):
        kind, domain = node.op_type, "" if node.domain in _ONNX else node.domain
        if kind in _INTEGER or kind.startswith("QLinear"):
            yield TrtObjection(node.name, _WHOLE_NUMBERS, _FLOAT_MODEL)
        elif kind.endswith("_TRT") or domain in {"trt.plugins", "TRT"}:
            if target.rtx:
                yield TrtObjection(node.name, f"{kind} is a plugin, and {target} has none", _cut(kind))
        elif (node.domain, kind) in local:
            if target.before(10):
                hint = "Inline the functions: onnx.inliner.inline_local_functions."
                yield TrtObjection(node.name, f"{kind} is a function of the model; {target} knows none", hint)
        elif domain or not onnx.defs.has(kind, opset, domain):
            known = f" of {domain}" if domain else ""
            hint = "Export the model without it, or end the model before it."
            yield TrtObjection(node.name, f"{kind}{known} is no operator of ONNX {opset}", hint)
        elif kind in _NEVER or (target.rtx and kind == "NonMaxSuppression"):
            yield TrtObjection(node.name, f"{kind} is an operator that {target} does not have", _cut(kind))


def _cut(kind: str) -> str:
    if "NMS" in kind or kind == "NonMaxSuppression":
        return "Export the detector without suppression: Slipway suppresses after the engine."
    return "Export the model without it, or end the model before it."


def _all_nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Nodes of a graph and of the graphs in its nodes."""
    pending = [graph]
    while pending:
        for node in pending.pop().node:
            yield node
            pending += subgraphs(node)


def _types(graph: Graph, target: TrtTarget) -> Iterator[TrtObjection]:
    import onnx

    kinds = onnx.TensorProto
    refused = {kinds.STRING, kinds.COMPLEX64, kinds.COMPLEX128, *([kinds.BFLOAT16] if target.before(10) else ())}
    for name, tensor in graph.stored.items():
        if tensor.data_type in refused:
            kind = kinds.DataType.Name(tensor.data_type).lower()
            yield TrtObjection(name, f"{target} has no tensors of {kind}", "Export the model in float32.")


def _pairs(graph: Graph, target: TrtTarget) -> Iterator[TrtObjection]:
    for node in graph.pairs():
        if node.domain not in _ONNX:
            continue  # told as an operator that is none of ONNX's
        yield from _zero_point(graph, node, target)
        yield from _scale(graph, node, target)
        yield from _stored(graph, node, target)


def _zero_point(graph: Graph, node: onnx.NodeProto, target: TrtTarget) -> Iterator[TrtObjection]:
    zero = graph.value(node, 2)
    if zero is None:
        if len(node.input) > 2 and node.input[2]:
            yield TrtObjection(node.name, "a zero point is computed, not stored", _FLOAT_MODEL)
        elif target.before(10):
            yield TrtObjection(node.name, f"a Q or DQ has no zero point, which {target} needs", _FLOAT_MODEL)
        return
    kind = str(zero.dtype)
    if kind in {"uint8", "uint16", "int16"}:
        yield TrtObjection(node.name, f"values are quantised to {kind}; TensorRT takes int8 alone", _FLOAT_MODEL)
    elif zero.any():
        yield TrtObjection(node.name, "a zero point is not 0; TensorRT is symmetric only", _FLOAT_MODEL)


def _scale(graph: Graph, node: onnx.NodeProto, target: TrtTarget) -> Iterator[TrtObjection]:
    import numpy as np

    scale = graph.value(node, 1)
    if scale is None:
        yield TrtObjection(node.name, "a scale is computed, not stored", _FLOAT_MODEL)
        return
    if not (scale.astype(np.float32) > 0).all():
        yield TrtObjection(node.name, "a scale is not above 0", _FLOAT_MODEL)
    if target.before(10) and str(scale.dtype) != "float32":
        yield TrtObjection(node.name, f"a scale is {scale.dtype}; {target} reads it as float32", _FLOAT_MODEL)


def _stored(graph: Graph, node: onnx.NodeProto, target: TrtTarget) -> Iterator[TrtObjection]:
    """A DQ that stands directly on stored numbers: a bias, or weights without their Q."""
    value = graph.value(node, 0) if node.op_type == "DequantizeLinear" else None
    if value is None:
        return
    if str(value.dtype) == "int32":
        reason = "a bias is int32 behind a DQ, as ONNX Runtime's quantiser makes it by default"
        yield TrtObjection(node.name, reason, "Quantise again with QuantizeBias: False, or let Slipway make INT8.")
    elif target.before(10):
        reason = f"weights are stored as {value.dtype} with a DQ alone; {target} needs float weights with Q and DQ"
        yield TrtObjection(node.name, reason, "Quantise again with AddQDQPairToWeight: True, or let Slipway make INT8.")


def _dla(graph: Graph, target: TrtTarget) -> Iterator[TrtObjection]:
    if not target.dla:
        return
    if target.rtx:
        yield TrtObjection("", f"{target} runs on no DLA", "Set deployment.runtime_configuration.dla_enabled: false.")
    counts = Counter(node.op_type for node in graph.pairs())
    if counts and not target.dla_takes_pairs:
        reason = f"a DLA takes no Q/DQ pairs, and the model has {sum(counts.values())} of them"
        yield TrtObjection("", reason, "Choose FP16 with the DLA, or slipway.tensorrt.calibrator: entropy.")
