"""A document as a form: every field of its schema with label, help, value, choices and what is required there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from projects.fields import text_of
from projects.form_words import LIMITS, UNITS, label_of, title_of
from projects.keys import Keys, dotted
from projects.quantity import QuantityError
from projects.schemas import schema_of
from projects.yaml_file import YamlFile

_NUMBER: Final = re.compile(r"\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([^\d\s].*?)?\s*")
TEXT, CHOICE, OPEN_CHOICE, NAMES, BY_HAND = "text", "choice", "open choice", "names", "by hand"
"""Kinds of a field: what a person may enter. `by hand` is edited in the text only."""


@dataclass(frozen=True)
class FormField:
    """One field, whether the document has it or not."""

    keys: Keys
    path: str
    """As problems name it: `performance_tests.latency.requirement`."""
    label: str
    help: str
    kind: str
    choices: tuple[str, ...]
    required: bool
    """Whether it must be there, since the section around it is."""
    value: str | None
    """As the document writes it; None where it is not there."""
    shown: str
    """As a form shows it: `≤ 50 ms`; empty where it is not there."""
    default: str
    """What counts where it is not there; empty where nothing does."""
    relation: str
    """`≤` or `≥` before a limit."""
    is_limit: bool
    line: int | None


@dataclass(frozen=True)
class FormGroup:
    """Fields under one heading."""

    title: str
    help: str
    path: str
    own: bool
    """Whether these are Slipway's own keys, beside the document's."""
    present: bool
    """Whether the document has any of them."""
    fields: tuple[FormField, ...]


def form_of(file: YamlFile, schema: str) -> tuple[FormGroup, ...]:
    """The form of a document in the order of its schema.

    Args:
        file: the document; one that does not parse gives a form without values.
        schema: name of its schema's file.
    """
    walk = _Walk(file, _schema(schema))
    return tuple(walk.groups())


@cache
def _schema(name: str) -> dict[str, Any]:
    return schema_of(name)


class _Walk:
    """One walk through a schema beside a document."""

    def __init__(self, file: YamlFile, schema: Mapping[str, Any]) -> None:
        self._file = file
        self._schema = schema
        self._definitions: Mapping[str, Mapping[str, Any]] = schema.get("$defs", {})

    def groups(self) -> Iterator[FormGroup]:
        for root, prop in self._schema["properties"].items():
            section = self._inner(prop)
            if section is not None:
                yield from self._section(section, (root,), title_of(root), required=True)

    def _section(self, section: Mapping[str, Any], keys: Keys, title: str, *, required: bool) -> Iterator[FormGroup]:
        there = required or isinstance(self._file.find(keys), dict)
        fields, later = self._parts(section, keys, there=there)
        if fields:
            present = any(item.value is not None for item in fields)
            own = keys[0] == "slipway"
            yield FormGroup(title, _sentence(section), dotted(keys), own, present, tuple(fields))
        for inner, inner_keys, inner_title, inner_required in later:
            yield from self._section(inner, inner_keys, inner_title, required=there and inner_required)

    def _parts(
        self, section: Mapping[str, Any], keys: Keys, *, there: bool
    ) -> tuple[list[FormField], list[tuple[Mapping[str, Any], Keys, str, bool]]]:
        """The fields under this heading, and the sections that get headings of their own."""
        fields: list[FormField] = []
        later: list[tuple[Mapping[str, Any], Keys, str, bool]] = []
        needed = section.get("required", ())
        has_leaves = any(self._is_leaf(prop) for prop in section["properties"].values())
        for name, prop in section["properties"].items():
            inner_keys = (*keys, name)
            required = there and name in needed
            inner = self._inner(prop)
            if name == "unconfirmed":
                continue  # a form says beside each value whether it is confirmed
            if self._is_leaf(prop):
                fields.append(self._field(prop, inner_keys, required=required))
            elif inner is not None and name == "tolerance" and has_leaves:
                fields += self._parts(inner, inner_keys, there=there)[0]
            elif inner is not None:
                later.append((inner, inner_keys, title_of(_full(inner_keys)), name in needed))
            else:
                later += self._many(prop, inner_keys)
        return fields, later

    def _many(self, prop: Mapping[str, Any], keys: Keys) -> Iterator[tuple[Mapping[str, Any], Keys, str, bool]]:
        """The sections of a list or of free keys, those that are there."""
        section = self._inner(prop.get("items") or prop.get("additionalProperties") or {})
        value = self._file.find(keys)
        items = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in items:
            name = str(key + 1) if isinstance(key, int) else str(key)
            if section is not None:
                yield section, (*keys, key), f"{title_of(_full(keys))} {name}", True

    def _inner(self, prop: Mapping[str, Any]) -> Mapping[str, Any] | None:
        reference = str(prop.get("$ref", ""))
        return self._definitions.get(reference.rpartition("/")[2]) if reference else None

    def _is_leaf(self, prop: Mapping[str, Any]) -> bool:
        many = prop.get("items"), prop.get("additionalProperties")
        return self._inner(prop) is None and not any(isinstance(item, dict) and self._inner(item) for item in many)

    def _field(self, prop: Mapping[str, Any], keys: Keys, *, required: bool) -> FormField:
        path, full = dotted(keys), _full(keys)
        value = self._file.find(keys)
        text = text_on_line(value)
        kind, choices = _kind(prop, value)
        place = self._file.places.get(keys)
        relation = LIMITS.get(full, "")
        default = prop.get("default")
        return FormField(
            keys=keys,
            path=path,
            label=label_of(full),
            help=str(prop.get("description", "")),
            kind=kind,
            choices=choices,
            required=required,
            value=text,
            shown="" if text is None else _shown(text, relation, UNITS.get(full, ""), prop),
            default="" if default is None else text_on_line(default) or "",
            relation=relation,
            is_limit=full in LIMITS,
            line=None if place is None else place.line,
        )


def _full(keys: Keys) -> str:
    """The path as the tables of words have it."""
    return ".".join("*" if isinstance(key, int) else key for key in keys)


def _sentence(section: Mapping[str, Any]) -> str:
    return str(section.get("description", "")).split("\n", maxsplit=1)[0]


def text_on_line(value: object) -> str | None:
    """A value as one line that a person could have typed; None where there is none, or where it is no simple one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text_on_line(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(text_on_line(item) or "" for item in value)
    try:
        return None if value is None else text_of(value, "")
    except QuantityError:
        return str(value)


def _kind(prop: Mapping[str, Any], value: object) -> tuple[str, tuple[str, ...]]:
    options = [prop, *prop.get("anyOf", ())]
    choices = next((tuple(map(str, option["enum"])) for option in options if "enum" in option), ())
    if any(option.get("type") == "object" for option in options) or _is_deep(value):
        return BY_HAND, ()
    if any(option.get("type") == "boolean" for option in options):
        return CHOICE, ("true", "false")
    if choices:
        return (CHOICE if "enum" in prop else OPEN_CHOICE), choices
    return (NAMES if any(option.get("type") == "array" for option in options) else TEXT), ()


def _is_deep(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)
    )


def _shown(text: str, relation: str, unit: str, prop: Mapping[str, Any]) -> str:
    """`50ms` as `≤ 50 ms`; only what is a number with a unit gets a space."""
    patterns = [str(option.get("pattern", "")) for option in (prop, *prop.get("anyOf", ()))]
    match = _NUMBER.fullmatch(text) if any(pattern.startswith(r"^\s*[0-9.]") for pattern in patterns) else None
    spaced = text if match is None else f"{match[1]} {match[2] or unit}".strip()
    return f"{relation} {spaced}".strip()
