"""JSON that the other side wrote: only numbers that can be computed with, and only text that can be written again."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_LARGEST = 2**64
_DIGITS = 20
_HALF_CHARACTER = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}|\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""UTF-16 surrogates; in pairs they are a character, alone nothing that has an encoding."""


def decode(data: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not UTF-8 or no JSON, nested too deep, holds NaN, infinity or a whole number beyond 64 bits,
            or half a character.
    """
    text = data.decode("utf-8")
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if _HALF_CHARACTER.search(text):
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises UnicodeEncodeError, a ValueError
    return value


def _whole(text: str) -> int:
    if len(text) > _DIGITS or not -_LARGEST < int(text) < _LARGEST:
        raise ValueError("a whole number beyond 64 bits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that no computer holds")
    return number


def _refuse(name: str) -> float:
    raise ValueError("%s is no JSON" % name)
