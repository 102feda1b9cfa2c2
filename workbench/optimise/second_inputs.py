"""Inputs beside the image whose value a fixed input size decides: they become constants, so that one image remains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.optimise.skeleton import Skeleton, read_by

if TYPE_CHECKING:
    import onnx

Values = Callable[[int, int], tuple[float, ...]]

KNOWN: Mapping[str, Values] = MappingProxyType(
    {
        "orig_target_sizes": lambda width, height: (width, height),
        "orig_target_size": lambda width, height: (width, height),
        "target_sizes": lambda width, height: (height, width),
        "im_shape": lambda width, height: (height, width),
        "im_size": lambda width, height: (height, width),
        "image_shape": lambda width, height: (height, width),
        "scale_factor": lambda _width, _height: (1, 1),
        "im_info": lambda width, height: (height, width, 1),
    }
)
"""Values by an input's name: RT-DETR and DEIM take width and height, DETR, Paddle and YOLOv3 height and width."""


def fold_second_inputs(skeleton: Skeleton, size: tuple[int, int]) -> Iterator[str]:
    """Make known second inputs constants and drop those that nothing reads; says what was done.

    Args:
        skeleton: its inputs are changed.
        size: (width, height) of the image input: boxes come out in its pixels.
    """
    graph = skeleton.model.graph
    used = {name for node in graph.node for name in read_by(node)} | {value.name for value in graph.output}
    for value in skeleton.inputs():
        if value.name not in used:
            _drop(skeleton, value.name)
            yield f"the input {value.name} was removed: nothing reads it"
        elif (numbers := _numbers(value, size)) is not None:
            graph.initializer.append(_tensor(value, numbers))
            if skeleton.model.ir_version >= 4:
                _drop(skeleton, value.name)
            shown = ", ".join(f"{number:g}" for number in numbers)
            yield f"the input {value.name} became the constant [{shown}], so that boxes come out in pixels of the input"


def _numbers(value: onnx.ValueInfoProto, size: tuple[int, int]) -> tuple[float, ...] | None:
    known = KNOWN.get(value.name.lower())
    axes = value.type.tensor_type.shape.dim
    if known is None or not 1 <= len(axes) <= 2:
        return None
    numbers = known(*size)
    last = axes[-1].dim_value if axes[-1].HasField("dim_value") else len(numbers)
    return numbers if last == len(numbers) else None


def _tensor(value: onnx.ValueInfoProto, numbers: tuple[float, ...]) -> onnx.TensorProto:
    import numpy as np
    import onnx

    kind = value.type.tensor_type
    array = np.array(numbers, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type))
    rows = array.reshape(1, -1) if len(kind.shape.dim) == 2 else array
    return onnx.numpy_helper.from_array(rows, value.name)


def _drop(skeleton: Skeleton, name: str) -> None:
    graph = skeleton.model.graph
    kept = type(graph)()
    kept.input.extend(value for value in graph.input if value.name != name)
    graph.ClearField("input")
    graph.input.extend(kept.input)
