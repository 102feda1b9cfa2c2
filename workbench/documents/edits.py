"""Edits of a text that a form or a correction asks for; the text stays the one truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from projects.corrections import apply_all, edit_between
from projects.form_edit import set_field
from projects.requirements import is_open
from projects.yaml_edit import remove_value
from projects.yaml_file import YamlFile
from workbench.base.errors import SlipwayError
from workbench.documents.checked import open_texts
from workbench.documents.names import DOCUMENTS, document_named, parse
from workbench.views.project.documents import Edit, Entered, Typed

_ROUNDS = 5
"""A correction may bring the next problem to light; more rounds than this help nobody."""


def enter(typed: Typed, path: str, entered: str) -> Entered:
    """The edit of an entry in the form, or why it cannot be made."""
    file = parse(typed.name, typed.text)
    try:
        edited = set_field(file, document_named(typed.name).schema, path, entered)
    except SlipwayError as error:
        return Entered(None, f"{error.summary}. {error.hint}".strip())
    return Entered(_edit(typed.text, edited.text), "")


def correct(project: Path, typed: Sequence[Typed]) -> tuple[tuple[str, Edit], ...]:
    """One edit for each document: every likely correction made, those too that only then come to light."""
    texts = {item.name: item.text for item in typed}
    files = {document.name: parse(document.name, texts.get(document.name, "")) for document in DOCUMENTS}
    for _ in range(_ROUNDS):
        before = {name: file.text for name, file in files.items()}
        first, second = (files[document.name] for document in DOCUMENTS)
        problems = open_texts(project, (first, second))[1]
        for name, file in files.items():
            files[name] = apply_all(file, [problem for problem in problems if problem.file == name])
        if all(file.text == before[name] for name, file in files.items()):
            break
    edits = ((name, _edit(text, files[name].text)) for name, text in texts.items())
    return tuple((name, edit) for name, edit in edits if edit is not None)


def confirm(typed: Typed, paths: Sequence[str]) -> Entered:
    """The edit that takes paths, and what they lie in, out of `slipway: unconfirmed:`; all where none is named."""
    file = parse(typed.name, typed.text)
    try:
        edited = _without_listed(file, frozenset(paths))
    except SlipwayError as error:
        return Entered(None, f"{error.summary}. {error.hint}".strip())
    return Entered(_edit(typed.text, edited.text), "")


def _without_listed(file: YamlFile, paths: frozenset[str]) -> YamlFile:
    keys = ("slipway", "unconfirmed")
    listed = file.find(keys)
    for index, path in reversed(list(enumerate(listed if isinstance(listed, list) else []))):
        if not paths or any(is_open(wanted, frozenset({str(path)})) for wanted in paths):
            file = remove_value(file, (*keys, index))
    return file


def _edit(old: str, new: str) -> Edit | None:
    edit = edit_between(old, new)
    return None if edit is None else Edit(edit.start, edit.end, edit.text)
