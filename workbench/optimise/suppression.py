"""Suppression whose outputs no head takes, by plugins of TensorRT or as indices: the graph is cut in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError
from workbench.optimise.skeleton import Skeleton, inferred, read_by

if TYPE_CHECKING:
    import onnx

EFFICIENT = (
    "EfficientNMS_TRT",
    "EfficientNMS_ONNX_TRT",
    "EfficientNMS_Explicit_TF_TRT",
    "EfficientNMS_Implicit_TF_TRT",
)
BATCHED = ("BatchedNMS_TRT", "BatchedNMSDynamic_TRT", "TRTBatchedNMS", "BatchedNMS")
PLUGINS = (*EFFICIENT, *BATCHED)
"""Each takes boxes [batch, n, 4] or [batch, n, 1, 4] and scores [batch, n, classes] (TensorRT's plugin folder)."""
MOST_QUERIES = 1000
_RESHAPING = frozenset({"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
_BY_X_FIRST = ("pytorch", "paddle")
"""Producers that feed NonMaxSuppression with x first although it names y first: overlaps are the same."""


@dataclass(frozen=True)
class Cut:
    """What was cut off, in words, and what its attributes tell of boxes and scores, as a head's options."""

    done: str
    head_options: Mapping[str, Any]


def cut_suppression(skeleton: Skeleton) -> Cut | None:
    """Make boxes and scores in front of a suppression the outputs; None where nothing is cut.

    It is the first plugin, or the one NonMaxSuppression of ONNX whose indices are an output. Other outputs stay.

    Raises:
        UsageError: the plugin does more than suppress.
    """
    graph = skeleton.model.graph
    plugin = next((node for node in graph.node if node.op_type in PLUGINS), None)
    if plugin is None:
        return _cut_indices(skeleton)
    _require_decoded(plugin)
    behind = _behind(graph.node, set(plugin.output))
    kept = [value for value in graph.output if value.name not in behind]
    shapes = {value.name: value for value in inferred(skeleton).graph.value_info}
    names = [_as_boxes(skeleton, plugin.input[0], shapes), plugin.input[1]]
    options = _options(plugin)
    outputs = [_value(shapes.get(name), name) for name in names]
    graph.ClearField("output")
    graph.output.extend([*outputs, *kept])
    drop_dead_nodes(skeleton)
    done = f"{plugin.op_type} was cut off: reference and device suppress alike in Slipway"
    return Cut(done, options)


def _require_decoded(plugin: onnx.NodeProto) -> None:
    if len(plugin.input) != 2 or not all(plugin.input):
        raise UsageError(
            f"the model ends in {plugin.op_type} with {len(plugin.input)} inputs: it decodes boxes from anchors itself",
            "Export the model without suppression, or with boxes that are decoded.",
        )


def _cut_indices(skeleton: Skeleton) -> Cut | None:
    """Make boxes and scores outputs where a NonMaxSuppression's indices are; None where they are used inside."""
    graph = skeleton.model.graph
    makers = {name: node for node in graph.node for name in node.output}
    node = _suppression_of_indices(graph, makers)
    if node is None:
        return None
    boxes, scores = node.input[:2]
    roots = {_root(name, makers, turned=True) for name in (boxes, scores)}
    shaped = inferred(skeleton).graph
    known = {value.name: value for value in (*shaped.value_info, *shaped.output)}
    if roots & {value.name for value in skeleton.inputs()} or _like_queries(known.get(boxes)):
        return None
    behind = _behind(graph.node, set(node.output)) | {boxes, scores}
    kept = [value for value in graph.output if value.name not in behind]
    kept = [value for value in kept if _root(value.name, makers, turned=True) not in roots]
    names = (boxes, _by_rows(skeleton, scores, makers))
    outputs = [_value(known.get(name), name, rank=3) for name in names]
    coding, said = _box_coding(node, skeleton.model.producer_name)
    graph.ClearField("output")
    graph.output.extend([*outputs, *kept])
    drop_dead_nodes(skeleton)
    done = f"{node.op_type} was cut off: reference and device suppress alike in Slipway; its boxes are {said}"
    return Cut(done, {"boxes": coding})


def _like_queries(boxes: onnx.ValueInfoProto | None) -> bool:
    """Whether boxes would be taken for queries, which are detections that nobody suppresses."""
    axes = list(boxes.type.tensor_type.shape.dim) if boxes is not None else []
    return len(axes) == 3 and is_query_count(axes[1].dim_value)


def is_query_count(rows: int) -> bool:
    """Whether so many rows are queries: DETR's kin have hundreds, grids of anchors have no such round number."""
    return 0 < rows <= MOST_QUERIES and rows % 100 == 0


def _suppression_of_indices(graph: onnx.GraphProto, makers: Mapping[str, onnx.NodeProto]) -> onnx.NodeProto | None:
    """The one NonMaxSuppression from which outputs come, all of them as indices."""
    found = [node for node in graph.node if node.op_type == "NonMaxSuppression" and len(node.input) >= 2]
    names = {name for node in found for name in node.output}
    reached = _behind(graph.node, names)
    ends = [_root(value.name, makers, ("Slice",)) for value in graph.output if value.name in reached]
    if len(set(ends)) != 1 or ends[0] not in names:
        return None
    return makers[ends[0]]


def _root(name: str, makers: Mapping[str, onnx.NodeProto], more: Iterable[str] = (), *, turned: bool = False) -> str:
    """What a value's numbers were first called, before they were only given another shape."""
    passed = _RESHAPING.union(more, ["Transpose"] if turned else [])
    for _ in range(len(makers)):
        node = makers.get(name)
        if node is None or node.op_type not in passed or not node.input:
            break
        name = node.input[0]
    return name


def _by_rows(skeleton: Skeleton, scores: str, makers: Mapping[str, onnx.NodeProto]) -> str:
    """Scores [1, n, classes] from [1, classes, n]."""
    import onnx

    maker = makers.get(scores)
    if maker is not None and maker.op_type == "Transpose" and [list(item.ints) for item in maker.attribute] == [_TURN]:
        return maker.input[0]
    name = "slipway/scores"
    node = onnx.helper.make_node("Transpose", [scores], [name], name="slipway/Transpose", perm=_TURN)
    skeleton.model.graph.node.append(node)
    return name


_TURN = [0, 2, 1]


def _box_coding(node: onnx.NodeProto, producer: str) -> tuple[str, str]:
    """What NonMaxSuppression's four numbers are, as a head's option and in words."""
    if any(item.name == "center_point_box" and item.i for item in node.attribute):
        return "cxcywh", "centre and size, as it says"
    if any(word in producer.lower() for word in _BY_X_FIRST):
        return "xyxy", f"read as corners with x first, as {producer} writes them"
    return "yxyx", "read as corners with y first, as the operator is defined"


def drop_dead_nodes(skeleton: Skeleton) -> None:
    """Remove nodes from which no output comes, and small initialisers that nothing reads then."""
    graph = skeleton.model.graph
    wanted = {value.name for value in graph.output}
    alive = []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            alive.append(node)
            wanted.update(read_by(node))
    nodes = type(graph)()
    nodes.node.extend(reversed(alive))
    nodes.initializer.extend(tensor for tensor in graph.initializer if tensor.name in wanted)
    graph.ClearField("node")
    graph.ClearField("initializer")
    graph.node.extend(nodes.node)
    graph.initializer.extend(nodes.initializer)


def _behind(nodes: Any, names: set[str]) -> set[str]:
    """Names of everything that is computed from these; nodes are in order."""
    found = set(names)
    for node in nodes:
        if found.intersection(read_by(node)):
            found.update(node.output)
    return found


def _as_boxes(skeleton: Skeleton, name: str, shapes: Mapping[str, onnx.ValueInfoProto]) -> str:
    """[1, n, 1, 4] without the axis of classes that share their boxes."""
    import onnx

    axes = list(shapes[name].type.tensor_type.shape.dim) if name in shapes else []
    if len(axes) != 4 or axes[2].dim_value != 1:
        return name
    shape = onnx.helper.make_tensor("slipway/boxes_shape", onnx.TensorProto.INT64, [3], [1, -1, 4])
    skeleton.model.graph.initializer.append(shape)
    node = onnx.helper.make_node("Reshape", [name, shape.name], ["slipway/boxes"], name="slipway/Reshape")
    skeleton.model.graph.node.append(node)
    return "slipway/boxes"


def _value(known: onnx.ValueInfoProto | None, name: str, rank: int = 0) -> onnx.ValueInfoProto:
    """An output's type; of the rank, where inference told nothing."""
    import onnx

    if known is not None and (known.type.tensor_type.HasField("shape") or not rank):
        return known
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None] * rank if rank else None)


def _options(plugin: onnx.NodeProto) -> dict[str, Any]:
    """Source: the READMEs of TensorRT's plugins efficientNMSPlugin and batchedNMSPlugin."""
    given = {item.name: item.i for item in plugin.attribute}
    options: dict[str, Any] = {"boxes": "xyxy"}
    if plugin.op_type in EFFICIENT:
        if given.get("box_coding", 0) == 1:
            options["boxes"] = "cxcywh"
        if given.get("score_activation", 0) == 1:
            options["activation"] = "sigmoid"
    elif given.get("isNormalized", 0):
        options["normalised"] = True
    names = ("background_class", "backgroundLabelId", "background_label_id")
    if next((given[name] for name in names if name in given), -1) == 0:
        options["background"] = "first"
    return options
