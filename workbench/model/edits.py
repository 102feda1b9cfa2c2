"""From what a person changed in the form to an edited document; every other byte of it stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

from projects.keys import keys_of
from projects.problems import Problem
from projects.yaml_edit import remove_value, set_value
from projects.yaml_file import TextFloat, YamlFile
from workbench.base.errors import UsageError
from workbench.model.opened import OpenedDocument, document_of
from workbench.views.model import Changes

BOXES, NORMALISED = "slipway.head_options.boxes", "slipway.head_options.normalised"
RESIZE, ANCHOR = "slipway.preprocessing.resize", "slipway.preprocessing.anchor"
MEAN, STD = "slipway.preprocessing.mean", "slipway.preprocessing.std"
CLASSES = "slipway.frames.classes"
_UNCONFIRMED = ("slipway", "unconfirmed")
_NUMBERS = ("slipway.preprocessing.pad",)


def paths_of_field(key: str) -> tuple[str, ...]:
    """The paths of the document that a field of the form stands for."""
    return {BOXES: (BOXES, NORMALISED), RESIZE: (RESIZE, ANCHOR)}.get(key, (key,))


def edit(document: OpenedDocument, changes: Changes) -> OpenedDocument:
    """A document with changes of the form in it; it is not saved.

    What becomes the author's own is no longer listed as not confirmed.

    Raises:
        UsageError: a value cannot be set there by an edit that leaves the rest as it is.
    """
    if not changes:
        return document
    file = document.raw.file
    for key, text in changes:
        for path, value in _values(key, text):
            file = _set(file, path, value, document.raw.root)
    return document_of(file, document.raw.layout)


def new_problems(before: OpenedDocument, after: OpenedDocument) -> tuple[Problem, ...]:
    """Problems that an edit brought; those that were there before are other people's."""
    known = {(problem.path, problem.got) for problem in before.problems}
    return tuple(problem for problem in after.problems if (problem.path, problem.got) not in known)


def _values(key: str, text: str) -> Iterator[tuple[str, object]]:
    """Paths and values of one field; None removes what is there."""
    if key == BOXES:
        coding, _, kind = text.partition(",")
        yield BOXES, coding
        yield NORMALISED, kind == "parts"
    elif key == RESIZE:
        mode, _, anchor = text.partition(",")
        yield RESIZE, mode
        yield ANCHOR, anchor or None
    elif key in {MEAN, STD}:
        yield key, _channels(text)
    elif key == CLASSES:
        yield key, [name.strip() for name in text.split(",") if name.strip()] or None
    else:
        yield key, _whole(text) if key in _NUMBERS else _number(text)


def _channels(text: str) -> object:
    """One number or a list of them from `0.485 0.456 0.406`; the text where it is neither, for the document to say."""
    parts = text.replace(",", " ").split()
    numbers = [_number(part) for part in parts]
    return text if not parts else numbers[0] if len(set(parts)) == 1 else numbers


def _number(text: str) -> object:
    """A number as it was typed, `0.50` with its last digit; else the text."""
    stripped = text.strip()
    try:
        value = float(stripped)
    except ValueError:
        return stripped
    return _whole(stripped) if stripped.lstrip("-").isdigit() else TextFloat(value, stripped)


def _whole(text: str) -> object:
    stripped = text.strip()
    return int(stripped) if stripped.lstrip("-").isdigit() and len(stripped) < 12 else stripped


def _set(file: YamlFile, path: str, value: object, root: str) -> YamlFile:
    keys = keys_of(path, root)
    there = file.places.get(keys) is not None
    if value is None:
        file = remove_value(file, keys) if there else file
    elif not there or file.find(keys) != value:
        file = set_value(file, keys, value)
    listed = file.find(_UNCONFIRMED)
    if isinstance(listed, list) and path in listed:
        try:
            file = remove_value(file, (*_UNCONFIRMED, listed.index(path)))
        except UsageError:  # under a YAML anchor: it stays listed, which is said beside it
            return file
    return file
