"""What a model may not be, before anybody works on it: endless in number, in its names or in what calls what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.optimise.skeleton import subgraphs

if TYPE_CHECKING:
    import onnx
    from google.protobuf.message import Message

MAX_NODES = 30_000
"""Of the graph, its subgraphs and the functions; the largest detectors have a few thousand."""
MAX_WEIGHTS = 30_000
MAX_VALUES = 256
"""Inputs that are no weights, and outputs."""
MAX_INPUT_BYTES = 256 << 20
"""Of one input, in single precision; 4096 x 4096 pixels are 200 MB."""
MAX_RANGE = 1 << 20
MAX_METADATA = 1000
MAX_NAME_CHARS = 1000
_FREE_TEXTS = frozenset({"value", "doc_string"})
"""Strings that are no names: of metadata, of where data lie, and what describes."""


def breach_of(model: onnx.ModelProto) -> str | None:
    """Why a model is not taken, in words; None where it is within all limits."""
    wrong = _wrong_text(model)
    if wrong is not None:
        return wrong
    weights = {tensor.name for tensor in model.graph.initializer}
    for what, count, most in (
        ("inputs", sum(value.name not in weights for value in model.graph.input), MAX_VALUES),
        ("outputs", len(model.graph.output), MAX_VALUES),
        ("weights", len(model.graph.initializer), MAX_WEIGHTS),
        ("nodes", sum(1 for _ in every_node(model)), MAX_NODES),
        ("operator sets", len(model.opset_import), MAX_VALUES),
        ("entries of metadata", len(model.metadata_props), MAX_METADATA),
    ):
        if count > most:
            return f"the model has {count} {what}; at most {most} are taken"
    return _endless_function(model)


def large_input(model: onnx.ModelProto) -> str | None:
    """An input that is larger than any camera's picture, as text; None where all are smaller."""
    weights = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        lengths = [axis.dim_value or 1 for axis in value.type.tensor_type.shape.dim]
        size_bytes = math.prod(lengths) * 4
        if size_bytes > MAX_INPUT_BYTES and value.name not in weights:
            shape = f"{value.name} [{', '.join(map(str, lengths))}]"
            return f"its input {shape} takes {size_bytes} bytes a frame; at most {MAX_INPUT_BYTES} are taken"
    return None


def endless_range(model: onnx.ModelProto) -> str | None:
    """A Range over more numbers than any detector counts, as text; ONNX's shape inference writes each of them out.

    Only what is stored is looked at: data beside the model must have been loaded.
    """
    ranges = [node for node in every_node(model) if node.op_type == "Range" and len(node.input) == 3]
    if not ranges:
        return None
    stored = dict(_stored_numbers(model))
    for node in ranges:
        start, limit, step = (stored.get(name) for name in node.input)
        if start is None or limit is None or not step:
            continue
        count = (limit - start) / step
        if not count <= MAX_RANGE:
            return f"its Range {node.name or node.output[0]} counts {count:.0f} numbers; at most {MAX_RANGE} are taken"
    return None


def _stored_numbers(model: onnx.ModelProto) -> Iterator[tuple[str, float]]:
    """Single numbers by the names that nodes read them by, in the graph and its subgraphs."""
    from onnx import numpy_helper

    tensors = [(tensor.name, tensor) for graph in _every_graph(model) for tensor in graph.initializer]
    for node in every_node(model):
        for item in node.attribute if node.op_type == "Constant" and node.output else ():
            if item.HasField("t"):
                tensors.append((node.output[0], item.t))
            elif item.name in {"value_int", "value_float"}:
                yield node.output[0], item.i if item.name == "value_int" else item.f
    for name, tensor in tensors:
        if math.prod(tensor.dims) == 1:
            with suppress(ValueError, TypeError, KeyError, IndexError, OverflowError):
                yield name, float(numpy_helper.to_array(tensor).item())


def _every_graph(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    yield model.graph
    for node in every_node(model):
        yield from subgraphs(node)


def every_node(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """Every node of the graph, its subgraphs and the model's functions."""
    yield from _nodes_of(model.graph.node)
    for function in model.functions:
        yield from _nodes_of(function.node)


def _nodes_of(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    for node in nodes:
        yield node
        for graph in subgraphs(node):
            yield from _nodes_of(graph.node)


def _wrong_text(message: Message) -> str | None:
    """A string that is not UTF-8, which protobuf gives as bytes and on which much else stumbles; or an endless name."""
    for kind, value in message.ListFields():
        if kind.type not in {kind.TYPE_STRING, kind.TYPE_MESSAGE}:
            continue
        for item in value if kind.is_repeated else (value,):
            if kind.type == kind.TYPE_MESSAGE:
                wrong = _wrong_text(item)
                if wrong is not None:
                    return wrong
            elif isinstance(item, bytes):
                return "a name is not text"
            elif len(item) > MAX_NAME_CHARS and kind.name not in _FREE_TEXTS:
                return f"a name has {len(item)} characters"
    return None


def _endless_function(model: onnx.ModelProto) -> str | None:
    """Functions that call each other in a circle, as text; each is written out where it is called."""
    names = [(function.domain, function.name) for function in model.functions]
    if len(set(names)) < len(names):
        return "two of its functions have the same name"
    calls = {
        (function.domain, function.name): {(node.domain, node.op_type) for node in _nodes_of(function.node)}
        for function in model.functions
    }
    while calls:
        ended = [name for name, called in calls.items() if not called & calls.keys()]
        if not ended:
            return f"its functions call each other in a circle, {min(calls)[1]} among them"
        for name in ended:
            del calls[name]
    return None
