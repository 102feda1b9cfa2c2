"""How many classes a model has that gives labels: told by its graph, which turns places into labels by that number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

_DEPTH = 12
_MOST = 10_000


def classes_in_graph(model: onnx.ModelProto, labels: str) -> int:
    """The number by which places among all scores are divided to give labels; 0 where the graph has none.

    DETR's kin flatten [queries, classes], take the best, and find the class as the rest of a division by the number of
    classes (`Mod`, or `Div`, `Mul` and `Sub`).

    Args:
        model: the graph.
        labels: the name of the output that has labels.
    """
    made = {name: node for node in model.graph.node for name in node.output}
    numbers = _small_constants(model)
    seen, front = set[str](), [labels]
    for _ in range(_DEPTH):
        behind: list[str] = []
        for name in front:
            node = made.get(name)
            if node is None or name in seen:
                continue
            seen.add(name)
            if node.op_type in {"TopK", "Gemm", "MatMul", "Conv"}:
                continue
            if node.op_type in {"Mod", "Div"}:
                divisors = [numbers[item] for item in node.input[1:] if item in numbers]
                if len(divisors) == 1 and 2 <= divisors[0] <= _MOST:
                    return divisors[0]
            behind += node.input
        front = behind
    return 0


def _small_constants(model: onnx.ModelProto) -> dict[str, int]:
    """Whole numbers that stand alone in the graph, by name."""
    from onnx import numpy_helper

    tensors = [(tensor.name, tensor) for tensor in model.graph.initializer if math.prod(tensor.dims) == 1]
    for node in model.graph.node:
        if node.op_type == "Constant":
            tensors += [
                (node.output[0], item.t)
                for item in node.attribute
                if item.name == "value" and math.prod(item.t.dims) == 1
            ]
    numbers = {}
    for name, tensor in tensors:
        if tensor.data_type in {6, 7} and not tensor.external_data:
            try:
                numbers[name] = int(numpy_helper.to_array(tensor).reshape(-1)[0])
            except (ValueError, TypeError, IndexError):
                continue  # damaged: it tells nothing
    return numbers
