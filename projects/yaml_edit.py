"""Edits of a document's text that leave every byte but the changed value as it was: comments, order and quotes."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from projects.keys import Keys, dotted, find
from projects.yaml_file import Place, YamlFile, emit
from workbench.base.errors import Fault, SlipwayError, UsageError

_SIMPLE = re.compile(r"\w[\w .%/-]*")
_ITEM_ALONE = re.compile(r"[ ]*-[ ]+")


def set_value(file: YamlFile, keys: Keys, value: object) -> YamlFile:
    """Set one value, in place where it is there, else as the last entry of its mapping (made if it is not there).

    Args:
        file: a document without problems.
        keys: where; every key but the last may be missing.
        value: text, number, truth value, or a mapping or list of these.

    Raises:
        UsageError: the place is shared by a YAML anchor, or lies inside something that is no mapping.
    """
    wanted = _with_value(file, keys, value)
    place = file.places.get(keys)
    text = _replace(file, place, value) if place is not None else _insert(file, keys, value)
    return _checked(file, text, wanted, keys)


def remove_value(file: YamlFile, keys: Keys) -> YamlFile:
    """Remove one entry, and each mapping or list around it that it leaves empty.

    Raises:
        UsageError: there is no such entry, or it is shared by a YAML anchor.
    """
    place = _place_of(file, keys)
    around = find(dict(file.data), keys[:-1])
    if len(keys) > 1 and isinstance(around, (dict, list)) and len(around) == 1:
        return remove_value(file, keys[:-1])
    wanted = _without(file, keys)
    start = file.text.rfind("\n", 0, place.entry) + 1
    before = file.text[start : place.entry]
    alone = _ITEM_ALONE.fullmatch(before) if isinstance(keys[-1], int) else not before.strip()
    outer = file.places.get(keys[:-1])
    if outer is not None and not (outer.block and alone):
        return set_value(file, keys[:-1], find(wanted, keys[:-1]))
    end = file.text.find("\n", place.end)
    text = file.text[:start] + ("" if end < 0 else file.text[end + 1 :])
    return _checked(file, text, wanted, keys)


def _place_of(file: YamlFile, keys: Keys) -> Place:
    place = file.places.get(keys)
    if place is None:
        raise UsageError(
            f"{file.name} has no entry {dotted(keys)}", "Check the path; `slipway check` lists the entries."
        )
    if place.shared:
        raise _shared(file, keys)
    return place


def _shared(file: YamlFile, keys: Keys) -> UsageError:
    return UsageError(
        f"{dotted(keys)} in {file.name} stands under a YAML anchor, so that a change could show in several places",
        "Write the value out where it belongs, without & and *, then try again.",
    )


def _replace(file: YamlFile, place: Place, value: object) -> str:
    if place.shared:
        raise _shared(file, _keys_of(file, place))
    head, tail = file.text[: place.start], file.text[place.end :]
    if place.flow:
        return head + _in_braces(value, place.quote) + tail
    if isinstance(value, (dict, list)) and value:
        block = _indented(file, value, " " * (place.column + 2))
        return head.rstrip(" \r\n") + _newline(file) + block + tail
    return head + _scalar(value, place.quote) + tail


def _keys_of(file: YamlFile, place: Place) -> Keys:
    return next(keys for keys, other in file.places.items() if other is place)


def _insert(file: YamlFile, keys: Keys, value: object) -> str:
    parent, key = keys[:-1], keys[-1]
    if parent and parent not in file.places:
        return _insert(file, parent, {key: value})
    around = find(dict(file.data), parent)
    if not isinstance(around, dict) or not isinstance(key, str):
        raise UsageError(f"{dotted(parent) or file.name} is no mapping, so {dotted(keys)} cannot be set in it")
    place = file.places.get(parent)
    if place is not None and (place.shared or not place.block):
        return _replace(file, place, {**around, key: value})
    siblings = [file.places[(*parent, other)] for other in around]
    indent = " " * (siblings[0].column if siblings else 0)
    end = max((sibling.end for sibling in siblings), default=len(file.text))
    line_end = file.text.find("\n", end)
    head = file.text if line_end < 0 else file.text[: line_end + 1]
    head += "" if not head or head.endswith("\n") else _newline(file)
    return (
        head
        + _indented(file, {key: value}, indent)
        + _newline(file)
        + ("" if line_end < 0 else file.text[line_end + 1 :])
    )


def _scalar(value: object, quote: str) -> str:
    if isinstance(value, str) and quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, str) and quote:
        return json.dumps(value, ensure_ascii=False)
    return emit({"k": value}).removeprefix("k:").strip(" \n")


def _in_braces(value: object, quote: str) -> str:
    if isinstance(value, str):
        return _scalar(value, quote or ("" if _SIMPLE.fullmatch(value) else "'"))
    return emit({"k": value}, flow=True).strip("\n").removeprefix("{k:").removesuffix("}").strip(" ")


def _indented(file: YamlFile, value: object, indent: str) -> str:
    """The value over lines, each indented, without a newline at its end."""
    lines = emit(value).rstrip("\n").split("\n")
    if isinstance(value, list):
        lines = [line.removeprefix("  ") for line in lines]
    return _newline(file).join(indent + line if line else line for line in lines)


def _newline(file: YamlFile) -> str:
    return "\r\n" if "\r\n" in file.text else "\n"


def _with_value(file: YamlFile, keys: Keys, value: object) -> dict[str, object]:
    data: Any = copy.deepcopy(dict(file.data))
    inner = data
    for key in keys[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else find(inner, (key,))
    last = keys[-1]
    if not (isinstance(inner, dict) or (isinstance(inner, list) and isinstance(last, int) and last < len(inner))):
        raise UsageError(f"{dotted(keys)} cannot be set in {file.name}: what it lies in is no mapping")
    inner[last] = value  # type: ignore[index]  # a list's index is a number by the line above
    return dict(data)


def _without(file: YamlFile, keys: Keys) -> dict[str, object]:
    data = copy.deepcopy(dict(file.data))
    inner: Any = find(data, keys[:-1])
    del inner[keys[-1]]
    return data


def _checked(file: YamlFile, text: str, wanted: dict[str, object], keys: Keys) -> YamlFile:
    """The edited document, read again: it must say exactly what was wanted."""
    edited = file.replaced(text)
    if edited.problems or _as_lists(dict(edited.data)) != _as_lists(wanted):
        raise SlipwayError(
            f"cannot change {dotted(keys)} in {file.name} without touching what stands around it",
            "Change it by hand in the file; nothing was written.",
            "\n".join(str(problem) for problem in edited.problems),
            Fault.USE,
        )
    return edited


def _as_lists(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_lists(inner) for key, inner in value.items()}
    return [_as_lists(inner) for inner in value] if isinstance(value, (list, tuple)) else value
