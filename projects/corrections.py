"""Where a problem stands in a document's text, and the correction that its near miss stands for, as an edit of text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from projects.fields import in_words
from projects.keys import Keys, dotted
from projects.problems import Problem, meant_by
from projects.yaml_edit import set_value
from projects.yaml_file import TextFloat, TextInt, YamlFile
from workbench.base.errors import SlipwayError

UNKNOWN_KEY = "an unknown key"


@dataclass(frozen=True)
class TextEdit:
    """Characters from `start` to before `end` become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Spot:
    """What of a text a problem marks; line and column from 1."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True)
class Correction:
    """The one likely way to mend a problem."""

    label: str
    """Such as `Replace warmup_iterations by warm_up_iterations`."""
    replacement: str
    """What will stand there."""
    edit: TextEdit


def spot_of(file: YamlFile, problem: Problem) -> Spot | None:
    """The characters that a problem is about; None where it is about the file as a whole."""
    keys = keys_at(file, problem)
    if keys is not None and file.places[keys].line == (problem.line or file.places[keys].line):
        start, end = _key_span(file, keys) if _is_about_key(file, problem, keys) else _value_span(file, keys)
        return _spot(file.text, start, end)
    if problem.line is None:
        return None
    lines = file.text.split("\n")
    line = min(problem.line, len(lines))
    start = sum(len(text) + 1 for text in lines[: line - 1])
    text = lines[line - 1]
    column = len(text) - len(text.lstrip()) if problem.column is None else min(problem.column - 1, len(text))
    return Spot(line, column + 1, start + column, max(start + len(text.rstrip()), start + column))


def keys_at(file: YamlFile, problem: Problem) -> Keys | None:
    """The entry that a problem names; None where it is not there."""
    if not problem.path:
        return None
    keys = next((keys for keys in file.places if dotted(keys) == problem.path), None)
    value = file.find(keys) if keys is not None else None
    if keys is None or not isinstance(value, list) or meant_by(problem.hint) is None:
        return keys
    inner = (index for index, item in enumerate(value) if in_words(item) == problem.got)
    return next(((*keys, index) for index in inner), keys)


def correction_of(file: YamlFile, problem: Problem) -> Correction | None:
    """What most likely was meant, as an edit; None where nothing is near, or where it would touch other text."""
    keys = keys_at(file, problem)
    if keys is None or file.problems:
        return None
    try:
        return _correction(file, problem, keys)
    except SlipwayError:
        return None


def _correction(file: YamlFile, problem: Problem, keys: Keys) -> Correction | None:
    meant = meant_by(problem.hint)
    if meant is None:
        return None
    if _is_about_key(file, problem, keys):
        start, end = _key_span(file, keys)
        return Correction(f"Replace {keys[-1]} by {meant}", meant, TextEdit(start, end, meant))
    now = in_words(file.find(keys)).strip("'")
    edit = edit_between(file.text, set_value(file, keys, scalar_of(meant)).text)
    return None if edit is None else Correction(f"Replace {now} by {meant}", meant, edit)


def _is_about_key(file: YamlFile, problem: Problem, keys: Keys) -> bool:
    return problem.got == UNKNOWN_KEY or (isinstance(file.find(keys), dict) and isinstance(keys[-1], str))


def _key_span(file: YamlFile, keys: Keys) -> tuple[int, int]:
    start, key = file.places[keys].entry, str(keys[-1])
    quote = file.text[start : start + 1]
    if quote in {"'", '"'}:
        closed = file.text.find(quote, start + 1)
        return start, closed + 1 if closed > 0 else start + len(key)
    return start, start + len(key)


def _value_span(file: YamlFile, keys: Keys) -> tuple[int, int]:
    """The value, or its key where it has no text of its own or runs over lines."""
    place = file.places[keys]
    text = file.text[place.start : place.end]
    return (place.start, place.end) if text and "\n" not in text else _key_span(file, keys)


def _spot(text: str, start: int, end: int) -> Spot:
    before = text.rfind("\n", 0, start) + 1
    return Spot(text.count("\n", 0, start) + 1, start - before + 1, start, max(start, end))


def scalar_of(text: str) -> object:
    """What a person typed, as YAML reads it without quotes: a number that keeps its text, a truth value, or a text."""
    read = YamlFile.parse(Path(), "", f"value: {text.strip()}\n".encode("utf-8", "replace")).find(("value",))
    return read if isinstance(read, (TextInt, TextFloat, bool)) else text.strip()


def edit_between(old: str, new: str) -> TextEdit | None:
    """The one smallest edit that turns a text into another; None where they are equal."""
    if old == new:
        return None
    most = min(len(old), len(new))
    head = next((index for index in range(most) if old[index] != new[index]), most)
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return TextEdit(head, len(old) - tail, new[head : len(new) - tail])


def apply_edit(text: str, edit: TextEdit) -> str:
    """The text with one edit made."""
    return text[: edit.start] + edit.text + text[edit.end :]


def apply_all(file: YamlFile, problems: Iterable[Problem]) -> YamlFile:
    """The document with every likely correction made that does not depend on another; the last in the text first."""
    found = [found for problem in problems if (found := correction_of(file, problem)) is not None]
    text, limit = file.text, len(file.text) + 1
    for correction in sorted(found, key=lambda item: item.edit.start, reverse=True):
        if correction.edit.end < limit:
            text, limit = apply_edit(text, correction.edit), correction.edit.start
    return file.replaced(text)
