"""Paths of values in documents: tuples in code, `performance_tests.latency.requirement` for people."""

from __future__ import annotations

import re
from typing import Final

Keys = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indices of lists, from the top of the file."""

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def find(value: object, keys: Keys) -> object:
    """The value at the keys, from the top; None where there is none."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def keys_of(path: str, root: str) -> Keys:
    """The keys of a path as a person writes it: the inverse of `dotted`, for a document whose root key is `root`."""
    keys = tuple(int(index) if index else key for key, index in _STEP.findall(path))
    return keys if keys[:1] == ("slipway",) else (root, *keys)


def dotted(keys: Keys) -> str:
    """Keys as a person reads them, without the document's root key: `performance_tests.latency`, `slipway.power`."""
    shown = keys if keys[:1] == ("slipway",) or len(keys) == 1 else keys[1:]
    text = ""
    for key in shown:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
