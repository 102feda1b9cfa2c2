"""Groups of nodes that are judged together: about a dozen blocks of a network, by the names that its exporter gave."""

from __future__ import annotations

import fnmatch
import glob
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from workbench.optimise.int8 import quantisable_nodes

if TYPE_CHECKING:
    import onnx

Nodes: TypeAlias = tuple[str, ...]

LEAST_GROUPS, MOST_GROUPS = 8, 16


@dataclass(frozen=True)
class Group:
    """A block: its name, its quantisable nodes in the graph's order, what keeps it in float, and its work.

    `keep` is what `--keep` takes; `mac_count` are the multiply-accumulates of one inference, `weight_count` the numbers
    that INT8 makes a byte of.
    """

    name: str
    nodes: Nodes
    keep: tuple[str, ...]
    mac_count: int
    weight_count: int = 0


def group_nodes(model: onnx.ModelProto) -> tuple[Group, ...]:
    """The quantisable nodes in about 8 to 16 groups, in the graph's order.

    The largest group is split again and again by the next part of its nodes' names; where names show no structure, it
    is halved along the graph.
    """
    nodes = quantisable_nodes(model)
    parts = {node.name: _path(node.name) for node in nodes}
    groups: list[Nodes] = [tuple(parts)] if parts else []
    while len(groups) < MOST_GROUPS:
        room = MOST_GROUPS - len(groups) + 1
        halve = len(groups) < LEAST_GROUPS
        splits = ((group, _split(group, parts, room, halve=halve)) for group in sorted(groups, key=len, reverse=True))
        chosen = next((pair for pair in splits if 1 < len(pair[1]) <= room), None)
        if chosen is None:
            break
        groups.remove(chosen[0])
        groups += chosen[1]
    order = {name: index for index, name in enumerate(parts)}
    macs, weights = mac_counts(model), weight_counts(model)
    return tuple(_group(group, parts, macs, weights) for group in sorted(groups, key=lambda group: order[group[0]]))


def mac_counts(model: onnx.ModelProto) -> dict[str, int]:
    """Multiply-accumulates of each quantisable node; 0 where its shapes are not known."""
    values = (*model.graph.value_info, *model.graph.output, *model.graph.input)
    shapes = {value.name: [axis.dim_value for axis in value.type.tensor_type.shape.dim] for value in values}
    shapes |= {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    return {node.name: _macs(node, shapes) for node in quantisable_nodes(model)}


def weight_counts(model: onnx.ModelProto) -> dict[str, int]:
    """Weights of each quantisable node; 0 where they are computed rather than stored."""
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    return {node.name: sizes.get(node.input[1], 0) for node in quantisable_nodes(model)}


def _macs(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int:
    given, weight, result = (shapes.get(name, []) for name in (node.input[0], node.input[1], node.output[0]))
    if not given or not weight or not result:
        return 0
    if node.op_type == "Conv":
        return math.prod(result) * math.prod(weight[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(given) * math.prod(weight[1:])
    return math.prod(result) * given[-1]


def _path(name: str) -> Nodes:
    separator = "/" if "/" in name.strip("/") else "."
    return tuple(part for part in name.split(separator) if part)


def _split(group: Nodes, parts: dict[str, Nodes], room: int, *, halve: bool) -> list[Nodes]:
    """A group's children by the first part of their names that tells them apart; halves if there is none.

    Where there are more children than room, neighbours are joined, the smallest first, to leave room for later splits.
    """
    children = _children(group, parts)
    if 1 < len(children) < len(group):
        while len(children) > room:
            children = _joined(children, max(2, room * 3 // 4))
        return children
    middle = len(group) // 2
    return [group[:middle], group[middle:]] if halve and middle else [group]


def _children(group: Nodes, parts: dict[str, Nodes]) -> list[Nodes]:
    depth = len(_common([parts[name] for name in group]))
    children: dict[str, list[str]] = {}
    for name in group:
        children.setdefault("".join(parts[name][depth : depth + 1]), []).append(name)
    return [tuple(child) for child in children.values()]


def _joined(children: list[Nodes], count: int) -> list[Nodes]:
    joined = list(children)
    while len(joined) > count:
        first = min(range(len(joined) - 1), key=lambda index: len(joined[index]) + len(joined[index + 1]))
        joined[first : first + 2] = [joined[first] + joined[first + 1]]
    return joined


def _common(paths: list[Nodes]) -> Nodes:
    """The leading parts that all paths share; a node's own name is not one of them."""
    shared = []
    for column in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return tuple(shared)


def _group(nodes: Nodes, parts: dict[str, Nodes], macs: dict[str, int], weights: dict[str, int]) -> Group:
    keep = tuple(_keep(nodes, parts))
    short = " and ".join(entry.removesuffix("*").rstrip("/.") for entry in keep)
    name = short if len(keep) <= 2 else f"{nodes[0]} to {nodes[-1]}"
    return Group(name, nodes, keep, sum(macs[node] for node in nodes), sum(weights[node] for node in nodes))


def _keep(nodes: Nodes, parts: dict[str, Nodes]) -> Iterator[str]:
    """The fewest names and patterns that match these of all quantisable nodes."""
    prefix = _prefix(nodes, parts)
    pattern = glob.escape(prefix) + "*"
    if prefix and set(fnmatch.filter(parts, pattern)) == set(nodes):
        yield pattern
        return
    children = _children(nodes, parts)
    if len(children) < 2:
        yield from nodes
        return
    for child in children:
        yield from _keep(child, parts)


def _prefix(nodes: Nodes, parts: dict[str, Nodes]) -> str:
    """The shared parts as they stand in the names, with the separator behind them; empty where nothing is shared."""
    shared = _common([parts[name] for name in nodes])
    position = 0
    for part in shared:
        position = nodes[0].index(part, position) + len(part)
    return nodes[0][: position + 1] if shared else ""
