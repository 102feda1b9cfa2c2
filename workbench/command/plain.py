"""Values as JSON takes them, and text as a terminal may see it."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath

_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """The text without control characters: names come from models, boards and documents, and may carry any."""
    return text.translate(_CONTROLS)


def to_plain(value: object) -> object:
    """A value of ours as JSON takes it: its own `to_json`, else fields by name; infinity and NaN are null.

    Raises:
        TypeError: there is no JSON for it.
    """
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if callable(own := getattr(value, "to_json", None)):
        return to_plain(own())
    if dataclasses.is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((to_plain(item) for item in value), key=str)
    if isinstance(value, Sequence):
        return [to_plain(item) for item in value]
    raise TypeError(f"there is no JSON for a {type(value).__name__}")
