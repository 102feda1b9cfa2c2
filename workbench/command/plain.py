"""Values as JSON takes them, and text as a terminal may see it."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath

_TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""What turns the direction in which text is read, so that it shows as another one."""
_BREAKING = (0x2028, 0x2029)
_HIDDEN = (*range(32), *range(127, 160), *_TURNING, *_BREAKING)
_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in _HIDDEN if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """The text without characters that control how it shows: names come from models, boards and documents."""
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
