"""What TensorRT's inspector says of an engine's layers, in the layout of 8.5 to 10 and in that of 11.

Every layer is an object only where the engine was built with detailed verbosity; else it is a name.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, NamedTuple

_WORDS = (
    ("bf16", "bf16"), ("bfloat16", "bf16"), ("fp16", "f16"), ("float16", "f16"), ("half", "f16"), ("fp32", "f32"),
    ("float32", "f32"), ("float", "f32"), ("fp8", "f8"), ("fp4", "f4"), ("uint8", "u8"), ("int8", "i8"),
    ("int4", "i4"), ("int32", "i32"), ("int64", "i64"), ("bool", "boolean"),
)  # fmt: skip
"""Words for types in formats, longer ones before those that they hold; and our names of the types."""
_TYPE = re.compile("|".join(word for word, _ in _WORDS), re.IGNORECASE)
_NAMES = dict(_WORDS)
UNKNOWN = "unknown"


class Layers(NamedTuple):
    """Counts over an engine's layers."""

    precisions: Dict[str, int]
    """How many layers work in each type; empty where the inspector gives names alone."""
    on_dla: int
    on_gpu: int


def parse_layers(text: str) -> Layers:
    """Counts from the inspector's JSON; what it does not tell is not counted, or counted as unknown.

    Raises:
        ValueError: this is no JSON object with layers.
    """
    value = json.loads(text)
    layers = value.get("Layers") if isinstance(value, dict) else None
    if not isinstance(layers, list):
        raise ValueError("the inspector gave no list of layers")  # noqa: TRY004 - wrong text, not a wrong call
    counts: Dict[str, int] = {}
    known: List[Dict[str, Any]] = [layer for layer in layers if isinstance(layer, dict)]
    for layer in known:
        precision = _precision(layer)
        counts[precision] = counts.get(precision, 0) + 1
    on_dla = sum("DLA" in str(layer.get("LayerType", "")).upper() for layer in known)
    return Layers(dict(sorted(counts.items())), on_dla, len(known) - on_dla)


def _precision(layer: Dict[str, Any]) -> str:
    """The type that a layer works in: its weights', else its first input's, else its first output's."""
    weights = layer.get("Weights")
    texts = [weights.get("Type")] if isinstance(weights, dict) else []
    for side in ("Inputs", "Outputs"):
        tensors = layer.get(side)
        for tensor in tensors[:1] if isinstance(tensors, list) else []:
            texts += _formats(tensor)
    for text in texts:
        found = _TYPE.search(text) if isinstance(text, str) else None
        if found:
            return _NAMES[found.group().lower()]
    return UNKNOWN


def _formats(tensor: Any) -> List[Any]:
    """8.5 to 10 tell type and format in one text; 11 tells them apart."""
    if not isinstance(tensor, dict):
        return []
    return [tensor[key] for key in ("Datatype", "DataType", "Format/Datatype", "Format") if key in tensor]
