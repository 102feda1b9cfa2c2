"""Orders as JSON and back, so that a job can be ordered again after a restart: no pickle, and only our own classes."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench.base.errors import UsageError

if TYPE_CHECKING:
    from workbench.jobs.job import Job

PACKAGE = "workbench.orders"
MAX_CHARS = 64_000
_NAME = re.compile(r"([a-z][a-z0-9_]*):([A-Z][A-Za-z0-9]*)")
_PLAIN = (str, int, float, bool, type(None))


def order_name(order: object) -> str:
    """`example:RunExample` for a class of `workbench/orders/example.py`; empty for any other."""
    package, _, module = type(order).__module__.rpartition(".")
    return f"{module}:{type(order).__name__}" if package == PACKAGE else ""


def encode_order(order: object) -> dict[str, Any] | None:
    """An order as a JSON object; None for one that cannot be given again from a file."""
    name = order_name(order)
    if not name or not dataclasses.is_dataclass(order):
        return None
    try:
        value = {"order": name, "fields": {item.name: _encode(getattr(order, item.name)) for item in _fields(order)}}
        return value if len(json.dumps(value, allow_nan=False)) <= MAX_CHARS else None
    except (TypeError, ValueError):
        return None


def decode_order(value: object) -> Job:
    """The order that `encode_order` wrote.

    Raises:
        UsageError: it names no order of this Slipway, or other fields than that has now.
    """
    try:
        return _decode_order(value)
    except (AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
        hint = "Start it anew from its page; an older or newer Slipway wrote this."
        raise UsageError("this job cannot be ordered again", hint, f"{type(error).__name__}: {error}") from error


def _decode_order(value: object) -> Job:
    if not isinstance(value, dict):
        raise TypeError("an order is a JSON object")
    match = _NAME.fullmatch(value["order"])
    if match is None:
        raise ValueError(f"{value['order']!r} names no order")
    of = getattr(importlib.import_module(f"{PACKAGE}.{match[1]}"), match[2])
    if not (isinstance(of, type) and dataclasses.is_dataclass(of) and hasattr(of, "run")):
        raise TypeError(f"{value['order']} is no order")
    if order_name(object.__new__(of)) != value["order"]:
        raise TypeError(f"{value['order']} is a name for something else")
    return cast("Job", of(**{name: _decode(inner) for name, inner in value["fields"].items()}))


def _fields(order: object) -> tuple[dataclasses.Field[Any], ...]:
    return tuple(item for item in dataclasses.fields(cast("Any", order)) if item.init)


def _encode(value: object) -> object:
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"map": {key: _encode(item) for key, item in value.items()}}
    if type(value) in _PLAIN:
        return value
    raise TypeError(f"{type(value).__name__} is not written into a journal")


def _decode(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "path":
        return Path(inner)
    if kind == "tuple":
        return tuple(_decode(item) for item in inner)
    if kind == "map":
        return {key: _decode(item) for key, item in inner.items()}
    raise ValueError(f"{kind} is no kind of value")
