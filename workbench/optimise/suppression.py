"""Suppression by a TensorRT plugin, which only TensorRT can run: the graph is cut in front of it."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Cut:
    """What was cut off, in words, and what its attributes tell of boxes and scores, as a head's options."""

    done: str
    head_options: Mapping[str, Any]


def cut_suppression(skeleton: Skeleton) -> Cut | None:
    """Make boxes and scores in front of the first suppression plugin the outputs; None where there is no plugin.

    Outputs that do not come out of the plugin stay.

    Raises:
        UsageError: the plugin does more than suppress.
    """
    graph = skeleton.model.graph
    plugin = next((node for node in graph.node if node.op_type in PLUGINS), None)
    if plugin is None:
        return None
    if len(plugin.input) != 2 or not all(plugin.input):
        raise UsageError(
            f"the model ends in {plugin.op_type} with {len(plugin.input)} inputs: it decodes boxes from anchors itself",
            "Export the model without suppression, or with boxes that are decoded.",
        )
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


def _value(known: onnx.ValueInfoProto | None, name: str) -> onnx.ValueInfoProto:
    import onnx

    if known is not None:
        return known
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)


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
