"""What a person enters in a form, as the smallest change of the document's text: comments, order and quotes stay."""

from __future__ import annotations

import re

from projects.corrections import scalar_of
from projects.form import CHOICE, NAMES, FormField, form_of
from projects.form_words import UNITS, without_relation
from projects.yaml_edit import remove_value, set_value
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError


def set_field(file: YamlFile, schema: str, path: str, entered: str) -> YamlFile:
    """The document with one field as it was entered: `≤ 50 ms`, `A, B`; nothing entered takes the field out.

    Whether the value is right is not asked here: what the text says is checked as a whole, wherever it was changed.

    Raises:
        UsageError: the document has no such field, does not parse, or has the value under a YAML anchor.
        SlipwayError: it cannot be changed without touching what stands around it.
    """
    field = next((item for group in form_of(file, schema) for item in group.fields if item.path == path), None)
    if field is None:
        raise UsageError(f"{file.name} has no field {path}", "Edit it in the text.")
    if file.problems:
        raise UsageError(f"{file.name} cannot be read as YAML yet", "Mend the text first.", str(file.problems[0]))
    text = _without_unit(field, without_relation(entered) if field.relation else entered.strip())
    if not text:
        return file if field.value is None else remove_value(file, field.keys)
    if field.value is not None and _squeezed(text) == _squeezed(field.value):
        return file
    return _set(file, field, _value_of(file, field, text))


def _without_unit(field: FormField, text: str) -> str:
    """A unit that the documents leave out is left out here too."""
    return text.removesuffix(UNITS.get(".".join(map(str, field.keys)), "\0")).strip()


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _value_of(file: YamlFile, field: FormField, text: str) -> object:
    before, place = file.find(field.keys), file.places.get(field.keys)
    if field.kind == CHOICE and field.choices == ("true", "false"):
        return scalar_of(text)
    if field.kind == NAMES and not text.startswith("[") and (isinstance(before, list) or "," in text):
        if isinstance(before, str):
            return text
        return [scalar_of(part) for part in text.split(",") if part.strip()]
    return text if place is not None and place.quote else scalar_of(text)


def _set(file: YamlFile, field: FormField, value: object) -> YamlFile:
    """Set it; a section whose key stands there without a value is filled."""
    keys = field.keys
    for length in range(1, len(keys)):
        if keys[:length] in file.places and file.find(keys[:length]) is None:
            for key in reversed(keys[length:]):
                value = {key: value}
            return set_value(file, keys[:length], value)
    return set_value(file, keys, value)
