"""Both texts checked together: every problem at its place with what it costs, and the forms beside them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from projects.effects import requirement_at
from projects.form import FormField, FormGroup, form_of
from projects.layout import Layout
from projects.problems import DocumentProblems, Finding, Problem
from projects.project import Project
from projects.requirements import is_open
from projects.yaml_file import YamlFile
from workbench.documents.marks import mark_of_finding, mark_of_problem
from workbench.documents.names import DOCUMENTS, Document, parse
from workbench.views.project.documents import ERR, DocumentView, FieldGroup, FieldRow, Mark, Typed

Files = tuple[YamlFile, YamlFile]


def check_texts(project: Path, typed: Sequence[Typed], *, deep: bool) -> tuple[DocumentView, ...]:
    """Both documents as they stand, in the order of `DOCUMENTS`; one that is not given is as it lies on disk."""
    given = {item.name: item for item in typed}
    texts = [given.get(document.name) or _stored(project, document) for document in DOCUMENTS]
    files = (parse(texts[0].name, texts[0].text, project), parse(texts[1].name, texts[1].text, project))
    opened, problems = open_texts(project, files)
    findings = opened.findings if opened is not None else ()
    if deep:
        from workbench.pipeline.check import check_project

        result = check_project(project, files)
        problems, findings = result.problems, result.findings
    return views_of(files, texts, opened, problems, findings)


def views_of(
    files: Files,
    texts: Sequence[Typed],
    opened: Project | None,
    problems: Sequence[Problem],
    findings: Sequence[Finding],
) -> tuple[DocumentView, ...]:
    """Both documents with what was found in them, each at its place."""
    by_name = {document.name: (document, file) for document, file in zip(DOCUMENTS, files, strict=True)}
    marks = [mark_of_problem(*by_name[item.file], item) for item in problems if item.file in by_name]
    marks += [mark_of_finding(*by_name[item.file], item) for item in findings if item.file in by_name]
    marks.sort(key=lambda mark: (mark.file, mark.line or 0, mark.level != ERR, mark.column))
    ids = _requirement_ids(opened, files)
    return tuple(
        _view(document, file, text, [mark for mark in marks if mark.file == document.name], ids)
        for document, file, text in zip(DOCUMENTS, files, texts, strict=True)
    )


def _stored(project: Path, document: Document) -> Typed:
    from workbench.documents.files import decode, read_bytes

    text = decode(read_bytes(project / document.name) or b"").text
    return Typed(document.name, text, text)


def open_texts(project: Path, files: Files) -> tuple[Project | None, tuple[Problem, ...]]:
    """The project of two texts, or all that is wrong with them."""
    try:
        return Project.from_files(Layout(project), *files), ()
    except DocumentProblems as error:
        return None, error.problems


def _requirement_ids(opened: Project | None, files: Files) -> Mapping[str, str]:
    """Short ids by the path of the limit; where the documents do not load, as they would be derived."""
    if opened is not None:
        prefix = f"{opened.acceptance.id}/"
        return {item.path: item.id.removeprefix(prefix) for item in opened.requirements}
    labels = files[1].find(("slipway", "requirements"))
    given = labels if isinstance(labels, dict) else {}
    ids = {path: label.get("id") for path, label in given.items() if isinstance(label, dict)}
    return {path: str(name) for path, name in ids.items() if name}


def _view(
    document: Document, file: YamlFile, typed: Typed, marks: Sequence[Mark], ids: Mapping[str, str]
) -> DocumentView:
    blocking = file.problems[0] if file.problems else None
    changed, removed = _changed_lines(typed.base, typed.text)
    waiting = file.find(("slipway", "unconfirmed"))
    unconfirmed = frozenset(str(path) for path in waiting) if isinstance(waiting, list) else frozenset()
    return DocumentView(
        name=document.name,
        marks=tuple(marks),
        groups=tuple(_group(group, marks, ids, unconfirmed) for group in form_of(file, document.schema)),
        blocked="" if blocking is None else _blocked(blocking),
        blocked_line=None if blocking is None else blocking.line,
        changed_lines=changed,
        removed_at=removed,
    )


def _blocked(problem: Problem) -> str:
    where = "The text" if problem.line is None else f"Line {problem.line}"
    hint = f" {problem.hint[:1].upper()}{problem.hint[1:]}." if problem.hint else ""
    return f"{where} cannot be read as a document, so the form waits.{hint}"


def _group(group: FormGroup, marks: Sequence[Mark], ids: Mapping[str, str], unconfirmed: frozenset[str]) -> FieldGroup:
    fields = tuple(_row(field, marks, ids, unconfirmed) for field in group.fields)
    return FieldGroup(group.title, group.help, group.path, group.own, group.present, fields)


def _row(field: FormField, marks: Sequence[Mark], ids: Mapping[str, str], unconfirmed: frozenset[str]) -> FieldRow:
    mark = next((item for item in marks if item.level == ERR and item.meant == field.path), None)
    fix = mark.fix if mark is not None else None
    renames = mark is not None and mark.path != field.path
    return FieldRow(
        path=field.path,
        label=field.label,
        help=field.help,
        kind=field.kind,
        choices=field.choices,
        required=field.required,
        present=field.value is not None,
        shown=field.shown,
        placeholder="required" if field.required else field.default or "not set",
        requirement=ids.get(field.path) or _derived_id(field),
        confirmed=field.value is None or not is_open(field.path, unconfirmed),
        line=field.line,
        problem=_in_form(mark) if mark is not None else "",
        fix=fix,
        fix_label="" if fix is None else "Rename" if renames else f"Use {fix.replacement}",
    )


def _derived_id(field: FormField) -> str:
    if not field.is_limit or field.value is None or "[" in field.path:
        return ""
    return requirement_at(".".join(map(str, field.keys))) or ""


def _in_form(mark: Mark) -> str:
    """A misspelt key stands in the text under another name than the field it was meant for."""
    if mark.meant != mark.path:
        return f"Text has {mark.path.rpartition('.')[2]}."
    return mark.text


def _changed_lines(base: str, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Lines that are new or other, and lines before which something is gone."""
    changed: list[int] = []
    removed: list[int] = []
    matcher = difflib.SequenceMatcher(None, base.split("\n"), text.split("\n"), autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes() if base != text else ():
        if kind == "delete":
            removed.append(start + 1)
        elif kind != "equal":
            changed += range(start + 1, end + 1)
    return tuple(changed), tuple(removed)
