"""What exporters write beside a graph: class names and the input size, read as data and never run."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import onnx

_TRIES = 5
_MAX_CHARS, _MAX_NAMES, _MAX_NAME_CHARS, _MAX_SIDE_PX = 2**18, 10_000, 200, 16_384
_NAME_KEYS = ("names", "classes", "class_names", "labels")
_SIZE_KEYS = ("imgsz", "input_size", "image_size")


class Size(NamedTuple):
    """Of an input, in pixels; None where it is not known."""

    width: int | None
    height: int | None


def input_size_of(model: onnx.ModelProto) -> Size | None:
    """The input size that the metadata name: `[height, width]`, or one number for both; None where they name none."""
    metadata = metadata_of(model)
    for key in _SIZE_KEYS:
        value = _literal(metadata.get(key, ""))
        sides = [value, value] if isinstance(value, int) else value
        if isinstance(sides, list | tuple) and len(sides) == 2:
            height, width = sides
            if all(type(side) is int and 0 < side <= _MAX_SIDE_PX for side in sides):
                return Size(width, height)
    return None


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """Keys and values; of a key that comes twice the last."""
    return {entry.key: entry.value for entry in model.metadata_props}


def class_names_in(metadata: dict[str, str]) -> tuple[str, ...] | None:
    """Class names as exporters write them: JSON or a Python literal, a list or a mapping from index to name."""
    for key in _NAME_KEYS:
        value = _literal(metadata.get(key, ""))
        if isinstance(value, dict):
            value = _in_order(value)
        if isinstance(value, list | tuple) and 0 < len(value) <= _MAX_NAMES:
            names = tuple(str(name)[:_MAX_NAME_CHARS] for name in value if isinstance(name, str | int))
            if len(names) == len(value):
                return names
    return None


def _in_order(names: dict[object, object]) -> list[object] | None:
    """The values of `{0: …, 1: …}` by index; None unless the keys are 0 to n-1."""
    by_text = {str(key): name for key, name in names.items()}
    try:
        return [by_text[str(index)] for index in range(len(names))]
    except KeyError:
        return None


def _literal(text: str) -> object:
    """A JSON value or a Python literal; None where it is neither, too long or nested too deep to be safe."""
    if not text or len(text) > _MAX_CHARS or _depth(text) > 8:
        return None
    try:
        return json.loads(text)
    except ValueError:
        pass
    for _ in range(_TRIES):
        try:
            return ast.literal_eval(text)
        except SystemError:  # CPython 3.11: a collection in the middle of it lets another thread parse
            continue
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest
