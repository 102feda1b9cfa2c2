"""From a document's text to its typed model, with every problem at its line: what was got, what is allowed."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from projects.fields import Section, in_words
from projects.keys import Keys, dotted
from projects.problems import Problem, near_miss, one_of, suggest
from projects.quantity import QuantityError
from projects.yaml_file import YamlFile

Document = TypeVar("Document", bound=Section)

_EXPECTED = {
    "model_type": "a mapping: lines of 'key: value'",
    "model_attributes_type": "a mapping: lines of 'key: value'",
    "dict_type": "a mapping: lines of 'key: value'",
    "list_type": "a list: lines of '- value'",
    "string_type": "a text",
}


def read_document(file: YamlFile, model: type[Document]) -> tuple[Document | None, tuple[Problem, ...]]:
    """The typed document, or None and all that is wrong with it.

    Args:
        file: as it was read; its own problems come first.
        model: what it must be.
    """
    problems = list(file.problems)
    if not file.places and problems:
        return None, tuple(problems)
    empty = list(_problems_of_empty(file))
    problems += empty
    document = None
    try:
        document = model.model_validate(dict(file.data))
    except ValidationError as error:
        problems += _problems_of_model(file, model, error, {problem.path for problem in empty})
    return (None if problems else document), tuple(problems)


def _problems_of_empty(file: YamlFile) -> Iterator[Problem]:
    """A key without a value is a slip: what is not wanted is left out."""
    for keys, place in file.places.items():
        if file.find(keys) is None:
            yield Problem(file.name, place.line, dotted(keys), "nothing", "a value", "remove the key if none is meant")


def _problems_of_model(
    file: YamlFile, model: type[Section], error: ValidationError, known: set[str]
) -> Iterator[Problem]:
    """Each problem once: a key that is missing because it is misspelt is not reported as missing too."""
    errors = error.errors(include_url=False)
    meant = {
        (*details["loc"][:-1], near_miss(str(details["loc"][-1]), _keys_allowed(model, tuple(details["loc"][:-1]))))
        for details in errors
        if details["type"] == "extra_forbidden"
    }
    for details in errors:
        if not (details["type"] == "missing" and details["loc"] in meant):
            problem = _problem(file, model, details)
            if problem.path not in known:
                yield problem


def _problem(file: YamlFile, model: type[Section], details: ErrorDetails) -> Problem:
    keys: Keys = tuple(details["loc"])
    line, path = file.line_of(keys) or 1, dotted(keys)
    kind, got = details["type"], in_words(details["input"])
    if kind == "extra_forbidden":
        allowed = _keys_allowed(model, keys[:-1])
        expected, hint = one_of(allowed), suggest(str(keys[-1]), allowed)
        return Problem(file.name, line, path, "an unknown key", expected, hint or _hint_for_own_keys(keys))
    if kind == "missing":
        return Problem(file.name, line, path, "nothing", _description(model, keys))
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, QuantityError):
        return Problem(file.name, line, path, got, cause.expected, cause.hint)
    return Problem(file.name, line, path, got, _EXPECTED.get(kind, details["msg"]))


def _hint_for_own_keys(keys: Keys) -> str:
    if keys[-1] == "slipway":
        return "put `slipway:` at the left margin, beside the document's own mapping"
    return "" if keys[0] == "slipway" else "keys of Slipway's own go under `slipway:`"


def _keys_allowed(model: type[Section], keys: Keys) -> list[str]:
    section = section_at(model, keys)
    return [] if section is None else [name_of(section, name) for name in section.model_fields]


def _description(model: type[Section], keys: Keys) -> str:
    """What a missing key would say, in words."""
    section = section_at(model, keys[:-1])
    for name, info in {} if section is None else section.model_fields.items():
        if section is not None and name_of(section, name) == keys[-1]:
            inner = section_of(info.annotation)
            text = info.description or (inner.__doc__ if inner is not None else None) or "a value"
            return f"'{keys[-1]}:', {text[0].lower()}{text[1:].rstrip('.')}"
    return f"'{keys[-1]}:'"


def name_of(section: type[Section], field: str) -> str:
    """The key of a field in the document."""
    return section.model_fields[field].alias or field


def section_at(model: type[Section], keys: Keys) -> type[Section] | None:
    """The model of the mapping at the keys; indices and free keys (ids, paths) lead to what they hold."""
    section: type[Section] | None = model
    for key in keys:
        if section is None:
            return None
        info = next((info for name, info in section.model_fields.items() if name_of(section, name) == key), None)
        section = section_of(info.annotation) if info is not None else section
    return section


def section_of(annotation: Any) -> type[Section] | None:
    """The model inside a field's annotation: itself, or in an optional, a list or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if isinstance(annotation, types.GenericAlias | types.UnionType):
        found = (section_of(inner) for inner in get_args(annotation))
        return next((section for section in found if section is not None), None)
    return None


def paths_of(file: YamlFile) -> Mapping[str, Keys]:
    """Every entry of a document by its path as a person writes it."""
    return {dotted(keys): keys for keys in file.places if len(keys) > 1}
